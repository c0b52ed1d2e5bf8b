"""failure-marker-behind-full-queue: word of the failure takes the way that has just turned out to be blocked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.probes import failure_marker
from heygem_core.casebook.probes.failure_marker import QUEUE_SIZE, Marking
from heygem_core.casebook.topology import put_timeout_s
from heygem_core.errors import Cause, EffectNotShown

_DEADLINE_S = 60.0


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[Marking, Marking, CoreRun]:
    """Put the marker into the full queue, into one of its own, and wedge a stage of the core, all at once."""
    timeout_s = put_timeout_s(options)
    with ThreadPoolExecutor(3) as pool:
        core = pool.submit(core_run.run, CoreJob(takes=1))
        same, own = (pool.submit(_marked, own, timeout_s) for own in (False, True))
        return same.result(), own.result(), core.result()


def _marked(own: bool, timeout_s: float) -> Marking:
    arguments = {"own": own, "timeout_s": timeout_s, "watch_s": timeout_s}
    return hosted_as(Marking, failure_marker.marked, arguments, deadline_s=_DEADLINE_S + 2 * timeout_s)


def judge(same: Marking, own: Marking, core: CoreRun) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    for one in (same, own):
        if one.sent != QUEUE_SIZE:
            raise EffectNotShown(f"the producer should have sent {QUEUE_SIZE} items before it gave up: {one}")
    if same.where != "queues.py:put" or same.delivered_s is not None:
        raise EffectNotShown(f"the marker should still wait in put: {same}")
    if same.place != QUEUE_SIZE + 1:
        raise EffectNotShown(f"the marker should be number {QUEUE_SIZE + 1} for a consumer that comes back: {same}")
    if own.delivered_s is None or own.delivered_s > own.watched_s:
        raise EffectNotShown(f"through a queue of its own the marker should arrive at once: {own}")
    blamed = core_run.expect_failure(core, (Cause.WEDGED,))
    outcome = Text(
        "the marker blocks in the full queue as the item before it did, and without a timeout: nobody is told",
        "标记与之前的数据一样阻塞在已满的队列中，而且没有超时：没有任何一方得知",
    )
    return Finding("refuted", Reported(outcome, same.full_after_s + same.watched_s, _evidence(same, own)), blamed)


def _evidence(same: Marking, own: Marking) -> tuple[Text, ...]:
    return (
        Text(
            f"{same.sent} items sent, then Full after {same.full_after_s:.2f} s; the marker, put into the same queue, "
            f"still waits in {same.where} {same.watched_s:g} s later",
            f"发送 {same.sent} 个数据后，{same.full_after_s:.2f} 秒后得到 Full；放入同一队列的标记在 "
            f"{same.watched_s:g} 秒后仍停在 {same.where}",
        ),
        Text(
            f"a consumer that comes back after all gets it as number {same.place}, behind all items: "
            "it arrives only once the items are being taken again",
            f"消费者若恢复工作，标记是它取到的第 {same.place} 个，排在所有数据之后：只有数据重新被取走时才能送达",
        ),
        Text(
            f"the same marker through a queue of its own, the first still full: there after "
            f"{1000 * (own.delivered_s or 0):.1f} ms",
            f"同一标记走单独的队列，数据队列仍满：{1000 * (own.delivered_s or 0):.1f} 毫秒后送达",
        ),
    )


CASE = Case(
    name="failure-marker-behind-full-queue",
    title=Text("The failure marker behind the full queue", "失败标记排在已满的队列之后"),
    claim=Text(
        "A failure marker put into the queue after the timeout tells downstream that the task failed",
        "超时后向队列放入失败标记，就能通知下游任务已失败",
    ),
    source="The 60-s fork puts its failure marker into the same full queue without a timeout",
    run=run,
    mechanism=Text(
        "A marker in the data queue stands behind the data. If the queue is full because nobody takes from it, the "
        "marker does not even get in: the put that should report the stall blocks in it.",
        "放在数据队列中的标记排在数据之后。若队列因无人取走而填满，标记根本放不进去：用来报告卡死的 put 自己也被卡住。",
    ),
    cure=Text(
        "send control messages through a channel of their own",
        "控制消息使用单独的通道",
    ),
)
