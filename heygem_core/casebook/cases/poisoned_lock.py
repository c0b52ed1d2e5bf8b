"""poisoned-lock: a watchdog kills a worker that waits in a queue's get, and starts another on the same queue."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import kernel_functions
from heygem_core.casebook.probes import core_jobs, poisoned_lock
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.casebook.probes.poisoned_lock import LOCK, NEXT, Replacement
from heygem_core.errors import Cause, EffectNotShown
from heygem_core.pipeline.evidence import describe_exit

_WATCH_S = 1.0
_FULL_WATCH_S = 5.0
"""After which the reported watchdog restarts a worker."""
_DEADLINE_S = 90.0
_ITEMS = 20
_BLOCKED: dict[str, Any] = {"working": False, "signal": int(signal.SIGKILL), "fresh": False}
WAYS: dict[str, dict[str, Any]] = {
    "waiting": _BLOCKED,
    "waiting, SIGTERM": {**_BLOCKED, "signal": int(signal.SIGTERM)},
    "working": {**_BLOCKED, "working": True},
    "queue of its own": {**_BLOCKED, "fresh": True},
}
"""What the worker did when it was killed, or what else was different."""


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Replacement], CoreJobs]:
    """Replace a worker in every way, and kill a waiting stage of the core, all at once."""
    timeout_s = _FULL_WATCH_S if options.full else _WATCH_S
    with ThreadPoolExecutor(len(WAYS) + 1) as pool:
        core = pool.submit(core_jobs.run, [{"items": _ITEMS, "task": 1, "kills_at": 5}, {"items": _ITEMS, "task": 2}])
        seen = {name: pool.submit(_replaced, {**way, "timeout_s": timeout_s}) for name, way in WAYS.items()}
        return {name: future.result() for name, future in seen.items()}, core.result()


def _replaced(arguments: Mapping[str, Any]) -> Replacement:
    return hosted_as(Replacement, poisoned_lock.replaced, arguments, deadline_s=_DEADLINE_S)


def judge(seen: Mapping[str, Replacement], core: CoreJobs) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    for name, one in seen.items():
        poisoned = name.startswith("waiting")
        if not one.there:
            raise EffectNotShown(f"{name}: there was no item in the queue to be had: {one}")
        if one.got != (None if poisoned else NEXT):
            raise EffectNotShown(f"{name}: whether the next worker gets the item should be {not poisoned}: {one}")
        if one.still_waits != poisoned or (poisoned and LOCK not in one.where):
            raise EffectNotShown(f"{name}: whether the next worker waits for ever should be {poisoned}: {one}")
    outcome = Text(
        "killed while it waited in get: the next worker does not get the item that is there; "
        "killed while it worked on an item: it does",
        "在 get 中等待时被杀：队列中明明有数据，接替的 worker 却取不到；在处理数据时被杀：可以取到",
    )
    reported = Reported(outcome, seen["waiting"].waited_s, _evidence(seen))
    killed = f"{describe_exit(-signal.SIGKILL)} while waiting for input"
    return Finding("conditional", reported, core.recovered(Cause.WORKER_DIED, "audio_transfer", killed, _ITEMS))


def _evidence(seen: Mapping[str, Replacement]) -> tuple[Text, ...]:
    waiting, asked, working, own = (seen[name] for name in WAYS)
    kernel = kernel_functions([waiting.kernel])
    where = " < ".join(waiting.where[:2])
    return (
        Text(
            f"SIGKILL while blocked in get: one item in the queue, and get(timeout) of the next worker gave Empty "
            f"after {waiting.waited_s:.2f} s",
            f"在 get 中阻塞时收到 SIGKILL：队列中有一个数据，接替的 worker 用 get(timeout) 在 "
            f"{waiting.waited_s:.2f} 秒后得到 Empty",
        ),
        Text(
            f"one that asks without a timeout, as the service does, waits in {where} for the queue's read lock, which "
            f"nobody alive holds; kernel {kernel.en}",
            f"像该服务那样不带超时去取的 worker，停在 {where}，"
            f"等待队列的读锁，而活着的进程都不持有它；内核函数 {kernel.zh}",
        ),
        Text(
            f"SIGTERM, which terminate() sends: the same, Empty after {asked.waited_s:.2f} s",
            f"SIGTERM（terminate() 所发）：同样，{asked.waited_s:.2f} 秒后得到 Empty",
        ),
        Text(
            f"SIGKILL while it worked on an item: the next one got the next item in "
            f"{1000 * working.waited_s:.1f} ms, and the item worked on is gone",
            f"在处理数据时收到 SIGKILL：接替的 worker 在 {1000 * working.waited_s:.1f} 毫秒内取到下一个数据，"
            "正在处理的那个已丢失",
        ),
        Text(
            f"SIGKILL while blocked, the next worker on a queue of its own: item after {1000 * own.waited_s:.1f} ms",
            f"阻塞时收到 SIGKILL，但接替的 worker 使用新建的队列：{1000 * own.waited_s:.1f} 毫秒后取到数据",
        ),
    )


CASE = Case(
    name="poisoned-lock",
    title=Text("A lock that the dead keep", "死者不放的锁"),
    claim=Text(
        "A watchdog that kills the blocked worker and starts another gets the service going again",
        "看门狗杀死阻塞的 worker 再启动一个，服务就能恢复",
    ),
    source="av_transfer maybe blocked, restart...",
    run=run,
    mechanism=Text(
        "multiprocessing.Queue guards its pipe with a semaphore that readers hold while they wait. The kernel does "
        "not release it when the holder is killed. The next reader waits for the lock, or gets Empty, although an "
        "item is there.",
        "multiprocessing.Queue 用信号量保护管道，读取方在等待期间持有它。持有者被杀死时内核不会释放信号量。"
        "下一个读取方会一直等锁，或者明明有数据却得到 Empty。",
    ),
    cure=Text(
        "never kill a reader and keep its queue: make a new queue, or give each worker a pipe of its own",
        "不要杀死读取方却保留其队列：应新建队列，或让每个 worker 使用自己的管道",
    ),
)
