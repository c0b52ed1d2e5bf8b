"""feeder-join: a producer that is done, and whose process is not, however large its queue is."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.probes import feeder_join
from heygem_core.casebook.probes.feeder_join import ITEMS, JOIN, Producing
from heygem_core.casebook.topology import put_timeout_s
from heygem_core.errors import Cause, EffectNotShown

_DEADLINE_S = 90.0
_WATCH_S = 1.0
_FRAME_BYTES = 90 * 160 * 3
_SMALL_BYTES = 64
_BASE: dict[str, Any] = {"maxsize": 10, "size": _FRAME_BYTES, "abandons": False}
WAYS: dict[str, dict[str, Any]] = {
    "as reported": _BASE,
    "bigger queue": {**_BASE, "maxsize": 1000},
    "small items": {**_BASE, "maxsize": 1000, "size": _SMALL_BYTES},
    "abandons": {**_BASE, "maxsize": 1000, "abandons": True},
}
"""The reported queue, and what is changed about it."""


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Producing], CoreRun]:
    """Let a producer without a consumer work in each way, and the core with a wedged stage, all at once."""
    rest = {"timeout_s": put_timeout_s(options), "watch_s": _WATCH_S}
    with ThreadPoolExecutor(len(WAYS) + 1) as pool:
        core = pool.submit(core_run.run, CoreJob(takes=1))
        seen = {name: pool.submit(_produced, {**way, **rest}) for name, way in WAYS.items()}
        return {name: future.result() for name, future in seen.items()}, core.result()


def _produced(arguments: Mapping[str, Any]) -> Producing:
    deadline_s = _DEADLINE_S + arguments["timeout_s"]
    return hosted_as(Producing, feeder_join.produced, arguments, deadline_s=deadline_s)


def judge(seen: Mapping[str, Producing], core: CoreRun) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    reported, bigger, small, abandons = (seen[name] for name in WAYS)
    if (reported.accepted, reported.full) != (10, True):
        raise EffectNotShown(f"ten items should have fitted, and then no more: {reported}")
    for name in list(WAYS)[1:]:
        if (seen[name].accepted, seen[name].full) != (ITEMS, False):
            raise EffectNotShown(f"{name}: all {ITEMS} items should have fitted: {seen[name]}")
    for name, one in (("as reported", reported), ("bigger queue", bigger)):
        if not one.alive or JOIN not in one.where:
            raise EffectNotShown(f"{name}: the process should have waited in {JOIN}: {one}")
        if one.drained != one.accepted or one.ends_after_s is None:
            raise EffectNotShown(f"{name}: the process should have ended once everything was taken: {one}")
    if small.alive or small.drained != ITEMS:
        raise EffectNotShown(f"items that fit into the pipe should hold nobody, and not be lost: {small}")
    if abandons.alive or abandons.drained >= ITEMS:
        raise EffectNotShown(f"cancel_join_thread should free the process and lose items: {abandons}")
    blamed = core_run.expect_failure(core, (Cause.WEDGED,))
    outcome = Text(
        "the bigger queue takes every item, the producer's function returns, and its process stays all the same",
        "更大的队列收下了全部数据，生产者函数已返回，但其进程同样不结束",
    )
    return Finding("refuted", Reported(outcome, bigger.watched_s, _evidence(seen)), blamed)


def _evidence(seen: Mapping[str, Producing]) -> tuple[Text, ...]:
    reported, bigger, small, abandons = (seen[name] for name in WAYS)
    return (
        Text(
            f"Queue(10), nobody takes: {reported.accepted} puts, then Full; {reported.watched_s:g} s after the "
            f"function returned the process still waits in {JOIN}",
            f"Queue(10)，无人取走：{reported.accepted} 次 put 后得到 Full；函数返回 {reported.watched_s:g} 秒后，"
            f"进程仍停在 {JOIN}",
        ),
        Text(
            f"Queue(1000): {bigger.accepted} puts and no Full; the process waits in {JOIN} just the same",
            f"Queue(1000)：{bigger.accepted} 次 put，没有 Full；进程同样停在 {JOIN}",
        ),
        Text(
            f"a consumer that came then got {bigger.drained} items, and the process ended "
            f"{bigger.ends_after_s or 0:.2f} s after the first of them: it waits for the thread that feeds the pipe",
            f"此后才来的消费者取到 {bigger.drained} 个数据，取到第一个之后 {bigger.ends_after_s or 0:.2f} 秒进程结束："
            "它等待的是向管道写数据的线程",
        ),
        Text(
            f"{ITEMS} items of {_SMALL_BYTES} bytes, which fit into the pipe: the process ends, and {small.drained} "
            "of them are still to be had",
            f"{ITEMS} 个 {_SMALL_BYTES} 字节的数据，管道装得下：进程正常结束，之后仍可取到 {small.drained} 个",
        ),
        Text(
            f"cancel_join_thread: the process ends, and of {abandons.accepted} items accepted {abandons.drained} "
            "reached a consumer",
            f"调用 cancel_join_thread：进程结束，但已接收的 {abandons.accepted} 个数据中"
            f"只有 {abandons.drained} 个到达消费者",
        ),
    )


CASE = Case(
    name="feeder-join",
    title=Text("The thread that feeds the queue", "向队列供数的线程"),
    claim=Text(
        "A bigger queue or a longer timeout helps",
        "加大队列或延长超时就能解决",
    ),
    source="A bigger queue or longer timeout does not help; three unbounded waits remain",
    run=run,
    mechanism=Text(
        "A put hands the item to a thread of the same process, which writes it into the pipe. At its end the process "
        "joins that thread. If nobody reads, the pipe is full and the thread blocks for ever: the function has "
        "returned, the process has not ended.",
        "put 把数据交给本进程的一个线程，由它写入管道。进程结束时会 join 该线程。若无人读取，管道已满，线程永远阻塞："
        "函数已返回，进程却未结束。",
    ),
    cure=Text(
        "cancel_join_thread() on the side that gives up, or a channel without a feeder thread",
        "在放弃的一方调用 cancel_join_thread()，或使用没有 feeder 线程的通道",
    ),
)
