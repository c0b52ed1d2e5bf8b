"""The line in the report's header: the versions that decide whether a GPU is used."""

from __future__ import annotations

from pathlib import Path

from heygem_core.runtime import nvml, versions

_CUDA = ("nvidia-cuda-runtime", "nvidia-cuda-runtime-cu12", "nvidia-cuda-runtime-cu11")
"""pip's names of the CUDA runtime: without a suffix from CUDA 13 on."""


def line(*, ask_nvml: bool, binding: str = nvml.BINDING, driver: Path = versions.DRIVER) -> str:
    """Return the header's line.

    Initialising NVML wakes GPUs, which takes up to seconds: without ``ask_nvml`` the kernel module's own files below
    ``driver`` are read instead, which some containers lack.
    """
    found = nvml.machine(binding) if ask_nvml else versions.from_driver_files(driver)
    parts = [
        " and ".join(versions.installed(versions.ONNXRUNTIME)) or "onnxruntime: none",
        f"CUDA: {' and '.join(versions.installed(_CUDA)) or 'none from pip'}",
        f"driver: {found.driver or 'none'}{f' (up to CUDA {found.cuda})' if found.cuda else ''}",
        f"GPU: {' and '.join(found.gpus) or 'none'}",
    ]
    return "heygem-core: " + ", ".join(parts)
