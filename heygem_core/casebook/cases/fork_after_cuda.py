"""fork-after-cuda: what a forked child can do with the GPU after its parent used it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from heygem_core.casebook import needs
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, fork_cuda, tiny_model
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.casebook.probes.script import run_module
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime.session import CUDA

_DEADLINE_S = 180.0
_MESSAGE = "Cannot re-initialize CUDA in forked subprocess"


def judge(answers: Mapping[str, Any], told: CoreRun, seconds: float) -> Finding:
    """Return the finding; raises `EffectNotShown` when the forked child could use CUDA, or the spawned could not."""
    if not answers["available"]:
        raise CaseSkipped("torch finds no CUDA here", "torch 在此处找不到 CUDA")
    forked, spawned = answers["fork"], answers["spawn"]
    if _MESSAGE not in (forked["error"] or ""):
        raise EffectNotShown(f"the forked child should get {_MESSAGE!r}: {forked}")
    if spawned["error"] is not None:
        raise EffectNotShown(f"the spawned child should be able to use CUDA: {spawned}")
    if told.finished().noted["applied"] != CUDA:
        raise EffectNotShown(f"the core's stage should run on {CUDA}: {told}")
    said = forked["error"].splitlines()[0]
    outcome = Text(
        "the forked child gets an error that says so at once, it does not hang; the spawned one works",
        "fork 出的子进程立即得到明确的错误，不会卡死；spawn 的正常工作",
    )
    evidence = (
        Text(f"forked after CUDA was used: {said}", f"使用 CUDA 之后 fork：{said}"),
        Text(
            f"spawned: {spawned['value']:g}, computed on the GPU", f"以 spawn 启动：在 GPU 上算得 {spawned['value']:g}"
        ),
    )
    words = told.in_words()
    spawns = Text(f"stages are spawned: {words.en} on {CUDA}", f"各阶段以 spawn 启动：在 {CUDA} 上 {words.zh}")
    return Finding("conditional", Reported(outcome, seconds, evidence), told.as_core(spawns))


def run(options: Options) -> Finding:
    """Try both on the GPU; raises `CaseSkipped` without one, or without torch."""
    del options
    needs.gpu()
    needs.torch()
    began = time.monotonic()
    answers = run_module(fork_cuda.__name__, {}, deadline_s=_DEADLINE_S)
    seconds = time.monotonic() - began
    return judge(answers, core.run("RunsModel", {"model": tiny_model.build(), "provider": "cuda"}), seconds)


CASE = Case(
    name="fork-after-cuda",
    title=Text("Forked after CUDA was used", "使用 CUDA 之后 fork"),
    claim=Text(
        "A process that was forked after CUDA was initialised cannot use the GPU, and hangs",
        "在 CUDA 初始化之后 fork 出的进程无法使用 GPU，而且会卡死",
    ),
    source="The CUDA runtime does not support the `fork` start method (PyTorch, multiprocessing best practices)",
    run=run,
    mechanism=Text(
        "A CUDA context belongs to one process: its driver threads and its mappings of the device do not survive a "
        "fork. torch notices that it was initialised in another process and raises; a library that does not notice "
        "gets errors of the driver, or none.",
        "CUDA 上下文属于单个进程：驱动线程和设备映射在 fork 之后都不复存在。torch "
        "会发现自己是在另一个进程中初始化的并抛出"
        "异常；没有这种检查的库得到的是驱动错误，甚至没有错误。",
    ),
    cure=Text(
        'start processes with multiprocessing.get_context("spawn"), or fork before CUDA is used',
        '用 multiprocessing.get_context("spawn") 启动进程，或在使用 CUDA 之前 fork',
    ),
)
