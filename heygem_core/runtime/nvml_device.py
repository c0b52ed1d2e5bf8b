"""Which of NVML's devices is CUDA's first: NVML numbers all that there are, CUDA those that it may see."""

from __future__ import annotations

import importlib
import os

from heygem_core.runtime.nvml import BINDING


def index(visible: str | None = None, binding: str = BINDING) -> int:
    """Return NVML's number of the device that CUDA calls 0, given ``CUDA_VISIBLE_DEVICES`` (default: this process's).

    Both count in the order of the PCI bus only under ``CUDA_DEVICE_ORDER=PCI_BUS_ID``; on machines with GPUs of one
    kind they do so anyway. Raises ValueError when the variable hides every device or names an unknown one.
    """
    said = os.environ.get("CUDA_VISIBLE_DEVICES") if visible is None else visible
    if said is None:
        return 0
    first = said.partition(",")[0].strip()
    if first.isdecimal():
        return int(first)
    nvml = importlib.import_module(binding)
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        raise ValueError(f"CUDA_VISIBLE_DEVICES={said!r} cannot be looked up: {error}") from error
    try:
        return int(nvml.nvmlDeviceGetIndex(nvml.nvmlDeviceGetHandleByUUID(first)))
    except nvml.NVMLError as error:
        raise ValueError(f"CUDA_VISIBLE_DEVICES={said!r} names no device that NVML knows: {error}") from error
    finally:
        nvml.nvmlShutdown()
