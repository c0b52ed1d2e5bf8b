"""When does a stage count as stalled? Deadlines that adapt, and a confirmation before anybody is blamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heygem_core.errors import Cause
from heygem_core.pipeline import evidence
from heygem_core.pipeline.page import Reading, State

TICK_S = 0.25
"""Longest wait of the supervisor while a job runs; a longer gap means that it was itself not running."""
_PAUSE_S = 0.25
"""An overshoot beyond this restarts all clocks: whoever paused the supervisor may have paused the stages too."""
_CONFIRM_S = 0.25
"""A suspect is watched this much longer, to see whether it burns processor time."""
_SPINNING_SHARE = 0.5
"""Share of the confirmation spent running or runnable above which a stage is computing, not waiting."""
_ENOUGH_ITEMS = 8
"""Below this many items their p99 says nothing yet, and the first item's time stands in."""


@dataclass(frozen=True)
class Liveness:
    """How long a stage may take, in seconds, before it counts as stalled.

    One item: the larger of ``floor_s`` and ``factor`` × that stage's own p99. Cold start has budgets of its own:
    ``ready_s`` for import and ``open``, ``first_s`` for ``start`` and for a job's first item, ``finish_s`` for
    ``finish`` and ``abort``.
    """

    floor_s: float = 1.0
    factor: float = 20.0
    ready_s: float = 60.0
    first_s: float = 20.0
    finish_s: float = 20.0

    def budget(self, reading: Reading, items_before: int) -> float | None:
        """Return the seconds a worker may stay in its state; None for states that depend on others."""
        match reading.state:
            case State.LAUNCHED | State.OPENING:
                return self.ready_s
            case State.STARTING:
                return self.first_s
            case State.FINISHING:
                return self.finish_s
            case State.WORKING if reading.items == items_before:
                return max(self.floor_s, self.first_s)
            case State.WORKING:
                return max(self.floor_s, self.factor * self._usual(reading))
            case _:
                return None

    @staticmethod
    def _usual(reading: Reading) -> float:
        p99 = reading.percentile(0.99)
        if p99 is None or reading.items < _ENOUGH_ITEMS:
            return max(reading.first_item, p99 or 0.0) / 1e9
        return p99 / 1e9


@dataclass(frozen=True)
class Stall:
    """A confirmed stall: which stage, what it does instead of progressing, for how long."""

    index: int
    cause: Cause
    state: State
    seconds: float
    budget: float
    busy_share: float


@dataclass
class _Suspect:
    since: int
    cpu: float
    seen: float


class Watch:
    """Follows the workers' rows over one job and names the stage that stalls, never its victims.

    A worker that waits for input or output is a victim by definition: its time is not even looked at.
    """

    def __init__(self, liveness: Liveness, items_before: Sequence[int], now: float) -> None:
        self._liveness = liveness
        self._items_before = items_before
        self._epoch = now
        self._planned = now + TICK_S
        self._suspects: dict[int, _Suspect] = {}

    def look(self, readings: Sequence[Reading], pids: Sequence[int], now: float) -> Stall | None:
        """Return a stall once it is confirmed; ``now`` is monotonic seconds."""
        if now > self._planned + _PAUSE_S:
            self._epoch = now
            self._suspects.clear()
        overdue = None
        for index, reading in enumerate(readings):
            stall = self._examine(index, reading, pids[index], now)
            if stall is not None and (overdue is None or stall.seconds > overdue.seconds):
                overdue = stall
        return overdue

    def timeout(self, readings: Sequence[Reading], now: float) -> float:
        """Return how long the supervisor may sleep from ``now``."""
        deadlines = [now + TICK_S]
        for index, reading in enumerate(readings):
            budget = self._liveness.budget(reading, self._items_before[index])
            suspect = self._suspects.get(index)
            if suspect is not None:
                deadlines.append(suspect.seen + _CONFIRM_S)
            elif budget is not None:
                deadlines.append(self._began(reading) + budget)
        self._planned = max(now, min(deadlines))
        return self._planned - now

    def _began(self, reading: Reading) -> float:
        return max(reading.since / 1e9, self._epoch)

    def _examine(self, index: int, reading: Reading, pid: int, now: float) -> Stall | None:
        budget = self._liveness.budget(reading, self._items_before[index])
        if budget is None or now < self._began(reading) + budget:
            self._suspects.pop(index, None)
            return None
        cpu = evidence.runnable_seconds(pid)
        suspect = self._suspects.get(index)
        if suspect is None or suspect.since != reading.since:
            self._suspects[index] = _Suspect(reading.since, cpu, now)
            return None
        watched = now - suspect.seen
        if watched < _CONFIRM_S:
            return None
        share = (cpu - suspect.cpu) / watched
        return Stall(index, _kind(pid, share), reading.state, now - reading.since / 1e9, budget, share)


def _kind(pid: int, busy_share: float) -> Cause:
    if evidence.process_state(pid) in ("T", "t"):
        return Cause.STOPPED
    return Cause.SPINNING if busy_share > _SPINNING_SHARE else Cause.WEDGED
