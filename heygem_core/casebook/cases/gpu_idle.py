"""gpu-idle: GPU utilization while a job runs on the CPU and on CUDA, sampled over NVML from outside."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from heygem_core.casebook import needs
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, tiny_model
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import EffectNotShown
from heygem_core.runtime.nvml import GpuSample, GpuSampler
from heygem_core.runtime.session import CPU, CUDA

# 64 additions of 16 million numbers take milliseconds on any CUDA GPU and need 128 MB of its memory.
_LENGTH = 1 << 24
_LAYERS = 64
_BUSY_S = 3.0
_REST_S = 1.5
_DEADLINE_S = 90.0


@dataclass(frozen=True)
class Watched:
    """One stretch of time with what the GPUs did in it."""

    samples: tuple[GpuSample, ...]
    run: CoreRun | None

    @property
    def peak(self) -> int:
        """The highest utilization of any GPU, in percent; raises `EffectNotShown` when none could be read."""
        seen = [sample.utilization for sample in self.samples if sample.utilization is not None]
        if not seen:
            raise EffectNotShown(f"NVML gave no utilization in {len(self.samples)} samples")
        return max(seen)

    @property
    def memory(self) -> int:
        """The most bytes in use on any GPU, 0 where NVML does not tell."""
        return max((sample.memory_used or 0 for sample in self.samples), default=0)


def rest() -> Watched:
    """Watch the GPUs without a job of ours."""
    with GpuSampler() as sampler:
        time.sleep(_REST_S)
    return Watched(sampler.samples, None)


def job(provider: str) -> Watched:
    """Watch the GPUs while a core job keeps ``provider`` busy for 3 s."""
    configuration = {
        "model": tiny_model.build(_LENGTH, _LAYERS),
        "length": _LENGTH,
        "provider": provider,
        "seconds": _BUSY_S,
    }
    with GpuSampler() as sampler:
        done = core.run("Busy", configuration, deadline_s=_DEADLINE_S).finished()
    return Watched(sampler.samples, done)


def judge(resting: Watched, on_cpu: Watched, on_cuda: Watched) -> tuple[Text, ...]:
    """Return the evidence; raises `EffectNotShown` unless the GPU is busy with CUDA and only then."""
    if on_cuda.peak <= max(resting.peak, on_cpu.peak):
        raise EffectNotShown(
            f"utilization does not tell the two apart: {resting.peak} % at rest, {on_cpu.peak} % with the job on "
            f"the CPU, {on_cuda.peak} % with it on CUDA; another process may keep the GPU busy"
        )
    return (
        _line(Text("at rest", "空闲时"), resting),
        _line(Text(f"a job asked for cpu, session on {CPU}", f"任务请求 cpu，会话在 {CPU}"), on_cpu),
        _line(Text(f"the same job asked for cuda, session on {CUDA}", f"同一任务请求 cuda，会话在 {CUDA}"), on_cuda),
        _rate(on_cuda.samples),
    )


def _line(what: Text, watched: Watched) -> Text:
    return Text(
        f"{what.en}: peak utilization {watched.peak} %, {watched.memory / 1e6:.0f} MB in use",
        f"{what.zh}：利用率峰值 {watched.peak} %，已用显存 {watched.memory / 1e6:.0f} MB",
    )


def _rate(samples: Sequence[GpuSample]) -> Text:
    devices = len({sample.device for sample in samples})
    readings = len(samples) / devices
    span = samples[-1].seconds - samples[0].seconds
    return Text(
        f"{readings:.0f} readings of {devices} GPU(s) in {span:.1f} s, by a process of its own",
        f"{span:.1f} 秒内对 {devices} 个 GPU 采样 {readings:.0f} 次，由独立进程完成",
    )


def run(options: Options) -> Finding:
    """Sample the GPUs at rest, with the job on the CPU, and with it on CUDA."""
    del options
    needs.gpu()
    began = time.monotonic()
    resting, on_cpu, on_cuda = rest(), job("cpu"), job("cuda")
    for watched, provider in ((on_cpu, CPU), (on_cuda, CUDA)):
        if watched.run is None or watched.run.noted["applied"] != provider:
            raise EffectNotShown(f"the job should have run on {provider}: {watched.run}")
    evidence = judge(resting, on_cpu, on_cuda)
    outcome = Text(
        f"a job on the CPU leaves the GPU at {on_cpu.peak} %, as no job at all does ({resting.peak} %), on CUDA it "
        f"takes it to {on_cuda.peak} %: 0 % shows that nothing runs there, not why",
        f"任务在 CPU 上运行时 GPU 利用率为 {on_cpu.peak} %，与没有任务时（{resting.peak} %）无异，在 CUDA 上则达到 "
        f"{on_cuda.peak} %：0 % 只说明 GPU 上没有运行任何计算，不说明原因",
    )
    reported = Reported(outcome, time.monotonic() - began, evidence)
    return Finding("conditional", reported, _core(on_cuda.run))


def _core(done: CoreRun | None) -> Core:
    if done is None:
        raise EffectNotShown("there was no job")
    words = done.in_words()
    return done.as_core(Text(f"provider cuda: {words.en}, on {CUDA}", f"provider cuda：{words.zh}，运行在 {CUDA}"))


CASE = Case(
    name="gpu-idle",
    title=Text("The GPU is idle", "GPU 利用率为 0%"),
    claim=Text(
        "GPU utilization of 0 % during the task shows that onnxruntime fell back to the CPU",
        "任务期间 GPU 利用率为 0%，说明 ONNX Runtime 回退到了 CPU",
    ),
    source="**GPU 利用率为 0%**: 所有 GPU 利用率都为 0%",
    run=run,
    mechanism=Text(
        "Utilization is the share of time in which any kernel ran on the GPU. A job on the CPU leaves it at 0 %, and "
        "so does a job that waits, or has not begun. Memory in use shows that somebody loaded something, not that it "
        "computes.",
        "利用率是 GPU 上有内核在运行的时间占比。在 CPU 上运行的任务使其为 0%，正在等待或尚未开始的任务也是如此。"
        "显存占用只说明有人加载了东西，并不说明在计算。",
    ),
    cure=Text(
        "ask the session (get_providers()[0]) and the stages' progress; use utilization only as a hint",
        "查看会话（get_providers()[0]）和各阶段的进展；利用率只作参考",
    ),
)
