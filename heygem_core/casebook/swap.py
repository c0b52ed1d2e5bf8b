"""The reported service with only the import of its queue changed: which cases that alone cures, as observed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from heygem_core.casebook.host import hosted
from heygem_core.casebook.probes import (
    cold_start,
    exit_report,
    feeder_join,
    late_reply,
    lingering,
    memory_limit,
    poisoned_lock,
)
from heygem_core.casebook.queues import Whose
from heygem_core.casebook.topology import Topology
from heygem_core.casebook.topology_observer import Observation, observe
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.text import Text

WHOSE: tuple[Whose, ...] = get_args(Whose)
TASK = ("service", "drivered_video", "write_video")
"""Whose waiting is the user's: the others wait for work, as they should."""
_DEADLINE_S = 90.0
_LIMIT_S = 40.0
_TIMEOUT_S = 1.0
_ENDS_S = 10.0
"""For the tasks that end, which they do at once; a busy machine may delay them."""
_DEAD = Topology(put_timeout_s=_TIMEOUT_S, takes=0, fault="die", result_timeout_s=_TIMEOUT_S / 4, eternal_daemonic=True)
_WEDGED = replace(_DEAD, fault="wedge")
_TOPOLOGIES = {
    "dead": _DEAD,
    "wedged": _WEDGED,
    "marker": replace(_WEDGED, failure_marker=True),
    "writer mended": replace(_WEDGED, writer_timeout_s=_TIMEOUT_S / 2),
    "works": replace(_DEAD, takes=None, items=25, put_timeout_s=20.0, result_timeout_s=20.0),
}
_END: set[tuple[str, Whose]] = {("dead", "compat"), ("writer mended", "compat")}
Cured = Literal["yes", "partly", "no"]
Key = tuple[str, Whose]


@dataclass(frozen=True)
class Outcome:
    """What one situation came to: how many are stuck, or wrong, and in words."""

    stuck: int
    told: Text


@dataclass(frozen=True)
class Row:
    """One case with multiprocessing's queue and with ours."""

    case: str
    situation: Text
    before: Text
    after: Text
    cured: Cured


@dataclass(frozen=True)
class Seen:
    """Everything that was observed, by situation and by whose queue."""

    topologies: Mapping[Key, Observation]
    experiments: Mapping[Key, Mapping[str, Any]]
    skipped: Mapping[str, Text]
    """Experiments that this machine does not allow, with the reason."""


_EXPERIMENTS: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], dict[str, Any]]] = {
    "poisoned-lock": (
        poisoned_lock.replaced,
        {"working": False, "signal": 9, "fresh": False, "timeout_s": _TIMEOUT_S},
    ),
    "late-reply": (late_reply.asked, {"drains": False, "timeout_s": 0.3}),
    "exit-before-report": (exit_report.written, {"how": "leaves", "timeout_s": _TIMEOUT_S}),
    "cold-start-deadline": (cold_start.started, {"loaded": False, "timeout_s": 0.05}),
    "feeder-join": (
        feeder_join.produced,
        {"maxsize": 1000, "size": 90 * 160 * 3, "timeout_s": 20.0, "abandons": False, "watch_s": _TIMEOUT_S},
    ),
    "non-daemon-children": (lingering.left, {"daemon": False, "then": "child", "watch_s": _TIMEOUT_S}),
    "host-oom": (memory_limit.observed, {"put_timeout_s": _TIMEOUT_S, "core": False}),
}


def watch() -> Seen:
    """Observe every situation with both queues, in disposable interpreters, a few at a time."""
    topologies = {(name, whose): replace(one, queues=whose) for name, one in _TOPOLOGIES.items() for whose in WHOSE}
    names = [(name, whose) for name in _EXPERIMENTS for whose in WHOSE]
    with ThreadPoolExecutor(6) as pool:
        watched = {
            key: pool.submit(observe, one, settle_s=_ENDS_S if key in _END else _TIMEOUT_S, limit_s=_LIMIT_S)
            for key, one in topologies.items()
        }
        tried = {key: pool.submit(_experiment, *key) for key in names}
        experiments, skipped = {}, {}
        for key, future in tried.items():
            try:
                experiments[key] = future.result()
            except CaseSkipped as reason:
                skipped[key[0]] = Text(reason.en, reason.zh)
        return Seen({key: future.result() for key, future in watched.items()}, experiments, skipped)


def _experiment(name: str, whose: Whose) -> dict[str, Any]:
    function, arguments = _EXPERIMENTS[name]
    target = f"{function.__module__}:{function.__name__}"
    if function is not memory_limit.observed:
        return hosted(target, {**arguments, "queues": whose}, deadline_s=_DEADLINE_S)
    with memory_limit.limited(memory_limit.LIMIT) as limit:
        group = None if limit.group is None else str(limit.group)
        given = {**arguments, "group": group, "queues": whose}
        return hosted(target, given, deadline_s=_DEADLINE_S, through=limit.command)


def rows(seen: Seen) -> list[Row]:
    """Return the table by case; raises `EffectNotShown` where multiprocessing's queue does not show the effect."""
    table = []
    for case, (situation, judge) in CASES.items():
        if case in seen.skipped:
            continue
        before, after = (judge(seen, whose) for whose in WHOSE)
        if not before.stuck:
            raise EffectNotShown(f"{case}: nothing is stuck with multiprocessing's queue: {before.told.en}")
        cured: Cured = "yes" if not after.stuck else "partly" if after.stuck < before.stuck else "no"
        table.append(Row(case, situation, before.told, after.told, cured))
    return table


