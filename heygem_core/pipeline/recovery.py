"""Brings a crew to where it can take a job: what the last one held is free, who broke is replaced, all are open."""

from __future__ import annotations

import time

from heygem_core.errors import JobCancelled, PipelineBroken
from heygem_core.pipeline import verdicts
from heygem_core.pipeline.crew import Crew
from heygem_core.pipeline.liveness import Liveness
from heygem_core.pipeline.messages import Aborted, AbortJob, Exiting, Raised, Ready
from heygem_core.pipeline.page import State
from heygem_core.pipeline.supervisor import Ended, Happening, Said, Stalled, Supervisor, Woken


class Recovery:
    """Knows which workers are open, which have not dropped the last job yet, and which have to be replaced."""

    def __init__(self, crew: Crew, supervisor: Supervisor, liveness: Liveness, max_restarts: int) -> None:
        self._crew = crew
        self._supervisor = supervisor
        self._liveness = liveness
        self._max_restarts = max_restarts
        self._everyone = frozenset(range(len(crew.names)))
        self._starting = set(self._everyone)
        self._unsettled: set[int] = set()
        self._failed: set[int] = set()
        self._cut_short: set[int] = set()
        self._in_a_row = 0
        self._job = 0
        self.restarts = [0] * len(crew.names)
        """How often each stage's worker was replaced; stages that share one share its replacements."""
        self.startups: list[float | None] = [None] * len(crew.names)
        """Seconds from the launch of each stage's worker until it was open; None while it is not."""

    def busy(self) -> set[int]:
        """Return the workers that do something else than to wait for a job."""
        readings = self._crew.readings()
        # A worker that has opened since anybody looked still counts as starting, and waits.
        return {
            index
            for index in self._starting | self._unsettled | self._failed
            if readings[index].state is not State.IDLE
        }

    def prepare(self) -> None:
        """Return once every worker waits for a job; raises `StageFailed`, `JobCancelled`, `PipelineBroken`."""
        self.settle()
        self._failed |= self._crew.ended() - self._starting
        self._replace_failed()
        if not self._starting:
            return
        for happening in self._supervisor.watch(lambda: self._starting):
            match happening:
                case Said(index, Ready(startup_s)):
                    self._starting.discard(index)
                    self.startups[index] = startup_s
                case Woken():
                    raise JobCancelled("cancelled before the job had begun")
                case _:
                    self.raise_if_fatal(happening)
            if not self._starting:
                return

    def completed(self) -> None:
        """Take note that a job has been completed: what broke before it does not count any more."""
        self._in_a_row = 0

    def drop(self, job: int, patience_s: float | None = None) -> None:
        """Tell every worker to drop ``job``.

        With ``patience_s`` it is free of it when this returns: a worker that needs longer, amid a long item, is
        killed. Without, the next `prepare` waits until they have dropped it, so that an error is not kept waiting.
        """
        self._job = job
        self._unsettled = set(self._everyone)
        self._crew.broadcast(AbortJob(job))
        if patience_s is not None:
            self.settle(patience_s)

    def raise_if_fatal(self, happening: Happening) -> None:
        """Raise what ``happening`` means for the job, if it is the end of it, and have its worker replaced."""
        match happening:
            case Said(index, Raised() as message):
                if message.job == 0:
                    self._give_up_on(index)
                raise verdicts.raised(self._crew, index, message)
            case Said(index, Exiting() as message):
                self._give_up_on(index)
                raise verdicts.exiting(self._crew, index, message)
            case Ended(index):
                self._give_up_on(index)
                raise verdicts.exited(self._crew, index)
            case Stalled(stall):
                error = verdicts.stalled(self._crew, stall)
                self._give_up_on(stall.index)
                raise error

    def settle(self, patience_s: float | None = None) -> None:
        """Collect the answers to `AbortJob`; who does not give one, within ``patience_s`` or his budget, is ended."""
        self._unsettled -= self._failed | self._starting
        budget = 2 * max(self._liveness.first_s, self._liveness.finish_s)
        deadline = time.monotonic() + (budget if patience_s is None else patience_s)
        happenings = self._supervisor.watch(lambda: self._unsettled, deadline)
        while self._unsettled and (happening := next(happenings, None)) is not None:
            match happening:
                case Said(index, Aborted(job)) if job == self._job:
                    self._unsettled.discard(index)
                case Said(index, Exiting()) | Ended(index):
                    self._give_up_on(index)
                case Stalled(stall):
                    self._give_up_on(stall.index)
                case Woken() if patience_s is None:
                    raise JobCancelled("cancelled before the job had begun")
        unsettled = self._crew.whole(self._unsettled)
        if patience_s is not None:
            self._cut_short |= unsettled
        self._crew.kill(unsettled)
        self._failed |= unsettled
        self._unsettled = set()

    def _replace_failed(self) -> None:
        if not self._failed:
            return
        # A worker that a cancel had cut short is no sign of anything.
        broken = bool(self._failed - self._cut_short)
        if broken and self._in_a_row == self._max_restarts:
            names = ", ".join(self._crew.names[index] for index in sorted(self._failed))
            raise PipelineBroken(f"gave up after {self._max_restarts} restarts in a row, last of: {names}")
        self._in_a_row += broken
        for index in self._failed:
            self.restarts[index] += 1
            self.startups[index] = None
        failed = sorted(self._failed)
        # Should this be interrupted, a neighbour may be left with half of its new channel.
        self._failed = set(self._everyone)
        self._crew.replace(failed)
        self._starting |= set(failed)
        self._failed, self._cut_short = set(), set()

    def _give_up_on(self, index: int) -> None:
        """End the stage's worker, if it has not, and reap it now: who knows when the next job comes."""
        self._crew.workers[index].kill()
        lost = self._crew.whole([index])
        self._failed |= lost
        self._starting -= lost
        self._unsettled -= lost
