"""last-batch-shape: the last batch of a job is shorter, and on CUDA a new shape costs a search for algorithms."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from heygem_core.casebook import needs
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text, Verdict
from heygem_core.casebook.probes import core, cuda_shapes, tiny_model
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.casebook.probes.cuda_shapes import BATCH, LAST
from heygem_core.casebook.probes.script import run_module
from heygem_core.errors import EffectNotShown
from heygem_core.runtime.session import CUDA

_DEADLINE_S = 120.0
# A spike is several times a steady run; a few per cent either way are noise.
_SPIKE = 3.0


def judge(times: Mapping[str, Any], told: CoreRun, seconds: float) -> Finding:
    """Return the finding, confirmed or refuted by the first odd batch; raises `EffectNotShown` off CUDA."""
    if times["applied"] != CUDA:
        raise EffectNotShown(f"the session runs on {times['applied']}, not on {CUDA}")
    ratio = times["odd_ms"] / times["steady_ms"]
    verdict: Verdict = "confirmed" if ratio > _SPIKE else "refuted"
    outcome = Text(
        f"the first batch of {LAST} after batches of {BATCH} takes {ratio:.1f} times a steady run",
        f"在批大小为 {BATCH} 的多次运行之后，首个大小为 {LAST} 的批耗时为稳定运行的 {ratio:.1f} 倍",
    )
    evidence = (
        Text(
            f"batch of {BATCH}: first run {times['first_ms']:.1f} ms, then {times['steady_ms']:.1f} ms (median)",
            f"批大小 {BATCH}：首次 {times['first_ms']:.1f} ms，之后 {times['steady_ms']:.1f} ms（中位数）",
        ),
        Text(
            f"batch of {LAST}: first run {times['odd_ms']:.1f} ms, second {times['odd_again_ms']:.1f} ms",
            f"批大小 {LAST}：首次 {times['odd_ms']:.1f} ms，第二次 {times['odd_again_ms']:.1f} ms",
        ),
        Text(
            f"the last batch padded to {BATCH}: {times['padded_ms']:.1f} ms",
            f"最后一批补齐到 {BATCH}：{times['padded_ms']:.1f} ms",
        ),
    )
    words = told.finished().in_words()
    padded = Text(
        f"the generator pads the last batch, its shape never changes: {words.en} on {told.noted['applied']}",
        f"generator 会补齐最后一批，形状不变：在 {told.noted['applied']} 上 {words.zh}",
    )
    return Finding(verdict, Reported(outcome, seconds, evidence), told.as_core(padded))


def run(options: Options) -> Finding:
    """Measure on the GPU; raises `CaseSkipped` without one."""
    del options
    needs.gpu()
    began = time.monotonic()
    times = run_module(cuda_shapes.__name__, {}, deadline_s=_DEADLINE_S)
    seconds = time.monotonic() - began
    return judge(times, core.run("RunsModel", {"model": tiny_model.build(), "provider": "cuda"}), seconds)


CASE = Case(
    name="last-batch-shape",
    title=Text("The last, shorter batch", "最后一个较小的批"),
    claim=Text(
        "A batch of another size costs as much as a warm-up, at the end of every job",
        "批大小改变一次，代价就如同重新预热，而且每个任务结束时都会发生",
    ),
    source="microsoft/onnxruntime#10683",
    run=run,
    mechanism=Text(
        "For every new input shape the CUDA provider chooses convolution algorithms and memory anew. The last batch of "
        "a job is usually shorter than the others, so each new length pays once per session, at a moment at which "
        "others wait for the result.",
        "每遇到新的输入形状，CUDA provider 都会重新选择卷积算法并分配内存。任务的最后一批通常比其他批小，"
        "因此每种新长度在"
        "每个会话中都要付出一次代价，而此时其他进程正等待结果。",
    ),
    cure=Text(
        "pad the last batch to the size of the others and drop the surplus results",
        "把最后一批补齐到其他批的大小，再丢弃多余的结果",
    ),
)
