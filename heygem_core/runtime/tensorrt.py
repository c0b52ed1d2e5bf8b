"""TensorRT, where it is installed: onnxruntime-gpu brings the provider, NVIDIA's package ``tensorrt`` the library."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from heygem_core.errors import Cause, ProviderNotApplied
from heygem_core.runtime import libraries, loading
from heygem_core.runtime.cache import cache_dir
from heygem_core.runtime.environment import child_environment
from heygem_core.text import Text

PROVIDER = "TensorrtExecutionProvider"
LIBRARY = "libonnxruntime_providers_tensorrt.so"


def provider_library() -> Path | None:
    """Return onnxruntime's TensorRT provider library; None where the installed wheel has none."""
    beside = libraries.provider_library()
    path = None if beside is None else beside.with_name(LIBRARY)
    return path if path is not None and path.is_file() else None


def installed() -> tuple[Path, ...]:
    """Return TensorRT's own libraries as pip installs them (package ``tensorrt``), none of which is on any path."""
    roots = (Path(entry) for entry in sys.path if entry)
    return tuple(sorted(file for root in roots for file in root.glob("tensorrt_libs/libnv*.so.*")))


def preload() -> None:
    """Load TensorRT's libraries into this process; what cannot be loaded shows in what the session applies."""
    for path in installed():
        if path.name.startswith(("libnvinfer.so", "libnvonnxparser.so", "libnvinfer_plugin.so")):
            try:
                ctypes.CDLL(str(path))
            except OSError:
                continue


def missing() -> Text | None:
    """Return why TensorRT cannot be used here, None when its provider can be loaded; asks the loader in a child."""
    library = provider_library()
    if library is None:
        return Text(f"the installed onnxruntime has no {LIBRARY}", f"已安装的 onnxruntime 不含 {LIBRARY}")
    report = loading.probe(library, exported=child_environment(), preload=installed())
    if report.error is None:
        return None
    name = report.first_missing
    if name is None:
        return Text(f"the loader said: {report.error}", f"动态加载器报错：{report.error}")
    return Text(f"{name} cannot be found", f"找不到 {name}")


def engine_cache() -> Path:
    """Return the folder in which built engines are kept: building one takes minutes, loading it does not."""
    folder = cache_dir() / "tensorrt"
    folder.mkdir(exist_ok=True)
    return folder


def refused(applied: str, log: str) -> ProviderNotApplied:
    """Return the error for a session that was to run on TensorRT and runs on ``applied``."""
    reason = missing()
    said = reason.en if reason is not None else (log.strip().splitlines() or ["onnxruntime gave no reason"])[-1]
    error = ProviderNotApplied(f"{PROVIDER} was asked for, the session runs on {applied}: {said}")
    error.cause = Cause.SILENT_CPU_FALLBACK if reason is None else Cause.MISSING_CUDA_LIBRARY
    error.add_note(log)
    return error
