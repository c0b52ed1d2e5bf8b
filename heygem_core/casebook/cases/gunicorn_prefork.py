"""gunicorn-prefork: a session created before gunicorn forks its workers answers, and breaks when a worker ends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from heygem_core.casebook import field_envs, needs
from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import kernel_functions
from heygem_core.casebook.probes import core, prefork, tiny_model
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.casebook.probes.prefork import REQUESTS
from heygem_core.errors import EffectNotShown
from heygem_core.runtime.environment import TELEMETRY

_THREADS = 4
_DEADLINE_S = 60.0
_TIMEOUT_S = 2
_PATIENT_S = 30
"""gunicorn's --timeout by default; a worker that imports and loads on a busy machine needs more than the other."""
_WAYS: dict[str, dict[str, Any]] = {
    "telemetry": {"early": True, "threads": 1, "telemetry": True, "timeout_s": _TIMEOUT_S},
    "pool": {"early": True, "threads": _THREADS, "telemetry": False, "timeout_s": _PATIENT_S},
    "after": {"early": False, "threads": _THREADS, "telemetry": False, "timeout_s": _PATIENT_S},
}
Seen = Mapping[str, Mapping[str, Any]]


def watch() -> tuple[Seen, CoreRun]:
    """Run gunicorn in the three ways, and the core with a session of as many threads."""
    folder = str(field_envs.require(field_envs.GUNICORN))
    with ThreadPoolExecutor(2) as pool:
        started = {
            name: pool.submit(hosted, f"{prefork.__name__}:observed", {**way, "folder": folder}, deadline_s=_DEADLINE_S)
            for name, way in _WAYS.items()
        }
        told = pool.submit(core.run, "RunsModel", {"model": tiny_model.build(), "provider": "cpu", "threads": _THREADS})
        return {name: future.result() for name, future in started.items()}, told.result()


def judge(seen: Seen, told: CoreRun, seconds: float) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first way that behaves differently."""
    for name, one in seen.items():
        if one["answers"] != REQUESTS:
            raise EffectNotShown(f"{name}: the first worker should answer {REQUESTS} requests: {one}")
    _demand("WORKER TIMEOUT" in _log(seen["telemetry"]), "the ending worker should hang until the timeout", seen)
    _demand(seen["telemetry"]["gap_s"] > _TIMEOUT_S / 2, "nobody should answer meanwhile", seen)
    _demand("SIGSEGV" in _log(seen["pool"]), "the worker with the inherited pool should crash at its end", seen)
    _demand(seen["pool"]["threads"] < seen["after"]["threads"], "the pool's threads should be missing", seen)
    _demand(not seen["after"]["log"], "a session created after the fork should end cleanly", seen)
    if told.finished().noted["pool_threads"] != _THREADS - 1:
        raise EffectNotShown(f"the core's stage should have a pool of its own: {told.noted}")
    outcome = Text(
        "every request is answered; what hangs or crashes is the end of a worker, and with one worker the service "
        "stands still for as long",
        "所有请求都得到应答；卡死或崩溃的是 worker 的退出，只有一个 worker 时服务随之停顿",
    )
    words = told.in_words()
    blamed = Text(
        f"stages are spawned and create their sessions themselves: {words.en}, {_THREADS - 1} pool threads beside the "
        "main one",
        f"各阶段以 spawn 启动并自行创建会话：{words.zh}，主线程之外有 {_THREADS - 1} 个线程池线程",
    )
    return Finding("conditional", Reported(outcome, seconds, _evidence(seen)), told.as_core(blamed))


def _demand(shown: bool, what: str, seen: Seen) -> None:
    if not shown:
        raise EffectNotShown(f"{what}: {dict(seen)}")


def _log(one: Mapping[str, Any]) -> str:
    return "; ".join(one["log"])


def _evidence(seen: Seen) -> tuple[Text, ...]:
    hung, pool, after = seen["telemetry"], seen["pool"], seen["after"]
    kernel = kernel_functions([hung["wchan"]])
    return (
        Text(
            f"preload_app, session of 1 thread before the fork: {hung['answers']} requests answered; the worker, to be "
            f"replaced after {REQUESTS}, hangs at its exit, kernel {kernel.en}, until --timeout {_TIMEOUT_S}: "
            f"{_log(hung)}; {hung['gap_s']:.1f} s without an answer",
            f"preload_app，fork 之前创建 1 线程会话：应答 {hung['answers']} 个请求；worker 处理 {REQUESTS} "
            "个请求后应被替换，"
            f"却在退出时卡死，内核函数 {kernel.zh}，直到 --timeout {_TIMEOUT_S}：{_log(hung)}；{hung['gap_s']:.1f} "
            "秒无应答",
        ),
        Text(
            f"the same with {_THREADS} threads and {TELEMETRY}=1: {pool['answers']} requests answered by a worker with "
            f"{pool['threads']} thread(s), none of the pool's; at its end: {_log(pool)}",
            f"同样但用 {_THREADS} 线程并设 {TELEMETRY}=1：worker 以 {pool['threads']} 个线程（没有线程池线程）应答 "
            f"{pool['answers']} 个请求；退出时：{_log(pool)}",
        ),
        Text(
            f"session of {_THREADS} threads created after the fork, {TELEMETRY}=1: {after['threads']} threads, ends "
            f"cleanly, the next worker answers after {after['gap_s']:.1f} s",
            f"fork 之后创建 {_THREADS} 线程会话，{TELEMETRY}=1：{after['threads']} 个线程，正常退出，"
            f"{after['gap_s']:.1f} 秒后下一个 worker 应答",
        ),
    )


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`; raises `CaseSkipped` without gunicorn or with an older onnxruntime."""
    del options
    needs.telemetry()
    began = time.monotonic()
    seen, told = watch()
    return judge(seen, told, time.monotonic() - began)


CASE = Case(
    name="gunicorn-prefork",
    title=Text("gunicorn with preload_app", "gunicorn 的 preload_app"),
    claim=Text(
        "With preload a request hangs until the worker timeout; without it everything works",
        "使用 preload 时请求会卡住，直到 worker 超时；不用则一切正常",
    ),
    source="then It hangs for *few minutes*  then I get Worker Timeout Message. (benoitc/gunicorn#1891)",
    run=run,
    mechanism=Text(
        "preload_app imports the application, and creates its session, in the master; the workers are forks of it. "
        "A fork has none of the master's other threads: the session's pool is an empty shell, and so is onnxruntime's "
        "telemetry. Runs get by with the one thread there is; the end of the worker waits for threads that do not "
        "exist, or crashes on them.",
        "preload_app 在 master 中导入应用并创建会话；worker 由它 fork 而来。fork 出的进程没有 master 的其他线程："
        "会话的线程池"
        "只剩空壳，onnxruntime 的遥测也一样。推理靠仅有的一个线程勉强完成；worker 退出时则等待并不存在的线程，"
        "或因此崩溃。",
    ),
    cure=Text(
        "create the session in post_fork or at the first request, and export ORT_DISABLE_TELEMETRY=1",
        "在 post_fork 或首次请求时创建会话，并导出 ORT_DISABLE_TELEMETRY=1",
    ),
)
