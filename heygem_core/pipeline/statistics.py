"""What a pipeline did, as frozen objects; the command line, reports and benchmarks read only these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heygem_core.pipeline.page import Reading


@dataclass(frozen=True)
class StageStatistics:
    """One stage over one job; quantiles are of the time per item (slot), a job's first item left out.

    ``peak_slots`` is the most slots of its output channel ever in use at once, 0 for the last stage. ``restarts`` is
    how often its worker was replaced so far; ``startup_s`` what the present one took from its launch until it was
    open, None while it is not: what a restart costs.
    """

    name: str
    frames: int
    items: int
    busy_s: float
    wait_input_s: float
    wait_output_s: float
    first_ms: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    peak_slots: int
    dropped: int
    restarts: int = 0
    startup_s: float | None = None

    @property
    def fps(self) -> float | None:
        """Frames per second of working time, None before the first."""
        return self.frames / self.busy_s if self.busy_s > 0 and self.frames else None


@dataclass(frozen=True)
class PipelineStatistics:
    """All stages, first to last, and how many workers were replaced so far."""

    stages: tuple[StageStatistics, ...]
    restarts: int

    def slowest(self) -> StageStatistics:
        """Return the stage that worked longest: the one that bounds the rate."""
        return max(self.stages, key=lambda stage: stage.busy_s)


@dataclass(frozen=True)
class JobResult:
    """A completed job.

    ``frames`` left the last stage; ``seconds`` from submission to completion; ``warmup_s`` from submission until
    the last stage had its first item; ``summaries`` is what each stage's ``finish`` returned.
    """

    job: int
    frames: int
    seconds: float
    warmup_s: float
    summaries: Mapping[str, Mapping[str, Any]]
    statistics: PipelineStatistics


@dataclass(frozen=True)
class Progress:
    """Sent about four times a second while a job runs; ``eta_s`` is None until a rate is known."""

    statistics: PipelineStatistics
    frames: int
    total: int | None
    fps: float | None
    eta_s: float | None


@dataclass(frozen=True)
class SlowStage:
    """A warning, never an error: the stage progresses at ``fps``, the job needs ``needed_fps``."""

    stage: str
    fps: float
    needed_fps: float
    eta_s: float | None


def _milliseconds(nanoseconds: float | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e6


def stage_statistics(name: str, reading: Reading, restarts: int, startup_s: float | None) -> StageStatistics:
    """Return the statistics of one row, already reduced to the job in question."""
    busy, wait_input, wait_output = reading.seconds()
    p50, p95, p99 = (_milliseconds(reading.percentile(q)) for q in (0.5, 0.95, 0.99))
    return StageStatistics(
        name,
        reading.frames,
        reading.items,
        busy,
        wait_input,
        wait_output,
        reading.first_item / 1e6,
        p50,
        p95,
        p99,
        reading.peak,
        reading.dropped,
        restarts,
        startup_s,
    )
