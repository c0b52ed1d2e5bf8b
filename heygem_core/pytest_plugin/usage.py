"""``gpu_usage``: what the GPUs did while a test ran, sampled over NVML by a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from heygem_core.pytest_plugin import helpers
from heygem_core.runtime.nvml import BINDING, RATE_HZ, GpuSample, GpuSampler


@dataclass(frozen=True)
class GpuUsage:
    """The figures of one GPU; None where the driver does not tell them.

    Those of the ``tree`` count the test's process and those below it. In a container the driver often shows no
    process, or numbers them as the host does: they are None there, and the ones of the whole device remain.
    """

    device: int
    readings: int
    seconds: float
    """From the first reading to the last."""
    utilization_mean: float | None
    """Percent of the time in which a kernel was running, anybody's; the driver averages over up to 1 s."""
    utilization_peak: int | None
    memory_peak: int | None
    """Bytes in use, anybody's."""
    sm_clock_min: int | None
    """MHz."""
    sm_clock_max: int | None
    throttle: int | None
    """Every bit of nvmlClocksEventReasons that was seen; 1 means idle."""
    tree_utilization_peak: int | None
    """Percent."""
    tree_memory_peak: int | None
    """Bytes."""


class GpuRecorder:
    """Samples from its creation until `stop`."""

    def __init__(self, binding: str = BINDING) -> None:
        self._usage: tuple[GpuUsage, ...] | None = None
        self._stack = ExitStack()
        self._sampler = GpuSampler(RATE_HZ, binding, os.getpid())
        self._stack.enter_context(self._sampler)
        helpers.PIDS.add(self._sampler.pid or 0)

    def stop(self) -> tuple[GpuUsage, ...]:
        """End the sampling and return the figures of each GPU; a second call returns the same ones.

        Raises RuntimeError when the sampler died: figures of a part would look like those of the whole.
        """
        if self._usage is None:
            helpers.PIDS.discard(self._sampler.pid or 0)
            self._stack.close()
            self._usage = summarize(self._sampler.samples)
        return self._usage


def summarize(samples: Iterable[GpuSample]) -> tuple[GpuUsage, ...]:
    """Return the figures of each device in ``samples``."""
    by_device: dict[int, list[GpuSample]] = {}
    for sample in samples:
        by_device.setdefault(sample.device, []).append(sample)
    return tuple(_one(device, by_device[device]) for device in sorted(by_device))


def _one(device: int, samples: list[GpuSample]) -> GpuUsage:
    busy = _told(sample.utilization for sample in samples)
    clocks = _told(sample.sm_clock for sample in samples)
    trees = [sample.tree for sample in samples if sample.tree is not None]
    throttle = None
    for mask in _told(sample.throttle for sample in samples):
        throttle = (throttle or 0) | mask
    return GpuUsage(
        device=device,
        readings=len(samples),
        seconds=samples[-1].seconds - samples[0].seconds,
        utilization_mean=sum(busy) / len(busy) if busy else None,
        utilization_peak=max(busy, default=None),
        memory_peak=max(_told(sample.memory_used for sample in samples), default=None),
        sm_clock_min=min(clocks, default=None),
        sm_clock_max=max(clocks, default=None),
        throttle=throttle,
        tree_utilization_peak=max(_told(tree.utilization for tree in trees), default=None),
        tree_memory_peak=max(_told(tree.memory_used for tree in trees), default=None),
    )


def _told(values: Iterable[int | None]) -> list[int]:
    return [value for value in values if value is not None]
