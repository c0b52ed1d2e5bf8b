"""silent-death: a model that does not load, outside the try that forwards the exceptions of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.probes import silent_death
from heygem_core.casebook.probes.silent_death import QUEUE_SIZE, Death
from heygem_core.casebook.topology import put_timeout_s
from heygem_core.errors import Cause, EffectNotShown

_DEADLINE_S = 60.0


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Death], dict[str, CoreRun]]:
    """Break the model at load and in a batch, in the reported consumer and in the core, all at once."""
    timeout_s = put_timeout_s(options)
    broken = ("load", "batch")
    jobs = {"load": CoreJob(takes=0, fault="raise"), "batch": CoreJob(takes=3, fault="raise")}
    with ThreadPoolExecutor(4) as pool:
        seen = {name: pool.submit(_died, name, timeout_s) for name in broken}
        core = {name: pool.submit(core_run.run, jobs[name]) for name in broken}
        return (
            {name: future.result() for name, future in seen.items()},
            {name: future.result() for name, future in core.items()},
        )


def _died(broken: str, timeout_s: float) -> Death:
    arguments = {"broken": broken, "timeout_s": timeout_s}
    return hosted_as(Death, silent_death.died, arguments, deadline_s=_DEADLINE_S + timeout_s)


def judge(seen: Mapping[str, Death], core: Mapping[str, CoreRun]) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    load, batch = seen["load"], seen["batch"]
    if load.exit_code in (None, 0) or load.answer is not None:
        raise EffectNotShown(f"the consumer should have died at load without an answer: {load}")
    if not load.last_words:
        raise EffectNotShown(f"the consumer should have said on stderr why it died: {load}")
    if load.accepted != QUEUE_SIZE:
        raise EffectNotShown(f"the queue to the dead consumer should have taken {QUEUE_SIZE} items: {load}")
    if batch.exit_code is not None or batch.answer is None or "InvalidArgument" not in batch.answer:
        raise EffectNotShown(f"an exception in a batch should have been forwarded: {batch}")
    blamed = {name: core_run.expect_failure(one, (Cause.RAISED,)) for name, one in core.items()}
    outcome = Text(
        "the child died while it loaded its model; the task got no word of it, and the queue went on taking items",
        "子进程在加载模型时退出；任务没有收到任何消息，队列仍继续接收数据",
    )
    return Finding("confirmed", Reported(outcome, load.waited_s, _evidence(load, batch)), blamed["load"])


def _evidence(load: Death, batch: Death) -> tuple[Text, ...]:
    answer = (batch.answer or "").partition(" :")[0]
    return (
        Text(
            f"half a model file, loaded outside the try: exit code {load.exit_code}; nothing came back in "
            f"{load.waited_s:.1f} s",
            f"模型文件残缺，且在 try 之外加载：退出码 {load.exit_code}；{load.waited_s:.1f} 秒内没有任何返回",
        ),
        Text(
            f"its last words went to stderr only: {load.last_words[:120]}",
            f"最后的错误信息只出现在 stderr：{load.last_words[:120]}",
        ),
        Text(
            f"after its death the queue took {load.accepted} more items without an error",
            f"它退出之后，队列仍接收了 {load.accepted} 个数据，没有报错",
        ),
        Text(
            f"an exception within a batch, inside the try: forwarded after {batch.waited_s:.2f} s ({answer}), "
            "and the child lives",
            f"批处理之中（在 try 之内）的异常：{batch.waited_s:.2f} 秒后转发（{answer}），子进程仍在运行",
        ),
    )


CASE = Case(
    name="silent-death",
    title=Text("A silent death", "无声的退出"),
    claim=Text(
        "A model that does not load kills the child, and nobody is told",
        "模型加载失败使子进程退出，却没有任何一方得知",
    ),
    source="per-batch exceptions are forwarded; "
    "model-load exceptions are outside the try -> child dies, nobody is told",
    run=run,
    mechanism=Text(
        "The consumer loads its models before the try that guards its batches. What a batch raises is forwarded; "
        "what loading raises ends the process, and the exit code is asked for by nobody. The queue goes on taking "
        "items until it is full.",
        "下游进程在保护批处理的 try 之外加载模型。批处理中的异常会被转发；加载时的异常则使进程结束，"
        "而无人查看其退出码。队列继续接收数据，直到填满。",
    ),
    cure=Text(
        "wait on the process's sentinel as well as on the queue, and report readiness only after loading",
        "除队列之外也要等待进程的 sentinel，并在加载完成之后才报告就绪",
    ),
)
