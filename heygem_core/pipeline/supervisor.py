"""One place to wait for everything that can happen: every worker's message and end, a wake-up, a deadline."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from heygem_core.pipeline.crew import Crew
from heygem_core.pipeline.liveness import Liveness, Watch
from heygem_core.pipeline.messages import Event
from heygem_core.pipeline.standstill import Stall


@dataclass(frozen=True)
class Said:
    """The worker of stage ``index`` sent a message about it."""

    index: int
    message: Event


@dataclass(frozen=True)
class Ended:
    """The process of a worker is gone; stage ``index`` was at work. What it had said before was delivered first."""

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
        self._signal_reader, self._signal_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        os.set_blocking(self._signal_writer, False)
        self._told: set[int] = set()

    def wake(self) -> None:
        """Make the wait return at once; callable from any thread and from a signal handler, also after `close`."""
        try:
            os.write(self._wake_writer, b"x")
        except (BlockingIOError, OSError):
            # Either 64 KiB of wake-ups are pending and it will wake, or there is nothing left to wake.
            return

    def forget_wakes(self) -> None:
        """Drop wake-ups that came when nothing was waiting."""
        while wait([self._wake_reader], 0):
            os.read(self._wake_reader, 4096)

    @contextmanager
    def hearing_signals(self) -> Iterator[None]:
        """Have a signal end the wait, which its handler would else wait for where it came just before.

        Only in the main thread, which runs the handlers, and only where the program has not seen to that itself.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.set_wakeup_fd(self._signal_writer, warn_on_full_buffer=False)
        if before != -1:
            signal.set_wakeup_fd(before)
        try:
            yield
        finally:
            if before == -1:
                signal.set_wakeup_fd(-1)

    def watch(self, expected: Callable[[], Collection[int]], deadline: float | None = None) -> Iterator[Happening]:
        """Yield what happens until the caller stops asking, or ``deadline`` (monotonic seconds) is past.

        ``expected`` returns the workers that still owe an answer; only they can stall. Each end is told once.
        """
        crew = self._crew
        before = [reading.items for reading in crew.baseline]
        watch = Watch(self._liveness, before, crew.slots, time.monotonic(), crew.handing)
        self._told = set()
        while deadline is None or time.monotonic() < deadline:
            timeout = watch.timeout(crew.readings(), time.monotonic(), expected())
            if deadline is not None:
                timeout = min(timeout, max(0.0, deadline - time.monotonic()))
            ready = wait(self._waitables(), timeout)
            yield from self._messages(ready)
            yield from self._ends(ready)
            if self._signal_reader in ready:
                os.read(self._signal_reader, 4096)
            if self._wake_reader in ready:
                self.forget_wakes()
                yield Woken()
            stall = watch.look(crew.readings(), crew.pids(), time.monotonic(), expected())
            if stall is not None:
                yield Stalled(stall)
            elif not ready:
                yield Tick()

    def _waitables(self) -> list[Connection | int]:
        workers = self._crew.processes()
        talking = [worker.control for worker in workers if not worker.inbox.ended]
        living = [worker.pidfd for number, worker in enumerate(workers) if number not in self._told]
        return [self._wake_reader, self._signal_reader, *talking, *living]

    def _messages(self, ready: Sequence[object]) -> Iterator[Happening]:
        for group, worker in zip(self._crew.groups, self._crew.processes(), strict=True):
            # An ended worker's last words count too, and come before its end is told.
            if worker.control in ready or worker.pidfd in ready:
                for stage, message in worker.inbox.take():
                    if stage is None or stage not in group:
                        stage = self._crew.at_work(group.start)  # noqa: PLW2901 - who else could have said it
                    yield Said(stage, message)

    def _ends(self, ready: Sequence[object]) -> Iterator[Happening]:
        for number, worker in enumerate(self._crew.processes()):
            if worker.pidfd in ready and not worker.alive():
                self._told.add(number)
                yield Ended(self._crew.at_work(self._crew.groups[number].start))

    def close(self) -> None:
        """Close the pipes; may be called again."""
        open_fds = (self._wake_reader, self._wake_writer, self._signal_reader, self._signal_writer)
        # Forgotten before they are closed: a late `wake` must not write to whoever gets the number next.
        self._wake_reader = self._wake_writer = self._signal_reader = self._signal_writer = -1
        for fd in open_fds:
            if fd >= 0:
                os.close(fd)