def waiting(one: Observation) -> list[str]:
    """Return whose process still runs although there is nothing more to come."""
    return [role for role in TASK if role in one.alive()]


def _wait(roles: list[str]) -> Outcome:
    if not roles:
        return Outcome(0, Text("nobody waits", "无人等待"))
    names = _named(roles)
    return Outcome(len(roles), Text(f"wait for ever: {names.en}", f"永远等待：{names.zh}"))


def _named(roles: list[str]) -> Text:
    quoted = [f"`{role}`" for role in roles]
    return Text(", ".join(quoted), "、".join(quoted))


def _queue_full(seen: Seen, whose: Whose) -> Outcome:
    return _wait(waiting(seen.topologies["wedged", whose]))


def _silent_death(seen: Seen, whose: Whose) -> Outcome:
    one = seen.topologies["dead", whose]
    told = [role for role in TASK if one.raised.get(role) == "WorkerDied"]
    if waiting(one) or not told:
        return _wait(waiting(one))
    names = _named(told)
    return Outcome(0, Text(f"raise `WorkerDied` and end: {names.en}", f"抛出 `WorkerDied` 并结束：{names.zh}"))


def _zombies(seen: Seen, whose: Whose) -> Outcome:
    # The service itself is the observer's own child.
    corpses = [role for role in seen.topologies["dead", whose].defunct() if role != "service"]
    return Outcome(len(corpses), _named(corpses) if corpses else Text("none", "无"))


def _failure_marker(seen: Seen, whose: Whose) -> Outcome:
    one = seen.topologies["marker", whose]
    return _wait([] if one.returned else ["drivered_video"])


def _poisoned_lock(seen: Seen, whose: Whose) -> Outcome:
    if seen.experiments["poisoned-lock", whose]["got"] is None:
        return Outcome(1, Text("gets nothing, although an item is there", "明明有数据却取不到"))
    return Outcome(0, Text("gets the item", "取到数据"))


def _late_reply(seen: Seen, whose: Whose) -> Outcome:
    later = seen.experiments["late-reply", whose]["tasks"][1:]
    wrong = sum(one["answered"] != one["task"] for one in later)
    return Outcome(
        wrong,
        Text(
            f"{wrong} of {len(later)} later tasks get the answer to another",
            f"之后 {len(later)} 个任务中有 {wrong} 个取到别的任务的答复",
        ),
    )


def _exit_before_report(seen: Seen, whose: Whose) -> Outcome:
    if seen.experiments["exit-before-report", whose]["reported"] is None:
        return Outcome(1, Text("no result in time: a good end is no death", "未能及时收到结果：正常退出不算死亡"))
    return Outcome(0, Text("the result", "收到结果"))


def _cold_start(seen: Seen, whose: Whose) -> Outcome:
    if seen.experiments["cold-start-deadline", whose]["empty"]:
        return Outcome(1, Text("`queue.Empty` while it loads", "加载期间得到 `queue.Empty`"))
    return Outcome(0, Text("the answer", "收到答复"))


def _feeder_join(seen: Seen, whose: Whose) -> Outcome:
    one = seen.experiments["feeder-join", whose]
    if one["alive"]:
        return Outcome(1, Text("its process waits for the feeder thread", "其进程等待 feeder 线程"))
    return Outcome(
        0,
        Text(
            f"its process ends; {one['drained']} of {one['accepted']} items are there",
            f"其进程结束；{one['accepted']} 个数据中 {one['drained']} 个都在",
        ),
    )


def _non_daemon_children(seen: Seen, whose: Whose) -> Outcome:
    return _wait(["service"] if seen.experiments["non-daemon-children", whose]["alive"] else [])


def _host_oom(seen: Seen, whose: Whose) -> Outcome:
    one = seen.experiments["host-oom", whose]
    if one["service"]["died"]:
        return Outcome(0, Text("its put raises `WorkerDied`, with SIGKILL", "其 put 抛出 `WorkerDied`，注明 SIGKILL"))
    return Outcome(int(one["service"]["full"]), Text("its put ends in `queue.Full`", "其 put 以 `queue.Full` 告终"))


CASES: dict[str, tuple[Text, Callable[[Seen, Whose], Outcome]]] = {
    "queue-full": (Text("the consumer hangs", "消费者挂起"), _queue_full),
    "zombies": (Text("the consumer has died: `<defunct>`", "消费者已死：`<defunct>`"), _zombies),
    "silent-death": (Text("the consumer dies while it loads its model", "消费者在加载模型时死亡"), _silent_death),
    "poisoned-lock": (
        Text("a reader killed in `get`: the next one", "在 `get` 中被杀死的读取方：接替者"),
        _poisoned_lock,
    ),
    "failure-marker-behind-full-queue": (
        Text("a marker put into the full queue", "向已满的队列放入标记"),
        _failure_marker,
    ),
    "late-reply": (Text("an answer that came too late", "迟到的答复"), _late_reply),
    "exit-before-report": (Text("the writer leaves before it reports", "写入进程未报告先退出"), _exit_before_report),
    "cold-start-deadline": (Text("a question with a short timeout", "短超时的询问"), _cold_start),
    "feeder-join": (Text("the producer's function has returned", "生产者的函数已返回"), _feeder_join),
    "non-daemon-children": (Text("the task is done, main returns", "任务完成，main 返回"), _non_daemon_children),
    "host-oom": (Text("the kernel kills the consumer: the producer", "内核杀死消费者：生产者"), _host_oom),
}
