"""``stall_guard``: a block that does not end in time is described, everything below the test killed, the test failed.

The guard is a process of its own (see `watchdog`): it works while native code keeps the interpreter, adds no thread
to the test's process, and ends with it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from heygem_core.pytest_plugin import helpers
from heygem_core.text import locale_language

GRACE_S = 10.0
"""An interrupted test gets this long to leave the block; it may have things to close."""
_EVIDENCE_S = 60.0
"""The guard looks at every process below the test, some of them through a debugger, within this time."""
_FIRST_SIGNAL = 8
"""Real-time signals from SIGRTMIN + 8 on: nobody else uses them, glibc's own lie below. Two for each guard."""

_active: list[StallGuard] = []


class Stalled(BaseException):
    """The guarded block did not end in time; not an Exception, so that the block itself does not swallow it."""


class StallGuard:
    """One guard; its ``with`` block is what is guarded, and may be entered again until the guard has ``fired``.

    Outside the main thread no exception can be raised in the test; then it is killed as if it were in native code.
    """

    def __init__(self, test: str, seconds: float, *, grace: float = GRACE_S, terminal: int = 2) -> None:
        """Start the guarding process; ``terminal`` is where it writes to if it has to kill this process too."""
        helpers.need_linux("stall_guard")
        if seconds <= 0 or grace <= 0:
            raise ValueError(f"seconds is {seconds:g}, grace is {grace:g}; both must be above 0")
        self.fired = False
        self._seconds = seconds
        self._armed = False
        self._pid = os.getpid()
        self._stack = ExitStack()
        signals = signal.SIGRTMIN + _FIRST_SIGNAL + 2 * len(_active)
        reader, writer = os.pipe()
        self._stack.callback(os.close, writer)
        try:
            faulthandler.register(signals, file=writer, all_threads=True, chain=False)
            self._stack.callback(faulthandler.unregister, signals)
            interruptible = self._handle(signals + 1)
            settings = {
                "test": test,
                "pid": self._pid,
                "seconds": seconds,
                "grace": grace,
                "show": signals,
                "interrupt": signals + 1 if interruptible else None,
                "stacks": reader,
                "path": [str(entry) for entry in sys.path],
                "language": locale_language(),
            }
            self._process, self._commands, self._answers = _start(json.dumps(settings), reader, terminal)
        except BaseException:
            self._stack.close()
            raise
        finally:
            os.close(reader)
        self._own = {self._commands, self._answers, writer}
        helpers.PIDS.add(self._process.pid)
        helpers.DESCRIPTORS.update(self._own)
        _active.append(self)

    def _handle(self, number: int) -> bool:
        try:
            before = signal.signal(number, self._interrupt)
        except ValueError:
            # In another thread than the main one Python sets no handlers.
            return False
        self._stack.callback(signal.signal, number, signal.SIG_DFL if before is None else before)
        return True

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        __tracebackhide__ = True
        if self._armed and os.getpid() == self._pid:
            raise Stalled(f"no end within {self._seconds:g} s")

    def __enter__(self) -> Self:
        """Begin a guarded block."""
        self._armed = True
        self.progress()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; raise `Stalled` when it did not end in time, whatever it raised or returned by then."""
        __tracebackhide__ = True
        report = self._disarm()
        if report:
            raise Stalled(report) from error

    def progress(self) -> None:
        """Start the seconds anew: the block is slow, but alive."""
        if os.getpid() == self._pid:
            self._send(f"until {time.monotonic() + self._seconds}")

    def suspend(self) -> None:
        """Let the block take as long as it wants from now on: somebody debugs it."""
        self._send("until inf")

    def _send(self, command: str) -> None:
        # The guard may have fired and gone.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._commands, command.encode() + b"\n")

    def _disarm(self) -> str:
        """End the guarding; return the report if it fired, "" if not."""
        self._armed = False
        if os.getpid() != self._pid:
            # A fork of the test leaves the block as well, and the guard is not its own.
            return ""
        self._send("pause")
        answer = self._answer()
        self.fired = bool(answer)
        return answer

    def _answer(self) -> str:
        deadline, text = time.monotonic() + _EVIDENCE_S, b""
        poller = select.poll()
        poller.register(self._answers, select.POLLIN)
        while not text.endswith(b"\n"):
            ready = poller.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not ready or not (chunk := os.read(self._answers, 1 << 16)):
                return f"the stall guard's own process is gone or does not answer ({self._process.poll()})"
            text += chunk
        return str(json.loads(text)["report"])

    def stop(self) -> None:
        """End the guarding process and put the signals back."""
        if os.getpid() != self._pid:
            return
        _active.remove(self)
        self._process.kill()
        self._process.wait()
        helpers.PIDS.discard(self._process.pid)
        helpers.DESCRIPTORS.difference_update(self._own)
        os.close(self._commands)
        os.close(self._answers)
        self._stack.close()


class GuardedBlock:
    """A block with a guard of its own, made by ``new`` when the block begins."""

    def __init__(self, new: Callable[[], StallGuard]) -> None:
        self._new = new
        self._guard: StallGuard | None = None

    def __enter__(self) -> StallGuard:
        """Start the guard."""
        self._guard = self._new()
        return self._guard.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it; raise `Stalled` when the block did not end in time."""
        __tracebackhide__ = True
        if self._guard is not None:
            try:
                self._guard.__exit__(kind, error, trace)
            finally:
                self._guard.stop()


def _start(settings: str, stacks: int, terminal: int) -> tuple[subprocess.Popen[bytes], int, int]:
    """Return the guarding process, where commands for it are written to, and where its answers are read."""
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py")), settings]
    command_reader, command_writer = os.pipe()
    answer_reader, answer_writer = os.pipe()
    try:
        process = subprocess.Popen(
            command, stdin=command_reader, stdout=answer_writer, stderr=terminal, pass_fds=[stacks]
        )
    except BaseException:
        os.close(command_writer)
        os.close(answer_reader)
        raise
    finally:
        os.close(command_reader)
        os.close(answer_writer)
    return process, command_writer, answer_reader


def suspend_all() -> None:
    """Suspend every guard of this process: a debugger was entered."""
    for guard in _active:
        guard.suspend()
