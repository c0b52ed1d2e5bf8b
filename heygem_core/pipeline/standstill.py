"""When nobody moves: a worker that is idle or waits although it could go on, so that nobody is overdue.

That happens to a worker that was stopped while it waited, or whose interpreter is held by a thread of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from heygem_core.errors import Cause
from heygem_core.pipeline import evidence
from heygem_core.pipeline.page import Reading, State

QUIET_S = 1.0
"""Seconds without any move, at least; between two moves of a healthy pipeline there is a wake-up, microseconds."""
_SPINNING_SHARE = 0.5
"""Share of the confirmation spent running or runnable above which a stage is computing, not waiting."""


@dataclass(frozen=True)
class Stall:
    """A confirmed stall: which stage, what it does instead of progressing, for how long."""

    index: int
    cause: Cause
    state: State
    seconds: float
    budget: float
    busy_share: float


def kind_of(pid: int, busy_share: float) -> Cause:
    """Return what a process does instead of progressing."""
    if evidence.stopped(pid):
        return Cause.STOPPED
    return Cause.SPINNING if busy_share > _SPINNING_SHARE else Cause.WEDGED


class Standstill:
    """Looks for the worker that holds up a pipeline in which nobody works."""

    def __init__(
        self, items_before: Sequence[int], slots: int, patience_s: float, handing: Collection[int] = ()
    ) -> None:
        self._items_before = items_before
        self._slots = slots
        self._handing = handing
        self._patience_s = patience_s
        self._seen: tuple[tuple[int, int], ...] = ()
        self._quiet_since = 0.0
        self._busy: list[float] = []

    def restart(self) -> None:
        """Begin to count anew."""
        self._seen = ()

    def look(
        self, readings: Sequence[Reading], pids: Sequence[int], now: float, expected: Collection[int]
    ) -> Stall | None:
        """Return whom to blame once nothing has moved for long enough, and nobody even wanted the processor."""
        moves = tuple((reading.since, reading.items) for reading in readings)
        if moves != self._seen or not expected:
            self._seen, self._quiet_since = moves, now
            self._busy = [evidence.runnable_seconds(pid) for pid in pids]
            return None
        quiet = now - self._quiet_since
        if quiet < self._patience_s:
            return None
        index = self._culprit(readings, pids, expected)
        share = (evidence.runnable_seconds(pids[index]) - self._busy[index]) / quiet
        return Stall(index, kind_of(pids[index], share), readings[index].state, quiet, self._patience_s, share)

    def _culprit(self, readings: Sequence[Reading], pids: Sequence[int], expected: Collection[int]) -> int:
        stopped = [index for index in sorted(expected) if evidence.stopped(pids[index])]
        able = [index for index in sorted(expected) if self._could_go_on(readings, index, expected)]
        return (stopped or able or sorted(expected))[0]

    def _could_go_on(self, readings: Sequence[Reading], index: int, expected: Collection[int]) -> bool:
        """Return whether what the worker waits for is there: the job, an item or the end of the stream, a slot."""
        match readings[index].state:
            case State.WAITING_FOR_INPUT:
                return index - 1 not in expected or self._items(readings, index - 1) > self._items(readings, index)
            case State.WAITING_FOR_OUTPUT:
                places = 1 if index in self._handing else self._slots
                return self._items(readings, index) - self._items(readings, index + 1) < places
            case _:
                return True

    def _items(self, readings: Sequence[Reading], index: int) -> int:
        return readings[index].items - self._items_before[index]
