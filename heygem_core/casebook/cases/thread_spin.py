"""thread-spin: what onnxruntime's spinning pool threads cost several stages that share two cores."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text, Verdict
from heygem_core.casebook.probes import core, spinning
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.casebook.probes.spinning import CORES, STAGES
from heygem_core.errors import CaseSkipped, EffectNotShown

_FULL_ROUNDS = 4
_DEADLINE_S = 120.0
# What counts as a difference: well above what two halves of the same phases differ by.
_MORE_CPU = 1.2
_SLOWER = 0.9

Phases = Sequence[Mapping[str, Any]]


def ratio(phases: Phases, figure: str) -> float:
    """Return the median of ``figure`` ("rate" or "cpu per run") with spinning over that without."""
    medians = {
        spin: statistics.median(_figure(phase, figure) for phase in phases if phase["spinning"] == spin)
        for spin in (False, True)
    }
    return medians[True] / medians[False]


def _figure(phase: Mapping[str, Any], figure: str) -> float:
    if figure == "rate":
        return float(phase["runs"] / phase["seconds"])
    return float(phase["cpu_s"] / phase["runs"])


def judge(found: Mapping[str, Phases], told: CoreRun, seconds: float) -> Finding:
    """Return the finding; raises `EffectNotShown` when spinning does not even cost processor time."""
    burnt, rate = ratio(found["several"], "cpu per run"), ratio(found["several"], "rate")
    if burnt < _MORE_CPU:
        raise EffectNotShown(f"spinning threads should cost processor time, per run it is {burnt:.2f} times as much")
    slower = rate < _SLOWER
    outcome = Text(
        f"{STAGES} stages on {CORES} cores: with spinning each run costs {burnt:.1f} times the CPU and the stages "
        f"together reach {rate:.2f} times the rate",
        f"{STAGES} 个阶段共用 {CORES} 核：自旋时每次运行耗 CPU 为 {burnt:.1f} 倍，各阶段总速率为 {rate:.2f} 倍",
    )
    verdict: Verdict = "confirmed" if slower else "refuted"
    return Finding(verdict, Reported(outcome, seconds, _evidence(found)), _core(told))


def _evidence(found: Mapping[str, Phases]) -> tuple[Text, ...]:
    lines = []
    for key, count in (("several", STAGES), ("one", 1)):
        phases = found[key]
        on, off = (_told(phases, spin) for spin in (True, False))
        rate = ratio(phases, "rate")
        burnt = ratio(phases, "cpu per run")
        lines.append(
            Text(
                f"{count} stage(s), {len(phases)} interleaved phases, medians: allow_spinning=1 {on.en}; "
                f"allow_spinning=0 {off.en}; ratio {rate:.2f} in rate, {burnt:.2f} in CPU per run",
                f"{count} 个阶段，交替 {len(phases)} 段，取中位数：allow_spinning=1 {on.zh}；"
                f"allow_spinning=0 {off.zh}；速率比 {rate:.2f}，每次运行 CPU 比 {burnt:.2f}",
            )
        )
    return tuple(lines)


def _told(phases: Phases, spin: bool) -> Text:
    chosen = [phase for phase in phases if phase["spinning"] == spin]
    rate = statistics.median(_figure(phase, "rate") for phase in chosen)
    cores = statistics.median(phase["cpu_s"] / phase["seconds"] for phase in chosen)
    return Text(f"{rate:.0f} runs/s with {cores:.2f} cores busy", f"每秒 {rate:.0f} 次，占用 {cores:.2f} 核")


def _core(told: CoreRun) -> Core:
    noted, words = told.finished().noted, told.in_words()
    idle, working = noted["idle_cpu_s"], noted["run_cpu_s"]
    if idle > working:
        raise EffectNotShown(f"a stage of the core burns more while it waits than while it works: {noted}")
    return told.as_core(
        Text(
            f"sessions of the core do not spin: {words.en}, {working * 1e3:.0f} ms of CPU in the runs and "
            f"{idle * 1e3:.0f} ms in the pauses between them",
            f"core 的会话不自旋：{words.zh}，运行用 CPU {working * 1e3:.0f} ms，其间停顿用 {idle * 1e3:.0f} ms",
        )
    )


def run(options: Options) -> Finding:
    """Measure both settings side by side on two cores; raises `CaseSkipped` where there are fewer."""
    cores = len(os.sched_getaffinity(0))
    if cores < CORES:
        raise CaseSkipped(f"needs {CORES} cores, may use {cores}", f"需要 {CORES} 核，只能使用 {cores} 核")
    began = time.monotonic()
    arguments = {"rounds": _FULL_ROUNDS if options.full else 1}
    found = hosted(f"{spinning.__name__}:observed", arguments, deadline_s=_DEADLINE_S)
    seconds = time.monotonic() - began
    return judge(found, core.run("Multiplies", {}), seconds)


CASE = Case(
    name="thread-spin",
    title=Text("Spinning pool threads", "线程池自旋"),
    claim=Text(
        "Several sessions side by side are slower than they should be, and it has to do with threading",
        "多个会话并行时比应有的速度慢，原因在于线程",
    ),
    source=(
        "Why is the actual combined latency so much higher? I think it has to do with threading. "
        "(microsoft/onnxruntime#17011)"
    ),
    run=run,
    mechanism=Text(
        "After each operator a thread of onnxruntime's pool keeps looking for work in a loop before it sleeps "
        "(session.intra_op.allow_spinning, on by default). Alone on a machine that saves wake-ups. Where several "
        "stages share the cores, the loop takes them from the threads of other stages that do have work.",
        "每个算子之后，onnxruntime 线程池的线程会先循环等待新任务再休眠（session.intra_op.allow_spinning，默认开启）。"
        "独占机器时可省去唤醒开销；多个阶段共用 CPU 核时，这种循环会抢占其他阶段中真正有任务的线程。",
    ),
    cure=Text(
        "session.intra_op.allow_spinning=0 and an explicit intra_op_num_threads in every stage but the critical one",
        "除关键阶段外，各阶段都设置 session.intra_op.allow_spinning=0，并明确设置 intra_op_num_threads",
    ),
)
