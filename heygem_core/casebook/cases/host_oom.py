"""host-oom: a consumer that the kernel kills for its memory leaves the same log as one that hangs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import memory_limit
from heygem_core.casebook.probes.memory_limit import LIMIT
from heygem_core.casebook.topology import put_timeout_s
from heygem_core.errors import Cause, EffectNotShown
from heygem_core.pipeline.evidence import describe_exit

_MAXSIZE = 10
_SIGKILL = -9
_DEADLINE_S = 90.0
_COUNTER = "memory limit of the control group killed"


def judge(found: Mapping[str, Any], seconds: float, timeout_s: float) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    service, core = found["service"], found["core"]
    if service["exit_code"] != _SIGKILL or service["oom_kills"] < 1:
        raise EffectNotShown(f"the kernel should have killed the consumer for its memory: {service}")
    if service["sent"] != _MAXSIZE:
        raise EffectNotShown(f"the queue should have taken {_MAXSIZE} items and no more: {service}")
    if (core["cause"], core["culprit"]) != (Cause.WORKER_DIED, "generator") or core["left"]:
        raise EffectNotShown(f"the core should have named the stage that died: {core}")
    counted = [line for line in core["evidence"] if _COUNTER in line]
    if "SIGKILL" not in core["detail"] or not counted:
        raise EffectNotShown(f"the core should have named SIGKILL and the group's counter: {core}")
    how = describe_exit(service["exit_code"])
    evidence = (
        Text(
            f"memory limit {LIMIT >> 20} MiB: the consumer, loading its model, {how}; oom_kill of the control group "
            f"went up by {service['oom_kills']}",
            f"内存限制 {LIMIT >> 20} MiB：下游进程加载模型时结束（{how}）；cgroup 的 oom_kill 增加 "
            f"{service['oom_kills']}",
        ),
        Text(
            f"the producer saw none of it: {service['sent']} puts, and then queue.Full after {timeout_s:g} s",
            f"上游对此一无所知：放入 {service['sent']} 个之后，等待 {timeout_s:g} 秒得到 queue.Full",
        ),
    )
    outcome = Text(
        f"{service['sent']} sends, nothing taken, queue full: the log of a consumer that hangs, from one that was "
        "killed",
        f"发送 {service['sent']} 个，未取走任何数据，队列满：日志与下游卡死时相同，实际是下游被杀死",
    )
    told = Core(
        Text(
            f"stage {core['culprit']!r} {core['cause']}: {core['detail']}; {counted[0]}",
            f"阶段 {core['culprit']!r}，{core['cause']}：{core['detail']}；{counted[0]}",
        ),
        core["seconds"],
        core["cause"],
        core["culprit"],
    )
    return Finding("confirmed", Reported(outcome, seconds - core["seconds"], evidence), told)


def run(options: Options) -> Finding:
    """Run both under a memory limit; raises `CaseSkipped` where no such limit can be set."""
    timeout_s = put_timeout_s(options)
    began = time.monotonic()
    with memory_limit.limited() as group:
        arguments = {"group": str(group), "put_timeout_s": timeout_s}
        found = hosted(f"{memory_limit.__name__}:observed", arguments, deadline_s=_DEADLINE_S + timeout_s)
    return judge(found, time.monotonic() - began, timeout_s)


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
        "look at oom_kill in memory.events, or dmesg; fewer and smaller items in the queues, frames through shared "
        "memory, more memory",
        "查看 memory.events 中的 oom_kill 或 dmesg；减少队列中数据的数量和大小，用共享内存传递帧，或增加内存",
    ),
)
