"""The line in the report's header: the versions that decide whether a GPU is used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from heygem_core.runtime import nvml

_ONNXRUNTIME = ("onnxruntime-gpu", "onnxruntime")
_CUDA = ("nvidia-cuda-runtime", "nvidia-cuda-runtime-cu12", "nvidia-cuda-runtime-cu11")
"""pip's names of the CUDA runtime: without a suffix from CUDA 13 on."""
_DRIVER = Path("/proc/driver/nvidia")


def line(*, ask_nvml: bool, binding: str = nvml.BINDING, driver: Path = _DRIVER) -> str:
    """Return the header's line.

    Initialising NVML wakes GPUs, which takes up to seconds: without ``ask_nvml`` the kernel module's own files below
    ``driver`` are read instead, which some containers lack.
    """
    found = nvml.machine(binding) if ask_nvml else _from_files(driver)
    parts = [
        " and ".join(_installed(_ONNXRUNTIME)) or "onnxruntime: none",
        f"CUDA: {' and '.join(_installed(_CUDA)) or 'none from pip'}",
        f"driver: {found.driver or 'none'}{f' (up to CUDA {found.cuda})' if found.cuda else ''}",
        f"GPU: {' and '.join(found.gpus) or 'none'}",
    ]
    return "heygem-core: " + ", ".join(parts)


def _installed(names: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found


def _from_files(driver: Path) -> nvml.Machine:
    try:
        # "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 …"; 64 in x86_64 has no dot.
        version = re.search(r"\d+\.\d[\d.]*", (driver / "version").read_text())
        models = [path.read_text().partition("Model:")[2] for path in sorted(driver.glob("gpus/*/information"))]
    except OSError:
        return nvml.Machine(None, None, ())
    return nvml.Machine(version and version[0], None, tuple(text.splitlines()[0].strip() for text in models if text))
