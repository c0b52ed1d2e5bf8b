"""Stages in processes of their own, connected by channels, serving one job after the other."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from heygem_core.errors import JobCancelled, PipelineBroken, UnsupportedPlatform
from heygem_core.pipeline import evidence, trace, verdicts
from heygem_core.pipeline.crew import Crew
from heygem_core.pipeline.liveness import Liveness
from heygem_core.pipeline.messages import Aborted, AbortJob, Finished, Raised, Ready, StartJob
from heygem_core.pipeline.progress import Reporter
from heygem_core.pipeline.stage import Stage
from heygem_core.pipeline.statistics import (
    JobResult,
    PipelineStatistics,
    Progress,
    SlowStage,
    stage_statistics,
)
from heygem_core.pipeline.supervisor import Ended, Happening, Said, Stalled, Supervisor, Woken

OnEvent = Callable[[Progress | SlowStage], None]

_CLOSE_GRACE_S = 1.0
_MAX_JOB_BYTES = 65_536
"""A job must fit the control socket's buffer, so that submitting never blocks on a worker that does not read."""


class Pipeline:
    """Runs jobs through ``stages``, each in a fresh interpreter; starts them at once, in parallel.

    A job that fails raises one error that names stage and cause, and leaves the pipeline fit for the next job:
    the worker that died or hung is replaced, the others keep what they loaded. After ``max_restarts``
    replacements without a completed job in between the pipeline gives up with `PipelineBroken`.

    Not for use by two threads at once, except for `cancel` and `statistics`; two pipelines are independent.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        *,
        slot_bytes: int,
        slots: int = 4,
        liveness: Liveness | None = None,
        environment: Mapping[str, str] | None = None,
        trace: Path | None = None,
        max_restarts: int = 3,
    ) -> None:
        if not sys.platform.startswith("linux"):
            raise UnsupportedPlatform(f"the pipeline needs Linux, this is {sys.platform!r}")
        names = [stage.name for stage in stages]
        if len(stages) < 2 or len(set(names)) != len(names) or not all(names):
            raise ValueError(f"a pipeline needs two or more stages with distinct names, got {names!r}")
        self._oom_before = evidence.oom_kills()
        self._trace = trace
        self._liveness = liveness or Liveness()
        self._crew = Crew(stages, slots, slot_bytes, environment or {}, trace is not None)
        try:
            self._supervisor = Supervisor(self._crew, self._liveness)
            self._baseline = self._crew.readings()
        except BaseException:
            self._crew.close(0.0)
            raise
        self._starting = set(range(len(stages)))
        self._failed: set[int] = set()
        self._job = 0
        self._unsettled: set[int] = set()
        self._restarts = 0
        self._restarts_in_a_row = 0
        self._max_restarts = max_restarts
        self._busy = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        """Return the pipeline; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Close the pipeline."""
        self.close()

    def wait_ready(self) -> None:
        """Wait until every stage is open, within ``Liveness.ready_s`` each; raises `StageFailed`."""
        with self._exclusive():
            self._prepare()

    def run(
        self,
        job: Mapping[str, Any],
        *,
        total: int | None = None,
        needed_fps: float | None = None,
        on_event: OnEvent | None = None,
    ) -> JobResult:
        """Run one job to its end and return the result.

        ``job`` is given to every stage's ``start``, at most 64 KiB pickled. ``total`` frames, where known, give
        the time left; ``needed_fps`` turns on the `SlowStage` warning. Raises `StageFailed`, `JobCancelled`,
        `PipelineBroken`.
        """
        mapping = pickle.dumps(dict(job), pickle.HIGHEST_PROTOCOL)
        if len(mapping) > _MAX_JOB_BYTES:
            raise ValueError(f"the job takes {len(mapping)} bytes pickled, allowed are {_MAX_JOB_BYTES}")
        submitted = time.monotonic()
        with self._exclusive():
            self._supervisor.forget_wakes()
            self._prepare()
            self._job += 1
            self._oom_before = evidence.oom_kills()
            self._baseline = self._crew.readings()
            reporter = Reporter(self.statistics, total, needed_fps, on_event)
            try:
                finished = self._complete(StartJob(self._job, mapping), reporter)
            except BaseException:
                self._unsettled = set(range(len(self._crew.names)))
                self._crew.broadcast(AbortJob(self._job))
                raise
            self._restarts_in_a_row = 0
            return self._result(finished, submitted)

    def cancel(self) -> None:
        """Make the running job end with `JobCancelled`; callable from any thread or a signal handler."""
        self._supervisor.wake()

    def statistics(self) -> PipelineStatistics:
        """Return what each stage did in the current job, or the latest."""
        stages = tuple(
            stage_statistics(name, now.since_baseline(before))
            for name, now, before in zip(self._crew.names, self._crew.readings(), self._baseline, strict=True)
        )
        return PipelineStatistics(stages, self._restarts)

    def close(self) -> None:
        """End every worker within about a second, by force if need be; may be called again.

        Raises `PipelineBroken` while a job runs: cancel it first.
        """
        with _Exclusive(self._busy):
            self._closed = True
            self._crew.close(_CLOSE_GRACE_S)
            self._supervisor.close()

    def _exclusive(self) -> _Exclusive:
        if self._closed:
            raise PipelineBroken("the pipeline was closed")
        return _Exclusive(self._busy)

    def _prepare(self) -> None:
        """Bring every worker to the state in which it waits for a job."""
        self._settle()
        self._failed |= {index for index in self._crew.ended() if index not in self._starting}
        self._replace_failed()
        while self._starting:
            for happening in self._supervisor.watch():
                match happening:
                    case Said(index, Ready()):
                        self._starting.discard(index)
                    case Woken():
                        raise JobCancelled("cancelled before the job had begun")
                    case _:
                        self._raise_if_fatal(happening)
                if not self._starting:
                    break

    def _settle(self) -> None:
        """Collect the answers to `AbortJob`; who stalls over it is replaced."""
        self._unsettled -= self._failed | self._starting
        budget = max(self._liveness.first_s, self._liveness.finish_s)
        deadline = time.monotonic() + 2 * budget
        happenings = self._supervisor.watch(deadline=deadline)
        while self._unsettled and (happening := next(happenings, None)) is not None:
            match happening:
                case Said(index, Aborted(job)) if job == self._job:
                    self._unsettled.discard(index)
                case Ended(index):
                    self._give_up_on(index)
                case Stalled(stall):
                    self._crew.workers[stall.index].kill()
                    self._give_up_on(stall.index)
                case Woken():
                    raise JobCancelled("cancelled before the job had begun")
        self._failed |= self._unsettled
        self._unsettled = set()

    def _replace_failed(self) -> None:
        if not self._failed:
            return
        if self._restarts_in_a_row == self._max_restarts:
            names = ", ".join(self._crew.names[index] for index in sorted(self._failed))
            raise PipelineBroken(f"gave up after {self._max_restarts} restarts in a row, last of: {names}")
        self._restarts += len(self._failed)
        self._restarts_in_a_row += 1
        self._crew.replace(sorted(self._failed))
        for index in self._failed:
            self._baseline[index] = self._crew.page.read(index)
        self._starting |= self._failed
        self._failed = set()

    def _complete(self, start: StartJob, reporter: Reporter) -> dict[int, Finished]:
        self._crew.broadcast(start)
        finished: dict[int, Finished] = {}
        for happening in self._supervisor.watch(before=self._baseline):
            match happening:
                case Said(index, Finished(job) as message) if job == self._job:
                    finished[index] = message
                case Woken():
                    raise JobCancelled(f"job {self._job} was cancelled")
                case _:
                    self._raise_if_fatal(happening)
            if len(finished) == len(self._crew.names):
                break
            reporter.report()
        return finished

    def _raise_if_fatal(self, happening: Happening) -> None:
        match happening:
            case Said(index, Raised() as message):
                if message.job == 0:
                    self._give_up_on(index)
                raise verdicts.raised(self._crew, index, message)
            case Ended(index):
                self._give_up_on(index)
                raise verdicts.exited(self._crew, index, self._oom_before)
            case Stalled(stall):
                error = verdicts.stalled(self._crew, stall)
                self._give_up_on(stall.index)
                self._crew.workers[stall.index].kill()
                raise error

    def _give_up_on(self, index: int) -> None:
        self._failed.add(index)
        self._starting.discard(index)
        self._unsettled.discard(index)

    def _result(self, finished: Mapping[int, Finished], submitted: float) -> JobResult:
        last = len(self._crew.names) - 1
        summaries = {self._crew.names[index]: self._summary(index, finished[index]) for index in sorted(finished)}
        if self._trace is not None:
            trace.write(self._trace, self._crew.names, {index: message.spans for index, message in finished.items()})
        first_done = self._crew.page.read(last).first_done / 1e9
        return JobResult(
            self._job,
            finished[last].frames,
            time.monotonic() - submitted,
            max(0.0, first_done - submitted) if finished[last].frames else 0.0,
            summaries,
            self.statistics(),
        )

    def _summary(self, index: int, message: Finished) -> dict[str, Any]:
        try:
            return dict(pickle.loads(message.summary))  # noqa: S301 - our own worker
        except Exception as error:
            raise verdicts.unreadable(self._crew, index, error) from error


class _Exclusive:
    """Holds the pipeline for one caller; a second one gets an error instead of an unbounded wait."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise PipelineBroken("the pipeline is running a job; cancel it, or use a second pipeline")

    def __exit__(self, *_: object) -> None:
        self._lock.release()
