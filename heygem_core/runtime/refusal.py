"""Why a session runs on the CPU although CUDA was asked for, from onnxruntime's log and the loader."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from heygem_core.errors import Cause
from heygem_core.runtime import exhaustion, libraries, loading

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_REQUIRES = re.compile(r"Require (cuDNN [^.]*\S*) and (CUDA \S*?)\.(?:\s|$)")
_CUDA_FAILURE = re.compile(r"CUDA failure (\d+): ([^;]+?)\s*;|(CUDA_ERROR_\w+|cudaError\w+)")

_UNKNOWN = "is not in available provider names"
"""What onnxruntime warns when the library itself was built without CUDA, whatever lies beside it."""
_STRICT = "fallback to CPU EP has been explicitly disabled"

# Numbers of cudaError_t, driver_types.h of the CUDA toolkit.
_TOO_OLD_DRIVER = "35"
_OUT_OF_MEMORY = "2"
_NO_KERNEL_IMAGE = "209"
_FAILURE_CAUSES = {
    _TOO_OLD_DRIVER: Cause.CUDA_VERSION_MISMATCH,
    _OUT_OF_MEMORY: Cause.GPU_OUT_OF_MEMORY,
    _NO_KERNEL_IMAGE: Cause.UNSUPPORTED_GPU_ARCH,
}

_DRIVER = "libcuda.so.1"
"""The one NEEDED library that no package brings."""

_SYSTEM_FOLDERS = (
    "/usr/local/cuda*/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
)


@dataclass(frozen=True)
class Refusal:
    """The most specific reason found; ``silent-cpu-fallback`` when nothing says more."""

    cause: Cause
    reason: str
    """One fragment without a full stop, naming the library or the CUDA error where there is one."""


def explain(log: str) -> Refusal:
    """Return why CUDA was not applied, given what onnxruntime wrote to stderr while it created the session.

    Where that text names no library, the provider library is loaded in a child process and the loader asked.
    """
    library = libraries.provider_library()
    if library is None:
        return _no_provider()
    if _UNKNOWN in log and len(installed := _installed()) > 1:
        return _conflict(installed, "the CPU-only package's files are the ones in force")
    missing = loading.missing_library(log)
    if missing is not None:
        return _missing(missing, log)
    return _cuda_error(log) or _exhausted(log) or _from_loader(library, log) or _last_resort(log)


def required(log: str) -> str | None:
    """Return what onnxruntime says it was built for, for example ``cuDNN 9.* and CUDA 13.*``, or None."""
    match = _REQUIRES.search(log)
    return f"{match.group(1)} and {match.group(2)}" if match else None


def plain(log: str) -> str:
    """Return ``log`` without terminal colours."""
    return _COLOUR.sub("", log)


def _cuda_error(log: str) -> Refusal | None:
    failure = _CUDA_FAILURE.search(log)
    if failure is None:
        return None
    number = failure.group(1) or ""
    words = failure.group(2) or failure.group(3)
    cause = _FAILURE_CAUSES.get(number, Cause.SILENT_CPU_FALLBACK)
    return Refusal(cause, f"CUDA error {number}: {words}" if number else f"CUDA error {words}")


def _exhausted(log: str) -> Refusal | None:
    line = exhaustion.said(log)
    return None if line is None else Refusal(Cause.GPU_OUT_OF_MEMORY, f"the model does not fit into memory: {line}")


def _from_loader(library: Path, log: str) -> Refusal | None:
    report = loading.probe(library)
    if report.first_missing is not None:
        return _missing(report.first_missing, log)
    if report.error is None:
        return None
    cause = Cause.CUDA_VERSION_MISMATCH if report.undefined_symbol else Cause.SILENT_CPU_FALLBACK
    return Refusal(cause, f"the loader said: {report.error}")


def _last_resort(log: str) -> Refusal:
    if _STRICT in log:
        return Refusal(Cause.SILENT_CPU_FALLBACK, "strict mode refuses a model of which nodes would run on the CPU")
    return Refusal(Cause.SILENT_CPU_FALLBACK, _last_error(log) or "onnxruntime gave no reason")


def _missing(name: str, log: str) -> Refusal:
    era = required(log)
    built = f" (onnxruntime asks for {era})" if era else ""
    other = libraries.other_versions(name, _search_folders())
    if other:
        return Refusal(
            Cause.CUDA_VERSION_MISMATCH,
            f"{name} cannot be found{built}, there is only {other[0].name} in {str(other[0].parent)!r}",
        )
    source = ", it comes with the NVIDIA driver" if name == _DRIVER else ""
    return Refusal(Cause.MISSING_CUDA_LIBRARY, f"{name} cannot be found{source}{built}")


def _no_provider() -> Refusal:
    installed = _installed()
    if len(installed) > 1:
        return _conflict(installed, f"{libraries.PROVIDER} is gone")
    return Refusal(
        Cause.SILENT_CPU_FALLBACK,
        f"the installed package {installed[0] if installed else 'onnxruntime'} has no {libraries.PROVIDER}; "
        "the CUDA provider is in onnxruntime-gpu",
    )


def _installed() -> list[str]:
    return [name for name in ("onnxruntime", "onnxruntime-gpu") if _is_installed(name)]


def _conflict(installed: list[str], effect: str) -> Refusal:
    packages = " and ".join(installed)
    return Refusal(
        Cause.PACKAGE_CONFLICT, f"the packages {packages} are both installed and overwrite each other's files, {effect}"
    )


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _search_folders() -> Iterable[Path]:
    exported = (Path(part) for part in os.environ.get("LD_LIBRARY_PATH", "").split(":") if part)
    system = (folder for pattern in _SYSTEM_FOLDERS for folder in Path("/").glob(pattern.lstrip("/")))
    return [*libraries.nvidia_directories(), *exported, *system]


def _last_error(log: str) -> str | None:
    lines = [line for line in log.splitlines() if "[E:onnxruntime" in line or "Error" in line]
    return lines[-1].strip() if lines else None
