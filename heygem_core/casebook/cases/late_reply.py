"""late-reply: the answer that came too late for one task is taken by the next."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core_jobs, late_reply
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.casebook.probes.late_reply import WIDTHS, Asked
from heygem_core.errors import Cause, EffectNotShown

_TIMEOUT_S = 0.3
_REPORTED_TIMEOUT_S = 10.0
_DEADLINE_S = 60.0
_ITEMS = 20


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[list[Asked], list[Asked], CoreJobs]:
    """Ask without draining and with it, and give up on a job of the core whose item comes late, all at once."""
    timeout_s = _REPORTED_TIMEOUT_S if options.full else _TIMEOUT_S
    jobs: list[dict[str, Any]] = [{"items": _ITEMS, "task": 1, "first_s": 1.0, "cancel_s": 0.3}]
    jobs.append({"items": _ITEMS, "task": 2})
    with ThreadPoolExecutor(3) as pool:
        core = pool.submit(core_jobs.run, jobs)
        reported, draining = (pool.submit(_asked, drains, timeout_s) for drains in (False, True))
        return reported.result(), draining.result(), core.result()


def _asked(drains: bool, timeout_s: float) -> list[Asked]:
    arguments = {"drains": drains, "timeout_s": timeout_s}
    found = hosted(f"{late_reply.__name__}:asked", arguments, deadline_s=_DEADLINE_S + 3 * timeout_s)
    return [Asked(**fields) for fields in found["tasks"]]


def judge(reported: Sequence[Asked], draining: Sequence[Asked], core: CoreJobs) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    later = range(2, len(WIDTHS) + 1)
    if [one.answered for one in reported] != [None, *(task - 1 for task in later)]:
        raise EffectNotShown(f"each task should have got the answer to the one before: {reported}")
    if any(one.wh for one in reported) or not reported[0].empty_after:
        raise EffectNotShown(f"every width should be 0, and the queue empty at the first task's end: {reported}")
    if [one.wh for one in draining] != [0, *WIDTHS[1:]] or draining[1].dropped != 1:
        raise EffectNotShown(f"with task numbers and draining every later task should get its width: {draining}")
    outcome = Text(
        "after one late answer every task gets the answer to the task before it and keeps wh: [0], without an error",
        "一次答复迟到之后，每个任务取到的都是前一个任务的答复，wh 保持 [0]，且没有报错",
    )
    reported_seconds = sum(one.waited_s for one in reported)
    return Finding("confirmed", Reported(outcome, reported_seconds, _evidence(reported, draining)), _told(core.clean()))


def _told(core: CoreJobs) -> Core:
    """Return the core's part: a job given up while a stage works on it, and the next one."""
    given_up, then = core.jobs
    if given_up.cause != Cause.CANCELLED:
        raise EffectNotShown(f"the core's first job should have been given up, got {given_up}")
    if then.frames != _ITEMS or then.foreign:
        raise EffectNotShown(f"the core's next job should have {_ITEMS} frames of its own, got {then}")
    return Core(
        Text(
            f"job 1 given up after {given_up.seconds:.1f} s while a stage still worked on it; job 2: {then.frames} "
            f"frames, {then.foreign} of them job 1's",
            f"任务 1 在 {given_up.seconds:.1f} 秒后放弃，此时仍有阶段在处理它；任务 2：{then.frames} 帧，"
            f"其中 {then.foreign} 帧属于任务 1",
        ),
        then.seconds,
    )


def _evidence(reported: Sequence[Asked], draining: Sequence[Asked]) -> tuple[Text, ...]:
    first, second = reported[:2]
    pairs = ", ".join(f"{one.task} <- {one.answered}" for one in reported[1:])
    widths = ", ".join(str(one.wh) for one in reported)
    right = ", ".join(str(one.wh) for one in draining[1:])
    return (
        Text(
            f"task 1: Empty after {first.waited_s:.2f} s; its answer came later and stayed in the queue",
            f"任务 1：{first.waited_s:.2f} 秒后得到 Empty；它的答复之后才到，留在队列中",
        ),
        Text(
            f"task 2 got an answer within {1000 * second.waited_s:.1f} ms, the one to task {second.answered}; "
            f"task <- answer: {pairs}",
            f"任务 2 在 {1000 * second.waited_s:.1f} 毫秒内得到答复，却是给任务 {second.answered} 的；"
            f"任务 <- 答复：{pairs}",
        ),
        Text(f"wh of the four tasks: {widths}", f"四个任务的 wh：{widths}"),
        Text(
            f"empty() at the end of task 1 said {first.empty_after}: a test at that moment is no draining",
            f"任务 1 结束时 empty() 返回 {first.empty_after}：此刻检查并不等于清空",
        ),
        Text(
            f"answers compared with the task's number and others dropped ({draining[1].dropped}): wh {right}",
            f"核对答复的任务号并丢弃其余（{draining[1].dropped} 个）：wh 为 {right}",
        ),
    )


CASE = Case(
    name="late-reply",
    title=Text("The answer to the task before", "上一个任务的答复"),
    claim=Text(
        "wh: [0] comes from an answer that was meant for the task before",
        "wh: [0] 源于取到了上一个任务的答复",
    ),
    source="#53 prints `wh: [0]` before the init_wh result of 110 s",
    run=run,
    mechanism=Text(
        "Question and answer queues carry no task number. An answer that comes after its task gave up stays in the "
        "queue, and the next task takes it for its own; from then on every task is one behind. empty() may say True "
        "while an item is on its way.",
        "提问与回答的队列不带任务编号。任务放弃之后才到的答复留在队列中，被下一个任务当作自己的；"
        "此后每个任务都差一位。数据还在途中时 empty() 也可能返回 True。",
    ),
    cure=Text(
        "put the task's number into every message and drop what belongs to another",
        "每条消息都带任务编号，丢弃不属于本任务的消息",
    ),
)
