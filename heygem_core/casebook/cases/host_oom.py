"""host-oom: a consumer that the kernel kills for its memory leaves the same log as one that hangs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import blamed
from heygem_core.casebook.probes import memory_limit
from heygem_core.casebook.probes.memory_limit import ITEMS, LIMIT, ROOMY
from heygem_core.casebook.topology import put_timeout_s
from heygem_core.errors import Cause, EffectNotShown
from heygem_core.pipeline.evidence import describe_exit

_MAXSIZE = 10
_SIGKILL = -9
_DEADLINE_S = 90.0
_COUNTER = "out-of-memory killer"


def judge(found: Mapping[str, Any], how: str, seconds: float, timeout_s: float) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    service, roomy, core = found["service"], found["roomy"], found["core"]
    if service["exit_code"] != _SIGKILL or service["oom_kills"] < 1:
        raise EffectNotShown(f"the kernel should have killed the consumer for its memory: {service}")
    if (service["sent"], service["full"]) != (_MAXSIZE, True):
        raise EffectNotShown(f"the queue should have taken {_MAXSIZE} items and no more: {service}")
    if (roomy["sent"], roomy["full"], roomy["exit_code"], roomy["oom_kills"]) != (ITEMS, False, 0, 0):
        raise EffectNotShown(f"with more memory all {ITEMS} items should have been taken: {roomy}")
    if (core["cause"], core["culprit"]) != (Cause.WORKER_DIED, "generator") or core["left"]:
        raise EffectNotShown(f"the core should have named the stage that died: {core}")
    counted = [line for line in core["evidence"] if _COUNTER in line]
    if "SIGKILL" not in core["detail"] or not counted:
        raise EffectNotShown(f"the core should have named SIGKILL and the group's counter: {core}")
    outcome = Text(
        f"{service['sent']} sends, nothing taken, queue full: the log of a consumer that hangs, from one that was "
        f"killed; with more memory all {roomy['sent']} items pass",
        f"发送 {service['sent']} 个，未取走任何数据，队列满：日志与下游卡死时相同，实际是下游被杀死；"
        f"内存充足时 {roomy['sent']} 个数据全部通过",
    )
    told = Core(
        Text(
            f"stage {core['culprit']!r} {core['cause']}: {core['detail']}; {counted[0]}",
            f"阶段 {core['culprit']!r}，{blamed(core['cause']).zh}：{core['detail']}；{counted[0]}",
        ),
        core["seconds"],
        core["cause"],
        core["culprit"],
    )
    evidence = _evidence(service, roomy, how, timeout_s)
    return Finding("confirmed", Reported(outcome, seconds - core["seconds"], evidence), told)


def _evidence(service: Mapping[str, Any], roomy: Mapping[str, Any], how: str, timeout_s: float) -> tuple[Text, ...]:
    ended = describe_exit(service["exit_code"])
    return (
        Text(
            f"memory limit {LIMIT >> 20} MiB ({how}): the consumer, loading its model, {ended}; oom_kill of the "
            f"control group went up by {service['oom_kills']}",
            f"内存限制 {LIMIT >> 20} MiB（{how}）：下游进程加载模型时结束（{ended}）；cgroup 的 oom_kill 增加 "
            f"{service['oom_kills']}",
        ),
        Text(
            f"the producer saw none of it: {service['sent']} puts, and then queue.Full after {timeout_s:g} s",
            f"上游对此一无所知：放入 {service['sent']} 个之后，等待 {timeout_s:g} 秒得到 queue.Full",
        ),
        Text(
            f"memory limit {ROOMY >> 20} MiB, the same service: {roomy['sent']} of {ITEMS} items taken, and the "
            f"consumer {describe_exit(roomy['exit_code'])}",
            f"内存限制 {ROOMY >> 20} MiB，同一服务：取走 {roomy['sent']}/{ITEMS} 个数据，"
            f"下游正常结束（{describe_exit(roomy['exit_code'])}）",
        ),
    )


def run(options: Options) -> Finding:
    """Run both under a memory limit; raises `CaseSkipped` where no such limit can be set."""
    timeout_s = put_timeout_s(options)
    began = time.monotonic()
    how, found = _observed(LIMIT, timeout_s, core=True)
    _, roomy = _observed(ROOMY, timeout_s, core=False)
    return judge({**found, "roomy": roomy["service"]}, how, time.monotonic() - began, timeout_s)


def _observed(size: int, timeout_s: float, *, core: bool) -> tuple[str, dict[str, Any]]:
    """Return how a limit of ``size`` bytes was set, and what happened under it."""
    with memory_limit.limited(size) as limit:
        group = None if limit.group is None else str(limit.group)
        arguments = {"group": group, "put_timeout_s": timeout_s, "core": core}
        target = f"{memory_limit.__name__}:observed"
        return limit.how, hosted(target, arguments, deadline_s=_DEADLINE_S + timeout_s, through=limit.command)


CASE = Case(
    name="host-oom",
    title=Text("Killed for its memory", "因内存不足被杀死"),
    claim=Text(
        "The task stands still at the same place; with more memory in the machine it runs",
        "任务总是停在同一处；给机器加内存之后就能运行",
    ),
    source="Duix issues 58 and 284, solved by 32 and 64 GB more memory",
    run=run,
    mechanism=Text(
        "Each frame in a queue is pickled: at 1080p 25 MB per item of four, ten items per queue, beside the models. "
        "When the limit of the control group or the machine's memory is reached, the kernel kills the largest process "
        "with SIGKILL, which nobody can catch or log. The queue fills, and the error line blames the queue.",
        "队列中的每帧都要经过 pickle：1080p 时每个 4 帧的数据 25 MB，每个队列 10 个，还不算模型。达到 cgroup "
        "限制或机器内存"
        "上限时，内核以 SIGKILL 杀死最大的进程，无法捕获，也无法写日志。随后队列被填满，错误日志归咎于队列。",
    ),
    cure=Text(
        "look at oom_kill in memory.events (memory.oom_control in version 1), or dmesg; fewer and smaller items in the "
        "queues, frames through shared memory, more memory",
        "查看 memory.events（第 1 版为 memory.oom_control）中的 oom_kill 或 dmesg；减少队列中数据的数量和大小，"
        "用共享内存传递帧，或增加内存",
    ),
)
