"""queue-full: what the error line of the reports says about downstream, and what hangs after it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import kernel_functions
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
        _demand((one.full_after_s or 0.0) >= one.put_timeout_s, f"no put timed out, {name}", one)
        _demand(one.ended == (name == "both mended"), f"whether the task ended, {name}", one)
        if name not in ("takes 1", "takes 2"):
            _demand((one.sent, one.taken) == (10, 0), f"sends before the error, {name}", one)
    for name, held in (("writer mended", "drivered_video"), ("producer mended", "write_video")):
        _demand(_task_waits_for(seen[name]) == [held], f"what the task waits for, {name}", seen[name])
    _demand(_feeder_holds(reported), "the producer's process was not held by its feeder thread", reported)
    _demand(reported.waits("write_video", "queues.py:get"), "the writer does not wait", reported)
    _demand(reported.waits("service", "process.py:join"), "the service does not wait", reported)
    marker = seen["marker"]
    blocked = not marker.returned and marker.waits("drivered_video", "queues.py:put")
    _demand(blocked, "the failure marker got through", marker)
    blamed = core_run.expect_failure(core, (Cause.NEVER_READY, Cause.WEDGED))
    outcome = Text(
        "ten items sent, none taken, error logged; service, writer and producer then wait without a timeout",
        "发送 10 个，取走 0 个，记录错误；此后服务、写入进程和生产者进程都无超时地等待",
    )
    return Finding("confirmed", Reported(outcome, reported.seconds, _evidence(seen)), blamed)


def _feeder_holds(one: Observation) -> bool:
    return one.returned and one.waits("drivered_video", "queues.py:_finalize_join")


def _task_waits_for(one: Observation) -> list[str]:
    return [role for role in ("drivered_video", "write_video") if role in one.alive()]


def _demand(condition: bool, what: str, one: Observation) -> None:
    if not condition:
        raise EffectNotShown(
            f"{what}: {one.sent} sent, {one.taken} taken, ended {one.ended}, alive {', '.join(one.alive())}"
        )


def _evidence(seen: Mapping[str, Observation]) -> tuple[Text, ...]:
    reported, doubled, marker = seen["takes 0"], seen["timeout doubled"], seen["marker"]
    producer = _waiting(reported, "drivered_video")
    return (
        *_counts(seen),
        Text(
            f"{producer.en}, {reported.settled_s:g} s after its function returned",
            f"{producer.zh}，此时距其函数返回已 {reported.settled_s:g} 秒",
        ),
        _waiting(reported, "write_video"),
        _waiting(reported, "service"),
        Text(
            f"put timeout doubled: still {doubled.sent} sent, and the task still hangs",
            f"put 超时加倍：仍是发送 {doubled.sent} 个，任务依旧卡死",
        ),
        *_mended(seen),
        Text(
            f"failure marker put into the same queue: {marker.settled_s:g} s later that put still blocks",
            f"把失败标记 put 进同一队列：{marker.settled_s:g} 秒后该 put 仍阻塞",
        ),
    )


def _counts(seen: Mapping[str, Observation]) -> tuple[Text, Text]:
    """Say what the log holds, and how many sends there were for how many items taken."""
    events, full_s, taking = len(SEED_SEQUENCE), seen["takes 0"].full_after_s, [seen[name] for name in list(seen)[:3]]
    return (
        Text(
            f"the same {events} log events as in the report: 10 sends, then the error after "
            f"{full_s:.2f} s; audio_transfer logged nothing",
            f"与报告相同的 {events} 条日志事件：发送 10 次，{full_s:.2f} 秒后报错；audio_transfer 没有任何日志",
        ),
        Text(
            f"sends before the error = queue size + items taken: "
            f"{'; '.join(f'{one.taken} taken: {one.sent} sent' for one in taking)}",
            f"报错前的发送次数 = 队列容量 + 已取走数："
            f"{'；'.join(f'取走 {one.taken}：发送 {one.sent}' for one in taking)}",
        ),
    )


def _mended(seen: Mapping[str, Observation]) -> tuple[Text, ...]:
    """Say what one remedy alone leaves waiting, and that both together end the task."""
    ended = seen["both mended"]
    return (
        _still(seen["writer mended"], Text("timeout in the writer only", "仅写入进程加超时")),
        _still(
            seen["producer mended"],
            Text("cancel_join_thread in the producer only", "仅生产者调用 cancel_join_thread"),
        ),
        Text(
            f"both: the task ended by itself after {ended.job_s:.1f} s with result {ended.ok}",
            f"两者都做：任务在 {ended.job_s:.1f} 秒后自行结束，结果为 {ended.ok}",
        ),
    )


def _still(one: Observation, remedy: Text) -> Text:
    waiting = ", ".join(_task_waits_for(one))
    return Text(
        f"{remedy.en}: the task still hangs, its join waits for {waiting}",
        f"{remedy.zh}：任务依旧卡死，其 join 在等待 {waiting}",
    )


def _waiting(one: Observation, role: str) -> Text:
    """Say where a process waits: its main thread, and what its threads sleep on in the kernel."""
    witness = one.witnesses[role]
    main = witness.stacks[-1] if witness.stacks else ()
    waits = ("queues.py:_finalize_join", "queues.py:get", "process.py:join")
    where = next((frame for frame in main if frame in waits), "?")
    kernel = kernel_functions(witness.wchans)
    return Text(
        f"{role} (state {witness.state}) waits without a timeout in {where}; its threads sleep in {kernel.en}",
        f"{role}（状态 {witness.state}）在 {where} 中无超时地等待；其线程休眠于内核函数 {kernel.zh}",
    )


CASE = Case(
    name="queue-full",
    title=Text("The queue is full", "任务视频驱动队列满"),
    claim=Text(
        "Exactly ten sends and then this error: downstream has not taken a single item",
        "恰好发送 10 次之后出现该错误：下游一个数据都没有取走",
    ),
    source="[2025-11-09 15:03:10,149] [ERROR] 任务视频驱动队列满，严重阻塞，下游队列异常",
    run=run,
    mechanism=Text(
        "A put with a timeout fails only if no item is taken for the whole timeout: the consumer is dead or hangs, "
        "often since it loaded its models. Nothing is sent downstream then: the writer waits for ever, the service "
        "joins both without a timeout, and the producer's own process cannot end, because its feeder thread is "
        "blocked on a full pipe.",
        "带超时的 put 只有在整个超时期间没有任何数据被取走时才会失败：下游已死或卡死，往往在加载模型时就已如此。"
        "此后不再向下游发送任何数据：写入进程永远等待，服务不带超时地 join 两者，上游进程自身也无法退出，因为其 "
        "feeder 线程阻塞在已满的管道上。",
    ),
    cure=Text(
        "watch the consumer itself (its exit, its progress), and give every wait a deadline; a longer timeout or "
        "queue only delays the same end",
        "监视下游进程本身（是否退出、有无进展），给每个等待都设期限；更长的超时或队列只会推迟同样的结局",
    ),
)
