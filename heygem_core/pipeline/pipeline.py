"""Stages in processes of their own, connected by channels, serving one job after the other."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

from heygem_core.errors import JobCancelled, PipelineBroken, StageFailed, UnsupportedPlatform
from heygem_core.pipeline import trace, verdicts
from heygem_core.pipeline.closing import Closing
from heygem_core.pipeline.crew import Crew
from heygem_core.pipeline.liveness import Liveness
from heygem_core.pipeline.messages import Finished, StartJob
from heygem_core.pipeline.progress import Reporter
from heygem_core.pipeline.recovery import Recovery
from heygem_core.pipeline.stage import Stage
from heygem_core.pipeline.statistics import (
    JobResult,
    PipelineStatistics,
    Progress,
    SlowStage,
    stage_statistics,
)
from heygem_core.pipeline.supervisor import Said, Supervisor, Woken

OnEvent = Callable[[Progress | SlowStage], None]

_CLOSE_GRACE_S = 1.0
"""For ``Stage.close``, and for interpreters to wind up."""
_CANCEL_PATIENCE_S = 0.25
"""After a cancel or Ctrl-C a worker may be at its item for so long; with its end, all is free within 0.5 s."""
_INTERRUPTED_GRACE_S = 0.1
"""Instead of the grace above after Ctrl-C, so that the program is gone within 0.5 s too."""
_MAX_JOB_BYTES = 65_536
"""A job must fit the control socket's buffer, so that submitting never blocks on a worker that does not read."""


