"""Findings that lie in what processes run on: the CPU instead of the GPU, shared memory, the memory limit."""

from __future__ import annotations

import signal
from collections.abc import Iterable

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED, Finding
from heygem_core.diagnosis.watching.graph import Graph
from heygem_core.diagnosis.watching.model import ProcessSeen
from heygem_core.diagnosis.watching.words import say
from heygem_core.errors import Cause
from heygem_core.runtime.libraries import PROVIDER
from heygem_core.text import Text

_FULL = 0.95
SHM = "/dev/shm"  # noqa: S108 - that very folder is looked at
Findings = tuple[Finding, ...]


def on_the_cpu(graph: Graph, _before: Findings) -> Iterable[Finding]:
    """A process that asked onnxruntime for CUDA and has no CUDA provider mapped."""
    for process in graph.seen.living:
        runtime = process.onnxruntime
        if runtime is None or runtime.cuda or process.asked_gpu is None:
            continue
        missing = say(
            "{who} has onnxruntime mapped ({folder}) and not {provider}",
            "{who} 映射了 onnxruntime（{folder}），却没有映射 {provider}",
            who=process.label,
            folder=runtime.package,
            provider=PROVIDER,
        )
        facts = [process.asked_gpu, missing]
        if not runtime.gpu_package:
            facts.append(
                Text(
                    "that folder holds no CUDA provider at all: it is the package for the CPU",
                    "该目录中根本没有 CUDA provider：它是 CPU 版的包",
                )
            )
        remedy = say(
            "run heygem-core doctor --python {python}: it names the library that is missing and the line that cures "
            "it; check get_providers()[0] after creating a session",
            "运行 heygem-core doctor --python {python}：它会指出缺少的库和解决办法；创建会话后检查 get_providers()[0]",
            python=process.command.split(" ")[0],
        )
        sure = STATED if process.asked_stated else IMPLIED
        yield Finding(Cause.SILENT_CPU_FALLBACK, sure, tuple(facts), remedy, process.label)


def memory(graph: Graph, before: Findings) -> Iterable[Finding]:
    """Shared memory without room, and processes that the kernel killed for want of memory while we looked."""
    seen = graph.seen
    bus = [process for process in seen.processes.values() if process.exit_code == -signal.SIGBUS]
    if seen.shm_used is not None and (seen.shm_used >= _FULL or bus):
        facts = [say("{share:.0%} of {shm} is in use", "{shm} 已使用 {share:.0%}", share=seen.shm_used, shm=SHM)]
        facts += [_bus(process) for process in bus]
        full = seen.shm_used >= _FULL
        yield Finding(Cause.SHM_EXHAUSTED, STATED if bus and full else IMPLIED if bus else HINTED, tuple(facts))
    if seen.oom_kills and seen.gone and not any(finding.cause is Cause.WORKER_DIED for finding in before):
        what = say(
            "the kernel killed {count} process(es) for want of memory while this was watched; gone meanwhile: {who}",
            "观察期间内核因内存不足杀死了 {count} 个进程；其间消失的进程：{who}",
            count=seen.oom_kills,
            who=", ".join(seen.gone),
        )
        yield Finding(Cause.WORKER_DIED, STATED, (what,), culprit=seen.gone[-1])


def _bus(process: ProcessSeen) -> Text:
    return say("process {who} was killed by SIGBUS", "进程 {who} 被 SIGBUS 杀死", who=process.label)
