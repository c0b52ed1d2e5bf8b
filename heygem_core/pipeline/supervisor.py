"""One place to wait for everything that can happen: every worker's message and end, a wake-up, a deadline."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from heygem_core.pipeline.crew import Crew
from heygem_core.pipeline.liveness import Liveness, Stall, Watch
from heygem_core.pipeline.messages import Event


@dataclass(frozen=True)
class Said:
    """Worker ``index`` sent a message."""

    index: int
    message: Event


@dataclass(frozen=True)
class Ended:
    """Worker ``index``'s process is gone; what it had said before was delivered first."""

    index: int


@dataclass(frozen=True)
class Stalled:
    """A worker is alive and does not progress; confirmed."""

    stall: Stall


@dataclass(frozen=True)
class Woken:
    """Somebody called ``cancel``."""


@dataclass(frozen=True)
class Tick:
    """A deadline passed and nothing is wrong; time to report progress."""


Happening = Said | Ended | Stalled | Woken | Tick


class Supervisor:
    """Turns what happens to a crew into typed events."""

    def __init__(self, crew: Crew, liveness: Liveness) -> None:
        self._crew = crew
        self._liveness = liveness
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        self._hung_up: set[int] = set()

    def wake(self) -> None:
        """Make the wait return at once; callable from any thread and from a signal handler."""
        try:
            os.write(self._wake_writer, b"x")
        except BlockingIOError:
            # 64 KiB of wake-ups are pending: it will wake.
            return

    def forget_wakes(self) -> None:
        """Drop wake-ups that came when nothing was waiting."""
        while wait([self._wake_reader], 0):
            os.read(self._wake_reader, 4096)

    def watch(self, *, deadline: float | None = None) -> Iterator[Happening]:
        """Yield what happens until the caller stops asking, or ``deadline`` (monotonic seconds) is past.

        The caller must stop asking once it was told of an end or a stall that it did not mend.
        """
        crew = self._crew
        items_before = [reading.items for reading in crew.readings()]
        watch = Watch(self._liveness, items_before, time.monotonic())
        self._hung_up = set()
        while deadline is None or time.monotonic() < deadline:
            timeout = watch.timeout(crew.readings(), time.monotonic())
            if deadline is not None:
                timeout = min(timeout, max(0.0, deadline - time.monotonic()))
            ready = wait(self._waitables(), timeout)
            yield from self._messages(ready)
            yield from self._ends(ready)
            if self._wake_reader in ready:
                self.forget_wakes()
                yield Woken()
            stall = watch.look(crew.readings(), crew.pids(), time.monotonic())
            if stall is not None:
                yield Stalled(stall)
            elif not ready:
                yield Tick()

    def _waitables(self) -> list[Connection | int]:
        workers = self._crew.workers
        talking = [worker.control for index, worker in enumerate(workers) if index not in self._hung_up]
        return [self._wake_reader, *talking, *(worker.pidfd for worker in workers)]

    def _messages(self, ready: Sequence[object]) -> Iterator[Happening]:
        for index, worker in enumerate(self._crew.workers):
            # An ended worker's last words count too: the loop empties the socket before its end is told.
            while index not in self._hung_up and (worker.control in ready or worker.pidfd in ready):
                if not worker.control.poll():
                    break
                message = worker.receive()
                if message is None:
                    self._hung_up.add(index)
                else:
                    yield Said(index, message)

    def _ends(self, ready: Sequence[object]) -> Iterator[Happening]:
        for index, worker in enumerate(self._crew.workers):
            if worker.pidfd in ready and not worker.alive():
                yield Ended(index)

    def close(self) -> None:
        """Close the wake pipe."""
        os.close(self._wake_reader)
        os.close(self._wake_writer)
