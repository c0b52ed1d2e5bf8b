"""Progress and slow-stage events of one job."""

from __future__ import annotations

import time
from collections.abc import Callable

from heygem_core.pipeline.liveness import TICK_S
from heygem_core.pipeline.statistics import PipelineStatistics, Progress, SlowStage

_SETTLED_S = 1.0
"""A rate over less than this is noise."""
_SETTLED_ITEMS = 3


class Reporter:
    """Calls ``on_event`` about four times a second, and once per slow stage."""

    def __init__(
        self,
        statistics: Callable[[], PipelineStatistics],
        total: int | None,
        needed_fps: float | None,
        on_event: Callable[[Progress | SlowStage], None] | None,
    ) -> None:
        self._statistics = statistics
        self._total = total
        self._needed = needed_fps
        self._on_event = on_event
        self._due = time.monotonic() + TICK_S
        self._began: tuple[float, int] | None = None
        self._warned: set[str] = set()

    def report(self) -> None:
        """Send what is due; an exception of the callback is the caller's and ends the job."""
        now = time.monotonic()
        if self._on_event is None or now < self._due:
            return
        self._due = now + TICK_S
        statistics = self._statistics()
        frames = statistics.stages[-1].frames
        fps = self._rate(now, frames)
        eta = None if not fps or self._total is None else max(0, self._total - frames) / fps
        self._on_event(Progress(statistics, frames, self._total, fps, eta))
        self._warn(statistics, fps, eta)

    def _rate(self, now: float, frames: int) -> float | None:
        """Return frames per second since the first frames came out: warm-up is no rate."""
        if frames == 0:
            return None
        if self._began is None:
            self._began = (now, frames)
        began, before = self._began
        return (frames - before) / (now - began) if now - began >= _SETTLED_S and frames > before else None

    def _warn(self, statistics: PipelineStatistics, fps: float | None, eta: float | None) -> None:
        if self._needed is None or fps is None or fps >= self._needed or self._on_event is None:
            return
        slowest = statistics.slowest()
        if slowest.name in self._warned or slowest.items < _SETTLED_ITEMS or slowest.fps is None:
            return
        if slowest.fps >= self._needed:
            # No stage is too slow by itself: they share too few processors, or one has just stopped.
            return
        self._warned.add(slowest.name)
        self._on_event(SlowStage(slowest.name, slowest.fps, self._needed, eta))
