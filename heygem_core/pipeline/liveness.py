"""When does a stage count as stalled? Deadlines that adapt, and a confirmation before anybody is blamed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from heygem_core.errors import Cause
from heygem_core.pipeline import evidence
from heygem_core.pipeline.page import RESTING, Reading, State
from heygem_core.pipeline.standstill import QUIET_S, Stall, Standstill, kind_of

TICK_S = 0.25
"""Longest wait of the supervisor while a job runs; a longer gap means that it was itself not running."""
_PAUSE_S = 0.25
"""An overshoot beyond this restarts all clocks: whoever paused the supervisor may have paused the stages too."""
_CONFIRM_S = 0.25
"""A suspect is watched this much longer, to see whether it burns processor time."""


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
        """Return what an item takes: the p99 of all jobs, or this job's own first item if that took longer."""
        return max(reading.first_item, reading.percentile(0.99) or 0.0) / 1e9


@dataclass
class _Suspect:
    """A worker under suspicion: in which state since when, its processor time then, and when that was looked at."""

    since: int
    busy: float
    seen: float


class Watch:
    """Follows the workers' rows over one job and names the stage that stalls, never its victims.

    A worker that waits for input or output is a victim, and its time is not even looked at, as long as somebody
    else moves. Where nobody moves at all, the one is blamed that could. Whoever is stopped, by a signal or a debugger,
    is given the floor, whatever it was doing: a cold start's budget is for work, and a stopped process does none.
    """

    def __init__(
        self,
        liveness: Liveness,
        items_before: Sequence[int],
        slots: int,
        now: float,
        handing: Collection[int] = (),
    ) -> None:
        """``handing`` are the stages with a single place for their output, the next one being in the same worker."""
        self._liveness = liveness
        self._items_before = items_before
        self._standstill = Standstill(items_before, slots, max(liveness.floor_s, QUIET_S), handing)
        self._epoch = now
        self._planned = now + TICK_S
        self._suspects: dict[int, _Suspect] = {}
        self._stopped: dict[int, _Suspect] = {}

    def look(
        self, readings: Sequence[Reading], pids: Sequence[int], now: float, expected: Collection[int]
    ) -> Stall | None:
        """Return a stall once it is confirmed; ``now`` is monotonic seconds.

        ``expected`` are the workers that owe an answer; what the others' rows say is not looked at, for they may be
        those of the dead.
        """
        if now > self._planned + _PAUSE_S:
            self._epoch = now
            self._suspects.clear()
            self._stopped.clear()
            self._standstill.restart()
        overdue = None
        # Of the stages of a worker that is stopped, the one that was at work comes first.
        for index in sorted(expected, key=lambda each: (readings[each].state in RESTING, each)):
            reading, pid = readings[index], pids[index]
            stall = self._examine(index, reading, pid, now) or self._halted(index, reading, pid, now)
            if stall is not None and (overdue is None or stall.seconds > overdue.seconds):
                overdue = stall
        if overdue is not None:
            return overdue
        budgeted = any(self._liveness.budget(readings[index], 0) is not None for index in expected)
        return self._standstill.look(readings, pids, now, () if budgeted else expected)

    def timeout(self, readings: Sequence[Reading], now: float, expected: Collection[int]) -> float:
        """Return how long the supervisor may sleep from ``now``."""
        deadlines = [now + TICK_S]
        for index in expected:
            budget = self._liveness.budget(readings[index], self._items_before[index])
            suspect, halted = self._suspects.get(index), self._stopped.get(index)
            if suspect is not None:
                deadlines.append(suspect.seen + _CONFIRM_S)
            elif budget is not None:
                deadlines.append(self._began(readings[index]) + budget)
            if halted is not None:
                deadlines.append(halted.seen + self._liveness.floor_s)
        self._planned = max(now, min(deadlines))
        return self._planned - now

    def _began(self, reading: Reading) -> float:
        return max(reading.since / 1e9, self._epoch)

    def _examine(self, index: int, reading: Reading, pid: int, now: float) -> Stall | None:
        budget = self._liveness.budget(reading, self._items_before[index])
        if budget is None or now < self._began(reading) + budget:
            self._suspects.pop(index, None)
            return None
        busy = evidence.runnable_seconds(pid)
        suspect = self._suspects.get(index)
        if suspect is None or suspect.since != reading.since:
            self._suspects[index] = _Suspect(reading.since, busy, now)
            return None
        watched = now - suspect.seen
        if watched < _CONFIRM_S:
            return None
        share = (busy - suspect.busy) / watched
        return Stall(index, kind_of(pid, share), reading.state, now - reading.since / 1e9, budget, share)

    def _halted(self, index: int, reading: Reading, pid: int, now: float) -> Stall | None:
        if not evidence.stopped(pid):
            self._stopped.pop(index, None)
            return None
        busy = evidence.runnable_seconds(pid)
        halted = self._stopped.get(index)
        # A tracer stops a process at every call and lets it go on in between.
        if halted is None or (halted.since, halted.busy) != (reading.since, busy):
            self._stopped[index] = _Suspect(reading.since, busy, now)
            return None
        if now < halted.seen + self._liveness.floor_s:
            return None
        return Stall(index, Cause.STOPPED, reading.state, now - halted.seen, self._liveness.floor_s, 0.0)
