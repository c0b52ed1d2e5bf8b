"""slow-consumer: a put times out only if one item takes longer than the timeout; a slow job is no reason."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.topology import Topology, put_timeout_s
from heygem_core.casebook.topology_observer import Observation, observe
from heygem_core.errors import EffectNotShown

_ITEMS = 14
# Far enough from 1 on both sides that a busy machine does not turn one into the other.
_SLOW = 1 / 5
_TOO_SLOW = 2.0
_SEVERAL = 2.5
_SETTLE_S = 0.5
_START_S = 30.0
_CORE_ITEM_S = 0.2
_NEEDED_FPS = 25.0


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Observation], CoreRun]:
    """Run a consumer below the timeout, one above it, and the core with a slow stage, all at once."""
    timeout = put_timeout_s(options)
    topologies = {
        "slow": Topology(put_timeout_s=timeout, items=_ITEMS, item_s=_SLOW * timeout),
        "too slow": Topology(put_timeout_s=timeout, item_s=_TOO_SLOW * timeout),
    }
    limit = _START_S + 2 * _ITEMS * _SLOW * timeout
    job = CoreJob(items=_ITEMS, item_s=_CORE_ITEM_S, needed_fps=_NEEDED_FPS, first_s=20.0)
    with ThreadPoolExecutor(len(topologies) + 1) as pool:
        core = pool.submit(core_run.run, job)
        seen = {
            name: pool.submit(observe, topology, settle_s=_SETTLE_S, limit_s=limit)
            for name, topology in topologies.items()
        }
        return {name: future.result() for name, future in seen.items()}, core.result()


def judge(seen: Mapping[str, Observation], core: CoreRun) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    slow, too_slow = seen["slow"], seen["too slow"]
    timeout = too_slow.put_timeout_s
    if slow.full_after_s is not None or (slow.ended, slow.ok, slow.taken) != (True, True, _ITEMS):
        raise EffectNotShown(f"the slow consumer should have passed {_ITEMS} items: {_told(slow)}")
    if slow.job_s < _SEVERAL * timeout:
        raise EffectNotShown(f"the slow job took only {slow.job_s:.1f} s, the put timeout is {timeout:g} s")
    if too_slow.full_after_s is None or too_slow.taken < 1 or too_slow.sent != 10 + too_slow.taken:
        raise EffectNotShown(f"one item above the timeout should fail the put after a taken item: {_told(too_slow)}")
    if core.slow is None or core.slow["stage"] != "audio_transfer":
        raise EffectNotShown(f"the core should have warned of a slow audio_transfer, warned of {core.slow}")
    finished = core_run.expect_success(core, _ITEMS)
    outcome = Text(
        "a slow consumer passes every item; a put fails only if one item takes longer than its timeout",
        "慢的消费者会处理完所有数据；只有单个数据的处理时间超过 put 超时，put 才会失败",
    )
    return Finding("refuted", Reported(outcome, slow.seconds, _evidence(slow, too_slow)), finished)


def _told(one: Observation) -> str:
    return f"{one.sent} sent, {one.taken} taken, put failed after {one.full_after_s} s, ended {one.ended}"


def _evidence(slow: Observation, too_slow: Observation) -> tuple[Text, ...]:
    timeout = slow.put_timeout_s
    return (
        Text(
            f"{_SLOW * timeout:.2f} s per item, put timeout {timeout:g} s: {slow.taken} of {_ITEMS} items passed in "
            f"{slow.job_s:.1f} s, {slow.job_s / timeout:.1f} timeouts, and no put failed",
            f"每个数据 {_SLOW * timeout:.2f} 秒，put 超时 {timeout:g} 秒：{slow.job_s:.1f} 秒内通过 "
            f"{slow.taken}/{_ITEMS} 个，相当于 {slow.job_s / timeout:.1f} 倍超时，没有 put 失败",
        ),
        Text(
            f"{_TOO_SLOW * timeout:.2f} s per item, the same timeout: a put failed after "
            f"{too_slow.full_after_s:.2f} s, with {too_slow.sent} sent and {too_slow.taken} taken",
            f"每个数据 {_TOO_SLOW * timeout:.2f} 秒，超时相同：{too_slow.full_after_s:.2f} 秒后 put 失败，"
            f"已发送 {too_slow.sent} 个，取走 {too_slow.taken} 个",
        ),
        Text(
            f"the report's log has 10 sends and no item taken; a consumer too slow leaves {too_slow.sent} sends "
            f"and {too_slow.taken} taken: another log. 10 of 150 were sent there, not processed",
            f"报告的日志中发送 10 次、取走 0 个；消费者过慢时则是发送 {too_slow.sent} 次、取走 {too_slow.taken} 个："
            f"日志不同。报告中的 10/150 是已发送，不是已处理",
        ),
    )


CASE = Case(
    name="slow-consumer",
    title=Text("A slow consumer", "下游处理慢"),
    claim=Text(
        "The CPU is slow, so the queue fills up and blocks after 10 of 150 items",
        "CPU 处理慢，因此队列被填满，处理 10/150 个数据后阻塞",
    ),
    source="队列填满: 仅处理了 10/150 个数据就阻塞",
    run=run,
    mechanism=Text(
        "Every item that is taken frees a slot and lets the next put through. A put of 60 s therefore fails only if "
        "a single item takes longer than 60 s, however long the whole job is, and the log then shows that items were "
        "taken.",
        "每取走一个数据就空出一个位置，使下一个 put 得以完成。因此 60 秒的 put 只有在单个数据耗时超过 60 "
        "秒时才会失败，与整个任务多长无关，而且此时日志会显示已有数据被取走。",
    ),
    cure=Text(
        "tell slow from dead: measure the rate, warn with the time left, and fail only where nothing moves",
        "区分慢与死：测量速率，给出剩余时间并警告，只有毫无进展时才报错",
    ),
)
