"""non-daemon-children: a service that has done its task, and does not end because its children are eternal."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import left_open, lingering
from heygem_core.casebook.probes.left_open import FRAMES, Returned
from heygem_core.casebook.probes.lingering import EXIT, Leaving
from heygem_core.errors import EffectNotShown

_WATCH_S = 1.0
_FULL_WATCH_S = 30.0
_DEADLINE_S = 60.0
WAYS: dict[str, dict[str, Any]] = {
    "child ended": {"daemon": False, "then": "child"},
    "service ended": {"daemon": False, "then": "service"},
    "daemonic": {"daemon": True, "then": "child"},
}
"""Who is sent a SIGTERM where the service does not end, and a child that is daemonic."""


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Leaving], Returned]:
    """Let the service return in each way, and a program with the core that is never closed, all at once."""
    watch_s = _FULL_WATCH_S if options.full else _WATCH_S
    with ThreadPoolExecutor(len(WAYS) + 1) as pool:
        core = pool.submit(left_open.run)
        seen = {name: pool.submit(_left, {**way, "watch_s": watch_s}) for name, way in WAYS.items()}
        return {name: future.result() for name, future in seen.items()}, core.result()


def _left(arguments: Mapping[str, Any]) -> Leaving:
    return hosted_as(Leaving, lingering.left, arguments, deadline_s=_DEADLINE_S + arguments["watch_s"])


def judge(seen: Mapping[str, Leaving], core: Returned) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    child, service, daemonic = (seen[name] for name in WAYS)
    for name, one in seen.items():
        if not one.ok:
            raise EffectNotShown(f"{name}: the task did not succeed: {one}")
        if one.ended_s is None:
            raise EffectNotShown(f"{name}: the service did not end at last: {one}")
    for one in (child, service):
        if not one.alive or EXIT not in one.where:
            raise EffectNotShown(f"the service should have waited for its child at exit: {one}")
    if child.orphan or daemonic.orphan or not service.orphan:
        raise EffectNotShown(f"only a service that was ended itself should have left its child behind: {dict(seen)}")
    if daemonic.alive:
        raise EffectNotShown(f"a service with a daemonic child should have ended: {daemonic}")
    if core.frames != FRAMES or core.left:
        raise EffectNotShown(f"the core's program should have ended and left no worker: {core}")
    outcome = Text(
        "the task succeeded and main returned; the process waits for its eternal child without a timeout",
        "任务成功，main 已返回；进程却无限期等待其常驻子进程",
    )
    told = Text(
        f"{core.frames} frames, main returned without closing the pipeline: the process ended {core.seconds:.1f} s "
        f"later, {core.left} workers left",
        f"{core.frames} 帧，main 未关闭流水线就返回：{core.seconds:.1f} 秒后进程结束，遗留 {core.left} 个 worker",
    )
    return Finding("confirmed", Reported(outcome, child.watched_s, _evidence(seen)), Core(told, core.seconds))


def _evidence(seen: Mapping[str, Leaving]) -> tuple[Text, ...]:
    child, service, daemonic = (seen[name] for name in WAYS)
    where = " < ".join(child.where[-2:])
    return (
        Text(
            f"{child.watched_s:g} s after the task succeeded and main returned, the service is still there, in {where}",
            f"任务成功、main 返回 {child.watched_s:g} 秒后，服务进程仍在，停在 {where}",
        ),
        Text(
            f"its child ended by SIGTERM: the service ended {child.ended_s or 0:.2f} s later",
            f"以 SIGTERM 结束其子进程：{child.ended_s or 0:.2f} 秒后服务进程结束",
        ),
        Text(
            f"the service ended by SIGTERM instead: it ends after {service.ended_s or 0:.2f} s, and its "
            "eternal child stays behind as an orphan",
            f"改为以 SIGTERM 结束服务进程：{service.ended_s or 0:.2f} 秒后服务结束，其常驻子进程成为孤儿继续运行",
        ),
        Text(
            f"the same child daemonic: the service ended by itself {daemonic.ended_s or 0:.2f} s after main returned",
            f"子进程设为 daemonic：main 返回 {daemonic.ended_s or 0:.2f} 秒后服务自行结束",
        ),
    )


CASE = Case(
    name="non-daemon-children",
    title=Text("Children that never end", "永不结束的子进程"),
    claim=Text(
        "Non-daemonic eternal children keep the service from ending, even after success",
        "非 daemonic 的常驻子进程使服务即使成功也无法退出",
    ),
    source="Non-daemon eternal children keep the parent from exiting even after success",
    run=run,
    mechanism=Text(
        "At its exit multiprocessing joins every child that is not a daemon, without a timeout. Children made for "
        "ever never end, so the service does not either, even after success. Killed instead, it leaves them behind "
        "as orphans.",
        "退出时，multiprocessing 会不带超时地 join 每个非 daemon 子进程。常驻子进程永不结束，"
        "因此服务即使成功也无法结束。若改为杀死服务，它们就成为孤儿进程。",
    ),
    cure=Text(
        "tell the children to end and give them a deadline; let them die with their parent (PR_SET_PDEATHSIG)",
        "通知子进程结束并设期限；让子进程随父进程一起结束（PR_SET_PDEATHSIG）",
    ),
)
