"""One stage of a worker: its row in the control page, its spans, and the blame for what its own code does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

from heygem_core.pipeline import reports
from heygem_core.pipeline.handed import HandedSlot
from heygem_core.pipeline.messages import Configure
from heygem_core.pipeline.page import RowWriter, State
from heygem_core.pipeline.stage import Stage
from heygem_core.pipeline.trace import SpanRecorder

_T = TypeVar("_T")


class Blame:
    """Which stage's own code the worker is in, or was in last, and in which method."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.where = "import"
        self._pid = os.getpid()

    def calling(self, index: int, where: str) -> Blame:
        """Return the context of a stage's own code: what it raises was raised in ``where``, of stage ``index``.

        A copy of the process that it forks ends with it: that would give slots back that it does not hold, and speak
        to the supervisor as if it were the worker.
        """
        self.index, self.where = index, where
        return self

    def __enter__(self) -> None:
        """Nothing is to be done."""

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        """End a forked copy."""
        if os.getpid() != self._pid:
            os._exit(reports.exit_code(error))


class Member:
    """A stage, and how far it is in the current job."""

    stage: Stage

    def __init__(self, page_fd: int, configuration: Configure, place: int, blame: Blame) -> None:
        self.index = configuration.index + place
        self.row = RowWriter(page_fd, self.index)
        self.launched = self.row.since
        self.pickled = configuration.stages[place]
        self.handed = HandedSlot(configuration.slot_bytes)
        """Where its output is, unless that is a channel's."""
        self._recorder = SpanRecorder() if configuration.trace else None
        self._blame = blame
        self.job = self.frames = 0
        self.begun = False
        """Whether the stage holds a part of the job: it has been started and has not finished."""

    def begin(self, job: int) -> None:
        """Take note of a new job, of which the stage does not know yet."""
        self.job, self.frames, self.begun = job, 0, False
        self.row.begin()
        self.spans()

    def calling(self, where: str) -> Blame:
        """Run the stage's own code, in its name."""
        return self._blame.calling(self.index, where)

    def answer(self) -> None:
        """Take the blame for what the engine finds wrong from here on."""
        self._blame.index = self.index

    def enter(self, state: State, count: int = 0) -> None:
        """Tell what the stage does from now on."""
        self.row.enter(state, job=self.job, frame=self.frames)
        if self._recorder is not None:
            self._recorder.enter(state, self.row.since, self.frames, count)

    def work(self, where: str, call: Callable[[], _T], count: int = 0) -> tuple[_T, int]:
        """Return what the stage's ``call`` returns, and the nanoseconds it took."""
        self.enter(State.WORKING, count)
        with self.calling(where):
            result = call()
        return result, time.monotonic_ns() - self.row.since

    def count(self, count: int, spent: int, peak: int = 0) -> None:
        """Record an item of ``count`` frames as done."""
        self.row.count(count, spent, first=self.frames == 0, peak=peak)
        self.frames += count

    def spans(self) -> bytes:
        """Return the spans since the last call, packed."""
        return self._recorder.take() if self._recorder is not None else b""
