"""The versions that decide whether a GPU is used: for ``heygem-core --version``, and for the header of a test run."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from heygem_core.runtime import nvml

ONNXRUNTIME = ("onnxruntime-gpu", "onnxruntime")
DRIVER = Path("/proc/driver/nvidia")
_CUDA = re.compile(r"nvidia-(?:cublas|cuda-runtime|cudnn)(?:-cu\d+)?")


def installed(names: Iterable[str]) -> list[str]:
    """Return name and version of each distribution of ``names`` that is installed."""
    found = []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found


def from_driver_files(driver: Path = DRIVER) -> nvml.Machine:
    """Return driver and GPUs as the kernel module's own files tell them, which wakes no GPU; CUDA is not told."""
    try:
        # "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 …"; 64 in x86_64 has no dot.
        version = re.search(r"\d+\.\d[\d.]*", (driver / "version").read_text())
        models = [path.read_text().partition("Model:")[2] for path in sorted(driver.glob("gpus/*/information"))]
    except OSError:
        return nvml.Machine(None, None, ())
    return nvml.Machine(version and version[0], None, tuple(text.splitlines()[0].strip() for text in models if text))


def lines() -> list[str]:
    """Return what a report about this installation needs, one line each; loads CUDA in a child, to see if it can be."""
    found = nvml.machine()
    driver = f"{found.driver or 'none'}{f' (up to CUDA {found.cuda})' if found.cuda else ''}"
    names = sorted({str(one.metadata["Name"]) for one in metadata.distributions() if _CUDA.fullmatch(one.name)})
    return [
        f"heygem-core {metadata.version('heygem-core')}",
        f"Python {platform.python_version()}, {platform.system()} {platform.release()} {platform.machine()}",
        " and ".join(installed(ONNXRUNTIME)) or "onnxruntime: none",
        f"CUDA libraries from pip: {', '.join(installed(names)) or 'none'}",
        f"CUDA provider: {_provider()}",
        f"driver: {driver}, GPU: {', '.join(found.gpus) or 'none'}",
    ]


def _provider() -> str:
    from heygem_core.runtime import libraries, loading

    library = libraries.provider_library()
    if library is None:
        return "none is installed"
    report = loading.probe(library)
    return f"cannot be loaded, {report.error}" if report.error else "can be loaded"
