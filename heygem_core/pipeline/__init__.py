"""The engine: stages in processes, connected by channels, watched by a supervisor. Knows nothing of video or models."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from heygem_core.pipeline.stage import DictSlot, Item, Job, Sink, Slot, Source, Stage, Transform

if TYPE_CHECKING:
    from heygem_core.pipeline.liveness import Liveness
    from heygem_core.pipeline.pipeline import Pipeline
    from heygem_core.pipeline.statistics import (
        JobResult,
        PipelineStatistics,
        Progress,
        SlowStage,
        StageStatistics,
    )

__all__ = [
    "DictSlot",
    "Item",
    "Job",
    "JobResult",
    "Liveness",
    "Pipeline",
    "PipelineStatistics",
    "Progress",
    "Sink",
    "Slot",
    "SlowStage",
    "Source",
    "Stage",
    "StageStatistics",
    "Transform",
]

_HOMES = {"Liveness": "liveness", "Pipeline": "pipeline"} | dict.fromkeys(
    ("JobResult", "PipelineStatistics", "Progress", "SlowStage", "StageStatistics"), "statistics"
)


def __getattr__(name: str) -> Any:
    """Load the supervisor's side on first use: no worker has any use for it."""
    if name in _HOMES:
        return getattr(import_module(f"heygem_core.pipeline.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
