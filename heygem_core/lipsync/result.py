"""What a render came to, and how it is written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from heygem_core.errors import HeygemError, describe
from heygem_core.pipeline import JobResult, StageStatistics

if TYPE_CHECKING:
    from heygem_core.lipsync.generator.autobatch import Rung

_STAGE_KEYS = ("name", "frames", "busy_s", "wait_input_s", "wait_output_s", "p50_ms", "p95_ms", "p99_ms")
_GENERATOR_KEYS = ("batch", "runs", "run_p50_ms", "run_p99_ms")


@dataclass(frozen=True)
class RenderResult:
    """A completed render; ``frames_in`` were decoded, ``frames_out`` encoded; times in seconds."""

    frames_in: int
    frames_out: int
    frames_without_face: int
    duration_s: float
    wall_s: float
    warmup_s: float
    provider: Mapping[str, str]
    stages: tuple[StageStatistics, ...]
    warnings: tuple[str, ...]
    measured: tuple[Rung, ...]
    """What was measured to choose the batch; nothing where it was given."""
    summaries: Mapping[str, Mapping[str, Any]]

    @property
    def fps(self) -> float:
        """Frames per second from submission to completion, warm-up included."""
        return self.frames_out / self.wall_s

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``heygem-core render --json`` writes."""
        return {
            "status": "done",
            "cause": None,
            "culprit": None,
            "frames_in": self.frames_in,
            "frames_out": self.frames_out,
            "frames_without_face": self.frames_without_face,
            "duration_s": self.duration_s,
            "wall_s": self.wall_s,
            "fps": self.fps,
            "warmup_s": self.warmup_s,
            "provider": dict(self.provider),
            "generator": {
                **{key: self.summaries["generator"][key] for key in _GENERATOR_KEYS},
                "measured": [asdict(rung) for rung in self.measured],
            },
            "stages": [{key: asdict(stage)[key] for key in _STAGE_KEYS} for stage in self.stages],
            "warnings": list(self.warnings),
        }


def failure_json(error: HeygemError, requested: str) -> dict[str, Any]:
    """Return what ``heygem-core render --json`` writes for a failed job: the same keys, unknown figures null."""
    figures = ("frames_in", "frames_out", "frames_without_face", "duration_s", "wall_s", "fps", "warmup_s")
    return {
        "status": "failed",
        **describe(error),
        **dict.fromkeys(figures),
        "provider": {"requested": requested, "applied": None},
        "generator": None,
        "stages": [],
        "warnings": [],
    }


def result_of(done: JobResult, measured: tuple[Rung, ...]) -> RenderResult:
    """Return what a completed job came to; ``measured`` is how its batch was chosen."""
    summaries = done.summaries
    face, encode = summaries["face"], summaries["encode"]
    warnings = dict.fromkeys(text for summary in summaries.values() for text in summary.get("warnings", ()))
    return RenderResult(
        frames_in=summaries["decode"]["frames"],
        frames_out=encode["frames"],
        frames_without_face=face["frames_without_face"],
        duration_s=encode["duration_s"],
        wall_s=done.seconds,
        warmup_s=done.warmup_s,
        provider=summaries["generator"]["provider"],
        stages=done.statistics.stages,
        warnings=tuple(warnings),
        measured=measured,
        summaries=summaries,
    )
