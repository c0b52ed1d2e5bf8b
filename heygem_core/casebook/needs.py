"""What cases need of a machine: each function raises `CaseSkipped` with the reason where that is not there."""

from __future__ import annotations

from importlib import metadata
from importlib.util import find_spec

from heygem_core.errors import CaseSkipped
from heygem_core.runtime import nvml

_TELEMETRY_SINCE = (1, 29)


def gpu() -> None:
    """Need a GPU that NVML can see."""
    reason = nvml.available()
    if reason is not None:
        raise CaseSkipped(reason.en, reason.zh)


def torch() -> None:
    """Need torch, an extra of this package."""
    if find_spec("torch") is None:
        raise CaseSkipped(
            "torch is not installed; it comes with the extra: pip install torch",
            "未安装 torch；可通过可选依赖安装：pip install torch",
        )


def telemetry() -> None:
    """Need an onnxruntime new enough to have telemetry on Linux."""
    version = metadata.version("onnxruntime-gpu")
    if tuple(map(int, version.split(".")[:2])) < _TELEMETRY_SINCE:
        raise CaseSkipped(
            f"onnxruntime {version} is installed, this telemetry came with 1.29",
            f"已安装的是 onnxruntime {version}，该遥测自 1.29 起才有",
        )