class Pipeline(Closing):
    """Runs jobs through ``stages``, each in a fresh interpreter; starts them at once, in parallel.

    ``placement`` has adjacent stages share one: lists of their names, in order. Between these no slot is filled and
    nothing is copied that they share; each is still watched, blamed and counted by itself, and a fault of one is the
    end of the process of all of them.

    A job that fails raises one error that names stage and cause, and leaves the pipeline fit for the next job:
    the worker that died or hung is replaced, the others keep what they loaded. After ``max_restarts``
    replacements without a completed job in between the pipeline gives up with `PipelineBroken`.

    Not for use by two threads at once, except for `cancel` and `statistics`; two pipelines are independent. In a
    forked copy of the process it can be closed, which does nothing there, and raises `PipelineBroken` for all else.
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
        placement: Sequence[Sequence[str]] | None = None,
    ) -> None:
        if not sys.platform.startswith("linux"):
            raise UnsupportedPlatform(f"the pipeline needs Linux, this is {sys.platform!r}")
        names = [stage.name for stage in stages]
        if len(stages) < 2 or len(set(names)) != len(names) or not all(names):
            raise ValueError(f"a pipeline needs two or more stages with distinct names, got {names!r}")
        self._trace = trace
        self._busy = threading.Lock()
        self._job = 0
        self._closed = False
        self._interrupted = False
        liveness = liveness or Liveness()
        groups = _groups(names, placement)
        self._crew = Crew(stages, slots, slot_bytes, environment or {}, trace is not None, groups)
        try:
            self._supervisor = Supervisor(self._crew, liveness)
            self._recovery = Recovery(self._crew, self._supervisor, liveness, max_restarts)
        except BaseException:
            self._crew.close(0.0)
            raise

    def wait_ready(self) -> None:
        """Wait until every stage is open, within ``Liveness.ready_s`` each; raises `StageFailed`."""
        with self._working():
            self._recovery.prepare()

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
        `PipelineBroken`. When `JobCancelled`, or what a callback or a signal handler raised, comes out of this, the
        workers have dropped the job; who took longer than a moment over it was ended, and is replaced.
        """
        mapping = pickle.dumps(dict(job), pickle.HIGHEST_PROTOCOL)
        if len(mapping) > _MAX_JOB_BYTES:
            raise ValueError(f"the job takes {len(mapping)} bytes pickled, allowed are {_MAX_JOB_BYTES}")
        submitted = time.monotonic()
        with self._working():
            self._supervisor.forget_wakes()
            self._recovery.prepare()
            self._job += 1
            self._crew.mark()
            try:
                finished = self._complete(StartJob(self._job, mapping), total, needed_fps, on_event)
            except BaseException as error:
                if not self._crew.foreign():
                    self._recovery.drop(self._job, None if isinstance(error, StageFailed) else _CANCEL_PATIENCE_S)
                raise
            self._recovery.completed()
            return self._result(finished, submitted, time.monotonic())

    def cancel(self) -> None:
        """Make the running job end with `JobCancelled`; callable from any thread or a signal handler."""
        if not self._crew.foreign():
            self._supervisor.wake()

    def statistics(self) -> PipelineStatistics:
        """Return what each stage did in the current job, or the latest."""
        rows = zip(self._crew.names, self._crew.readings(), self._crew.baseline, strict=True)
        restarts, startups = self._recovery.restarts, self._recovery.startups
        stages = tuple(
            stage_statistics(name, now.since_baseline(before), restarts[index], startups[index])
            for index, (name, now, before) in enumerate(rows)
        )
        return PipelineStatistics(stages, sum(restarts[group.start] for group in self._crew.groups))

    def close(self) -> None:
        """End every worker within about a second, by force if need be; may be called again.

        Raises `PipelineBroken` while a job runs: cancel it first. Does nothing in a forked copy of the process.
        """
        if self._crew.foreign():
            return
        with _Exclusive(self._busy):
            self._closed = True
            self._recovery.settle(_CANCEL_PATIENCE_S)
            grace_s = _INTERRUPTED_GRACE_S if self._interrupted else _CLOSE_GRACE_S
            self._crew.close(grace_s, self._recovery.busy())
            self._supervisor.close()

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Hold the pipeline for what needs its workers, and remember whether that was interrupted."""
        self._crew.check_owner()
        if self._closed:
            raise PipelineBroken("the pipeline was closed")
        with _Exclusive(self._busy), self._supervisor.hearing_signals():
            try:
                yield
            except BaseException as error:
                self._interrupted = not isinstance(error, Exception)
                raise
            self._interrupted = False

    def _complete(
        self, start: StartJob, total: int | None, needed_fps: float | None, on_event: OnEvent | None
    ) -> dict[int, Finished]:
        everyone = frozenset(range(len(self._crew.names)))
        finished: dict[int, Finished] = {}
        reporter = Reporter(self.statistics, total, needed_fps, on_event)
        self._crew.broadcast(start)
        for happening in self._supervisor.watch(lambda: everyone - finished.keys()):
            match happening:
                case Said(index, Finished(job) as message) if job == self._job:
                    finished[index] = message
                case Woken():
                    raise JobCancelled(f"job {self._job} was cancelled")
                case _:
                    self._recovery.raise_if_fatal(happening)
            if len(finished) == len(everyone):
                break
            reporter.report()
            # The caller may have forked while it had the word, and a copy must not take what workers say.
            self._crew.check_owner()
        return finished

    def _result(self, finished: Mapping[int, Finished], submitted: float, completed: float) -> JobResult:
        last = len(self._crew.names) - 1
        summaries = {self._crew.names[index]: self._summary(index, finished[index]) for index in sorted(finished)}
        if self._trace is not None:
            spans = {index: trace.unpacked(message.spans) for index, message in finished.items()}
            trace.write(self._trace, self._crew.names, spans)
        first_done = self._crew.page.read(last).first_done / 1e9
        return JobResult(
            self._job,
            finished[last].frames,
            completed - submitted,
            max(0.0, first_done - submitted) if finished[last].frames else 0.0,
            summaries,
            self.statistics(),
        )

    def _summary(self, index: int, message: Finished) -> dict[str, Any]:
        try:
            return dict(pickle.loads(message.summary))  # noqa: S301 - our own worker
        except Exception as error:
            raise verdicts.unreadable(self._crew, index, error) from error


def _groups(names: Sequence[str], placement: Sequence[Sequence[str]] | None) -> list[range]:
    """Return the stages of each worker as ranges of their indices; raises ValueError."""
    if placement is None:
        return [range(index, index + 1) for index in range(len(names))]
    if [name for group in placement for name in group] != list(names) or not all(placement):
        raise ValueError(f"placement is {placement!r}, allowed are adjacent stages, in order, out of {list(names)!r}")
    ends = list(accumulate(len(group) for group in placement))
    return [range(start, end) for start, end in zip([0, *ends], ends, strict=False)]


class _Exclusive:
    """Holds the pipeline for one caller; a second one gets an error instead of an unbounded wait."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise PipelineBroken("the pipeline is running a job; cancel it, or use a second pipeline")

    def __exit__(self, *_: object) -> None:
        self._lock.release()
