"""queue-full: what the error line of the reports says about downstream, and what hangs after it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.topology import QUEUE_FULL, Topology, put_timeout_s
from heygem_core.casebook.topology_observer import Observation, observe
from heygem_core.errors import Cause, EffectNotShown

_SETTLE_S = 1.0
_START_S = 30.0
# Enough for the other workers to start beside eight services on two cores.
_READY_S = 6.0
_SENT = re.compile(r"drivered_video >+ 发送数据大小:\[(\d+)\], current_idx:(\d+)$")
_KINDS = {
    "start": re.compile(r"任务视频驱动队列启动 batch_size:1, len:150$"),
    "loop": re.compile(r"drivered_video >+ 开始循环$"),
    "taken": re.compile(r"audio_transfer >+ get message"),
    "full": re.compile(rf"\[ERROR\] {QUEUE_FULL}$"),
}
SEED_SEQUENCE = ("start", "loop", *(f"sent 1, current_idx {number}" for number in range(1, 11)), "full")
"""The events of the report's log, 15:02:09,990 to 15:03:10,149, without their times."""


def scenarios(timeout_s: float) -> dict[str, Topology]:
    """Return the runs of this case: the report's, two that take items, and five with one thing changed."""
    base = Topology(put_timeout_s=timeout_s, takes=0)
    mended = replace(base, writer_timeout_s=timeout_s / 2)
    return {
        "takes 0": base,
        "takes 1": replace(base, takes=1),
        "takes 2": replace(base, takes=2),
        "marker": replace(base, failure_marker=True),
        "timeout doubled": replace(base, put_timeout_s=2 * timeout_s),
        "writer mended": mended,
        "producer mended": replace(base, producer_abandons=True),
        "both mended": replace(mended, producer_abandons=True, result_timeout_s=_SETTLE_S / 4),
    }


def log_sequence(log: Sequence[str]) -> tuple[str, ...]:
    """Return the events of a log in the format of the reports, without their times; other lines as they are."""
    return tuple(_event(line) for line in log)


def _event(line: str) -> str:
    if sent := _SENT.search(line):
        return f"sent {sent[1]}, current_idx {sent[2]}"
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(line)), line)


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Observation], CoreRun]:
    """Run every scenario, and the core on the same fault, all at once: they wait more than they work."""
    topologies = scenarios(put_timeout_s(options))
    limit = _START_S + 2 * put_timeout_s(options) + _SETTLE_S
    with ThreadPoolExecutor(len(topologies) + 1) as pool:
        core = pool.submit(core_run.run, CoreJob(takes=0, ready_s=_READY_S))
        started = {
            name: pool.submit(observe, topology, settle_s=_SETTLE_S, limit_s=limit)
            for name, topology in topologies.items()
        }
        return {name: future.result() for name, future in started.items()}, core.result()


def judge(seen: Mapping[str, Observation], core: CoreRun) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    reported = seen["takes 0"]
    _demand(log_sequence(reported.log) == SEED_SEQUENCE, "the log sequence is not the report's", reported)
    for taken, name in enumerate(("takes 0", "takes 1", "takes 2")):
        one = seen[name]
        _demand((one.sent, one.taken) == (10 + taken, taken), f"sends before the error, {name}", one)
    for name, one in seen.items():
        _demand(one.full_after_s is not None, f"no put timed out, {name}", one)
        _demand(one.ended == (name == "both mended"), f"whether the task ended, {name}", one)
    _demand(_feeder_holds(reported), "the producer's process was not held by its feeder thread", reported)
    _demand(reported.witnesses["write_video"].waits_in("queues.py:get"), "the writer does not wait", reported)
    _demand(reported.witnesses["service"].waits_in("process.py:join"), "the service does not wait", reported)
    _demand(not seen["marker"].returned, "the failure marker got through", seen["marker"])
    blamed = core_run.expect_failure(core, (Cause.NEVER_READY, Cause.WEDGED))
    outcome = "ten items sent, none taken, error logged; service, writer and producer then wait without a timeout"
    return Finding("confirmed", Reported(outcome, reported.seconds, _evidence(seen)), blamed)


def _feeder_holds(one: Observation) -> bool:
    producer = one.witnesses["drivered_video"]
    return one.returned and producer.alive and producer.waits_in("queues.py:_finalize_join")


def _demand(condition: bool, what: str, one: Observation) -> None:
    if not condition:
        raise EffectNotShown(
            f"{what}: {one.sent} sent, {one.taken} taken, ended {one.ended}, alive {', '.join(one.alive())}"
        )


def _evidence(seen: Mapping[str, Observation]) -> tuple[str, ...]:
    reported = seen["takes 0"]
    counts = "; ".join(f"{seen[name].taken} taken: {seen[name].sent} sent" for name in list(seen)[:3])
    ended = seen["both mended"]
    return (
        f"the same {len(SEED_SEQUENCE)} log events as in the report: 10 sends, then the error after "
        f"{reported.full_after_s:.2f} s; audio_transfer logged nothing",
        f"sends before the error = queue size + items taken: {counts}",
        f"{_waiting(reported, 'drivered_video')}, {reported.settled_s:g} s after its function returned",
        _waiting(reported, "write_video"),
        _waiting(reported, "service"),
        f"put timeout doubled: still {seen['timeout doubled'].sent} sent, and the task still hangs",
        _still(seen, "writer mended", "timeout in the writer only"),
        _still(seen, "producer mended", "cancel_join_thread in the producer only"),
        f"both: the task ended by itself after {ended.job_s:.1f} s with result {ended.ok}",
        f"failure marker put into the same queue: {seen['marker'].settled_s:g} s later that put still blocks",
    )


def _still(seen: Mapping[str, Observation], name: str, what: str) -> str:
    waiting = [role for role in ("drivered_video", "write_video") if role in seen[name].alive()]
    return f"{what}: the task still hangs, its join waits for {', '.join(waiting)}"


def _waiting(one: Observation, role: str) -> str:
    """Say where a process waits: its main thread, and what its threads sleep on in the kernel."""
    witness = one.witnesses[role]
    main = witness.stacks[-1] if witness.stacks else ()
    waits = ("queues.py:_finalize_join", "queues.py:get", "process.py:join")
    where = next((frame for frame in main if frame in waits), "?")
    kernel = ", ".join(wchan for wchan in witness.wchans if wchan) or "hidden by the kernel"
    return f"{role} (state {witness.state}) waits without a timeout in {where}; its threads sleep in {kernel}"


CASE = Case(
    name="queue-full",
    title=Text("The queue is full", "任务视频驱动队列满"),
    claim=Text(
        "Exactly ten sends and then this error: downstream has not taken a single item",
        "恰好发送 10 次之后出现该错误：下游一个数据都没有取走",
    ),
    source="[2025-11-09 15:03:10,149] [ERROR] 任务视频驱动队列满，严重阻塞，下游队列异常",
    run=run,
)
