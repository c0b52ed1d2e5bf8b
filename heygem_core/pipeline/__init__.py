"""The engine: stages in processes, connected by channels, watched by a supervisor. Knows nothing of video or models."""

from heygem_core.pipeline.liveness import Liveness
from heygem_core.pipeline.pipeline import Pipeline
from heygem_core.pipeline.stage import DictSlot, Item, Job, Sink, Slot, Source, Stage, Transform
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
