"""FakeNvml: stands in for the NVIDIA driver library, which exists only with a driver.

The variable ``FAKE_NVML`` chooses what it pretends: ``no-driver``, ``no-gpu``, ``no-permission``,
``not-supported`` (every field of a device), ``dies`` (at the third reading) or, by default, two busy
GPUs. Each reading is a byte into the named pipe ``FAKE_NVML_PIPE``, if set. ``FAKE_NVML_PIDS`` are the
processes on each GPU, 20 and 10 by default.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

NVML_CLOCK_SM = 1
_readings = 0
_pipe = os.environ.get("FAKE_NVML_PIPE")
_told = os.open(_pipe, os.O_WRONLY) if _pipe else None


class NVMLError(Exception):
    """Base of the binding's errors, as in the real one."""


def _mode() -> str:
    return os.environ.get("FAKE_NVML", "")


def nvmlInit() -> None:  # noqa: N802 - the binding's own spelling, here and below
    """Fail like a machine without a driver."""
    if _mode() == "no-driver":
        raise NVMLError("NVML Shared Library Not Found")


def nvmlShutdown() -> None:  # noqa: N802
    """Do nothing."""


def nvmlDeviceGetCount() -> int:  # noqa: N802
    """Return 2, or what the mode says."""
    if _mode() == "no-permission":
        raise NVMLError("Insufficient Permissions")
    return 0 if _mode() == "no-gpu" else 2


def nvmlDeviceGetHandleByIndex(index: int) -> int:  # noqa: N802
    """Return the index itself."""
    global _readings  # noqa: PLW0603
    _readings += 1
    if _told is not None:
        os.write(_told, b".")
    if _mode() == "dies" and _readings == 3:
        os._exit(9)
    return index


def _supported(value: object) -> object:
    if _mode() == "not-supported":
        raise NVMLError("Not Supported")
    return value


def nvmlDeviceGetUtilizationRates(handle: int) -> object:  # noqa: N802
    """Return 50 percent for the first device, 51 for the second."""
    return _supported(SimpleNamespace(gpu=50 + handle, memory=1))


def nvmlDeviceGetMemoryInfo(_handle: int) -> object:  # noqa: N802
    """Return 4096 bytes in use."""
    return _supported(SimpleNamespace(used=4096, total=8192))


def nvmlDeviceGetClockInfo(_handle: int, kind: int) -> object:  # noqa: N802
    """Return 1410 MHz for the SM clock."""
    return _supported({NVML_CLOCK_SM: 1410}[kind])


def nvmlDeviceGetCurrentClocksEventReasons(_handle: int) -> object:  # noqa: N802
    """Return the mask for idle."""
    return _supported(1)


def nvmlDeviceGetPowerUsage(_handle: int) -> object:  # noqa: N802
    """Return 250 W."""
    return _supported(250_000)


def nvmlDeviceGetTotalEnergyConsumption(_handle: int) -> object:  # noqa: N802
    """Return a count that grows by 1 J with every reading."""
    return _supported(_readings * 1000)


def nvmlDeviceGetComputeRunningProcesses(_handle: int) -> object:  # noqa: N802
    """Return the processes, each with 1024 bytes."""
    return _supported([SimpleNamespace(pid=pid, usedGpuMemory=1024) for pid in _pids()])


def nvmlDeviceGetProcessUtilization(_handle: int, since: int) -> object:  # noqa: N802
    """Return two samples of each process, 90 percent and, the newer one, 30 percent."""
    samples = [(pid, since + age, percent) for pid in _pids() for age, percent in ((2, 30), (1, 90))]
    return _supported([SimpleNamespace(pid=p, timeStamp=stamp, smUtil=percent) for p, stamp, percent in samples])


def _pids() -> list[int]:
    return [int(pid) for pid in os.environ.get("FAKE_NVML_PIDS", "20,10").split(",")]


def nvmlSystemGetDriverVersion() -> str:  # noqa: N802
    """Return a version as the driver spells it."""
    return "580.65.06"


def nvmlSystemGetCudaDriverVersion() -> int:  # noqa: N802
    """Return CUDA 13.0 as the driver spells it."""
    return 13000


def nvmlDeviceGetName(handle: int) -> str:  # noqa: N802
    """Return the name of a device."""
    return f"Fake GPU {handle}"
