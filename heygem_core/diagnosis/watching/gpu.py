"""What NVML tells of processes: memory on the GPU and utilization, per process id."""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass
from typing import Any

from heygem_core.runtime import nvml
from heygem_core.text import Text


@dataclass(frozen=True)
class GpuUse:
    """One process on all GPUs together; None where the driver does not tell."""

    memory: int | None
    """Bytes."""
    share: int | None
    """Percent of the last moments in which a kernel of it ran."""


def use(seconds: float, binding: str = nvml.BINDING) -> dict[int, GpuUse] | Text:
    """Return the processes with a context on a GPU and what they used in the last ``seconds``, or why not.

    In a container the driver tells the host's process ids, or none.
    """
    reason = nvml.available(binding)
    if reason is not None:
        return reason
    library = importlib.import_module(binding)
    library.nvmlInit()
    try:
        found: dict[int, GpuUse] = {}
        for device in range(library.nvmlDeviceGetCount()):
            _add(library, library.nvmlDeviceGetHandleByIndex(device), seconds, found)
        return found
    finally:
        library.nvmlShutdown()


def _add(library: Any, handle: Any, seconds: float, found: dict[int, GpuUse]) -> None:
    since = int((time.time() - seconds) * 1e6)
    shares: dict[int, int] = {}
    for sample in _ask(library, "nvmlDeviceGetProcessUtilization", handle, since):
        shares[sample.pid] = max(shares.get(sample.pid, 0), int(sample.smUtil))
    for process in _ask(library, "nvmlDeviceGetComputeRunningProcesses", handle):
        before = found.get(process.pid, GpuUse(None, None))
        memory = _sum(before.memory, getattr(process, "usedGpuMemory", None))
        found[process.pid] = GpuUse(memory, _sum(before.share, shares.get(process.pid)))


def _ask(library: Any, question: str, *arguments: Any) -> list[Any]:
    try:
        return list(getattr(library, question)(*arguments))
    except library.NVMLError:
        # No sample in the interval, or not supported by this device.
        return []


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other
