"""The worker process: one stage, one control socket, at most two channels. Everything here runs in the child.

It waits in one place only (`Ports.wait`): on the control socket together with the channel end it needs next,
so that a command is heard while input or output is missing, and a peer's death is noticed at once.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import TypeVar, cast

from heygem_core.errors import ChannelBroken
from heygem_core.pipeline import reports
from heygem_core.pipeline.channel import EndOfStream, Sender
from heygem_core.pipeline.messages import (
    Aborted,
    AbortJob,
    Command,
    Configure,
    Finished,
    Ready,
    Span,
    StartJob,
    Stop,
)
from heygem_core.pipeline.page import RowWriter, State
from heygem_core.pipeline.ports import Interrupted, Ports
from heygem_core.pipeline.slots import InputSlot, OutputSlot
from heygem_core.pipeline.stage import Sink, Source, Stage, Transform
from heygem_core.pipeline.trace import SpanRecorder

_T = TypeVar("_T")


class Worker:
    """Runs one stage until told to stop."""

    def __init__(self, control: Connection, page_fd: int, configuration: Configure) -> None:
        self._ports = Ports(control)
        self._row = RowWriter(page_fd, configuration.index)
        self._row.opening()
        self._recorder = SpanRecorder() if configuration.trace else None
        self._job = 0
        self._frames = 0
        self._where = "import"
        self._stage_pickle = configuration.stage
        self._stage: Stage
        self._pid = os.getpid()

    def run(self) -> None:
        """Open the stage, serve jobs until `Stop`, close it; tells the supervisor what else ends the worker."""
        try:
            self._live()
        except BaseException as error:
            with contextlib.suppress(OSError):
                self._ports.send(reports.exiting(error, self._where))
            raise

    def _live(self) -> None:
        launched = self._row.since
        try:
            with self._calling("import"):
                self._stage = cast(Stage, pickle.loads(self._stage_pickle))  # noqa: S301 - our own supervisor
            with self._calling("open"):
                self._stage.open()
        except Exception as error:
            self._report(error, job=0)
            return
        self._ports.send(Ready((time.monotonic_ns() - launched) / 1e9))
        # What was imported and loaded lives as long as the worker: no collection need ever look at it again.
        gc.freeze()
        command: Command | None = None
        while True:
            self._row.enter(State.IDLE)
            command = command or self._ports.receive()
            match command:
                case Stop():
                    break
                case StartJob():
                    command = self._serve(command)
                    continue
                case AbortJob(job):
                    self._ports.send(Aborted(job))
            command = None
        self._row.enter(State.CLOSING)
        with self._calling("close"):
            self._stage.close()
        self._ports.close()

    @contextlib.contextmanager
    def _calling(self, where: str) -> Iterator[None]:
        """Run the stage's own code: what it raises was raised in ``where``, and a copy that it forks ends with it.

        Such a copy would give slots back that it does not hold, and speak to the supervisor as if it were the worker.
        """
        self._where = where
        try:
            yield
        finally:
            if os.getpid() != self._pid:
                os._exit(reports.exit_code(sys.exception()))

    def _serve(self, start: StartJob) -> Command | None:
        """Run one job; return a command that ended it and still has to be obeyed."""
        self._job, self._frames = start.job, 0
        self._row.begin()
        self._spans()
        if self._ports.output is not None:
            self._ports.output.peak = 0
        try:
            self._enter(State.STARTING)
            with self._calling("start"):
                self._stage.start(pickle.loads(start.mapping))  # noqa: S301 - our own supervisor
            summary = self._stream()
            self._enter(State.IDLE)
            self._ports.send(Finished(self._job, self._frames, summary, self._spans()))
        except Interrupted as interruption:
            self._abort()
            return self._obey(interruption.command)
        except Exception as error:
            # First the news, then the clean-up: `abort` may hang or exit, and the reason must be known by then.
            self._report(error, job=self._job)
            self._abort()
        return None

    def _obey(self, command: Command) -> Command | None:
        if isinstance(command, AbortJob):
            self._ports.send(Aborted(command.job, self._spans()))
            return None
        return command

    def _abort(self) -> None:
        self._enter(State.FINISHING)
        try:
            with self._calling("abort"):
                self._stage.abort()
        except Exception:
            # The job has failed already; why it could not be dropped cleanly belongs in the stage's log.
            traceback.print_exc()

    def _stream(self) -> bytes:
        """Pass the job's frames, finish, and only then let the end marker go.

        So a sink completes its output only after every stage before it has agreed that the job is good.
        """
        match self._stage:
            case Source():
                self._produce(self._stage)
            case Transform():
                self._transform(self._stage)
            case Sink():
                self._consume(self._stage)
            case _:
                raise TypeError(f"{type(self._stage).__name__} is neither Source nor Transform nor Sink")
        self._enter(State.FINISHING)
        with self._calling("finish"):
            summary = pickle.dumps(dict(self._stage.finish() or {}))
        if not isinstance(self._stage, Sink):
            self._end()
        return summary

    def _produce(self, stage: Source) -> None:
        while True:
            with self._acquired() as slot:
                count, spent = self._work("fill", partial(stage.fill, slot))
                if not isinstance(count, int) or count < 0:
                    raise TypeError(f"{type(stage).__name__}.fill returned {count!r}, allowed is a number of frames")
                if count:
                    self._forward(slot, self._frames, count, spent)
            if not count:
                break

    def _transform(self, stage: Transform) -> None:
        while (item := self._receive()) is not None:
            with self._released(item), self._acquired() as slot:
                _, spent = self._work("process", partial(stage.process, item, slot), item.count)
                self._forward(slot, item.first, item.count, spent)

    def _consume(self, stage: Sink) -> None:
        while (item := self._receive()) is not None:
            with self._released(item):
                _, spent = self._work("consume", partial(stage.consume, item), item.count)
                self._count(item.count, spent)

    def _work(self, where: str, call: Callable[[], _T], count: int = 0) -> tuple[_T, int]:
        self._enter(State.WORKING, count)
        with self._calling(where):
            result = call()
        now = time.monotonic_ns()
        return result, now - self._row.since

    def _count(self, count: int, spent: int) -> None:
        peak = self._ports.output.peak if self._ports.output is not None else 0
        self._row.count(count, spent, first=self._frames == 0, peak=peak)
        self._frames += count

    def _forward(self, slot: OutputSlot, first: int, count: int, spent: int) -> None:
        slot.check(self._stage.produces, count)
        try:
            self._output().send(slot, self._job, first, count)
        except ChannelBroken:
            raise self._orphaned() from None
        self._count(count, spent)

    def _end(self) -> None:
        try:
            self._output().send_end(self._job, self._frames)
        except ChannelBroken:
            raise self._orphaned() from None

    @contextlib.contextmanager
    def _acquired(self) -> Iterator[OutputSlot]:
        """Lend a free output slot; one that was not sent goes back, whatever happened."""
        output = self._output()
        self._ports.check()
        try:
            if not output.free:
                self._enter(State.WAITING_FOR_OUTPUT)
            while not output.free:
                self._ports.wait(output)
                output.collect()
        except ChannelBroken:
            raise self._orphaned() from None
        slot = output.acquire()
        try:
            yield slot
        finally:
            if not slot.sent:
                output.put_back(slot)

    @contextlib.contextmanager
    def _released(self, item: InputSlot) -> Iterator[None]:
        """Give the item's slot back afterwards, whatever happened, to the channel that it came from."""
        source = self._ports.input
        try:
            yield
        finally:
            if source is not None and not source.closed:
                source.release(item)

    def _orphaned(self) -> Interrupted:
        """A neighbour is gone: become a victim in everybody's eyes and wait for what the supervisor says."""
        self._enter(State.WAITING_FOR_INPUT)
        return self._ports.wait_for_command()

    def _receive(self) -> InputSlot | None:
        """Return the job's next item, None at its end; what belongs to another job is dropped and counted."""
        source = self._ports.input
        if source is None:
            raise TypeError(f"{type(self._stage).__name__} is the first stage and not a Source")
        self._enter(State.WAITING_FOR_INPUT)
        while True:
            self._ports.wait(source)
            try:
                item = source.receive()
            except ChannelBroken:
                raise self._orphaned() from None
            if item.job != self._job:
                self._row.drop()
                if isinstance(item, InputSlot):
                    source.release(item)
                continue
            seen = item.frames if isinstance(item, EndOfStream) else item.first
            if seen != self._frames:
                if isinstance(item, InputSlot):
                    source.release(item)
                raise AssertionError(f"frame {self._frames} was to come next, got {seen}: frames lost or out of order")
            return item if isinstance(item, InputSlot) else None

    def _output(self) -> Sender:
        if self._ports.output is None:
            raise TypeError(f"{type(self._stage).__name__} is the last stage and not a Sink")
        return self._ports.output

    def _enter(self, state: State, count: int = 0) -> None:
        if self._recorder is not None:
            self._recorder.enter(state.name, self._frames, count)
        self._row.enter(state, job=self._job, frame=self._frames)

    def _spans(self) -> list[Span]:
        return self._recorder.take() if self._recorder is not None else []

    def _report(self, error: Exception, job: int) -> None:
        self._ports.send(reports.raised(error, job, self._where))
