"""The GPU during a replicate: averages over each block, and the reasons to void a quad that the GPU gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from statistics import fmean

from heygem_core.bench.schema import Block, Gpu
from heygem_core.runtime.nvml import GpuSample, GpuSampler

CLOCK_SPREAD = 0.03
"""NVBench's limit for the SM clock during a measurement (its ``--throttle-threshold`` family of options)."""
_NO_THROTTLE = 0x1 | 0x2
"""nvmlClocksEventReasonGpuIdle and …ApplicationsClocksSetting: states, not slow-downs."""

Watch = Callable[[], AbstractContextManager[GpuSampler | None]]


def watch(provider: str) -> Watch:
    """Return what makes a sampler for each replicate; for the CPU it samples nothing."""
    return GpuSampler if provider == "cuda" else nullcontext


def samples(sampler: GpuSampler | None) -> tuple[GpuSample, ...]:
    """Return what a sampler that has ended saw of the first GPU."""
    return () if sampler is None else tuple(sample for sample in sampler.samples if sample.device == 0)


def between(seen: Sequence[GpuSample], began_ns: int, ended_ns: int) -> list[GpuSample]:
    """Return the samples of an interval: perf_counter and monotonic are the same clock on Linux."""
    return [sample for sample in seen if began_ns <= sample.seconds * 1e9 <= ended_ns]


def block(seen: Sequence[GpuSample], began_ns: int, ended_ns: int) -> Gpu | None:
    """Return the averages over a block, None without a sample in it."""
    inside = between(seen, began_ns, ended_ns)
    if not inside:
        return None
    masks = [sample.throttle for sample in inside if sample.throttle is not None]
    throttle = None
    for mask in masks:
        throttle = (throttle or 0) | (mask & ~_NO_THROTTLE)
    power = _mean([sample.power for sample in inside])
    return Gpu(
        utilization=_share(_mean([sample.utilization for sample in inside])),
        sm_clock=_mean([sample.sm_clock for sample in inside]),
        power=None if power is None else power / 1000,
        memory=max((sample.memory_used for sample in inside if sample.memory_used is not None), default=None),
        throttle=throttle,
    )


def void(blocks: Sequence[Block]) -> str | None:
    """Return why the GPU makes a quad worthless, or None; its latencies are not looked at."""
    for one in blocks:
        if one.gpu is not None and one.gpu.throttle:
            return f"the GPU throttled, reasons {one.gpu.throttle:#x}"
    clocks = [one.gpu.sm_clock for one in blocks if one.gpu is not None and one.gpu.sm_clock is not None]
    if clocks and max(clocks) - min(clocks) > CLOCK_SPREAD * fmean(clocks):
        return f"the SM clock went from {min(clocks):.0f} to {max(clocks):.0f} MHz"
    return None


def energy(seen: Sequence[GpuSample], began_ns: int, ended_ns: int) -> float | None:
    """Return the joules of a whole quad, None where nothing counts them."""
    counts = [sample.energy for sample in between(seen, began_ns, ended_ns) if sample.energy is not None]
    return (counts[-1] - counts[0]) / 1000 if len(counts) > 1 else None


def grown(seen: Sequence[GpuSample], before_ns: int, began_ns: int, ended_ns: int) -> int | None:
    """Return by how many bytes the memory in use grew while one process started; others must not, meanwhile."""
    used = [
        [sample.memory_used for sample in between(seen, *ends) if sample.memory_used is not None]
        for ends in ((before_ns, began_ns), (began_ns, ended_ns))
    ]
    return max(used[1]) - used[0][-1] if all(used) else None


def _mean(values: Sequence[int | None]) -> float | None:
    there = [value for value in values if value is not None]
    return fmean(there) if there else None


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
