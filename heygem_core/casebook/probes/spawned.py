"""Spawned processes for small experiments: what they say, where they stand, and how they end can be asked for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes, stacks
from heygem_core.casebook.stacks import Stack
from heygem_core.errors import EffectNotShown

CONTEXT = multiprocessing.get_context("spawn")
"""The start method of the reported service."""
_ENDS_S = 3.0
_POLL_S = 0.02


class Spawned:
    """A process that runs ``target(*arguments)``; its stderr and its Python stacks go to files in ``folder``.

    For use inside a host (`heygem_core.casebook.host`), which ends what an experiment leaves behind.
    """

    def __init__(self, folder: Path, target: Callable[..., None], *arguments: object) -> None:
        self._files = Path(folder) / f"{target.__name__}-{time.monotonic_ns()}"
        self.process = CONTEXT.Process(target=_entered, args=(str(self._files), target, arguments))
        self.process.start()
        self.pid = int(self.process.pid or 0)

    @property
    def exit_code(self) -> int | None:
        """As multiprocessing gives it; None while the process runs."""
        return self.process.exitcode

    def ends_within(self, seconds: float) -> bool:
        """Wait for the end of the process, at most ``seconds``; tell whether it came."""
        self.process.join(seconds)
        return self.exit_code is not None

    def end(self, number: int = signal.SIGKILL) -> None:
        """Send the signal and wait for the end; raises `EffectNotShown` when the process outlives it."""
        os.kill(self.pid, number)
        if not self.ends_within(_ENDS_S):
            raise EffectNotShown(f"process {self.pid} did not end by signal {number}")

    def said(self) -> list[str]:
        """Return the lines of its stderr."""
        path = self._files.with_suffix(".err")
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def stands_in(self, function: str, seconds: float) -> bool:
        """Wait until ``function`` ("file:function") is on a stack of the process; tell whether it came within time."""
        deadline = time.monotonic() + seconds
        while self.exit_code is None:
            if any(function in stack for stack in self.stacks()):
                return True
            if time.monotonic() >= deadline:
                break
            time.sleep(_POLL_S)
        return False

    def stacks(self) -> tuple[Stack, ...]:
        """Return its Python stacks, one per thread; none where it does not answer in time."""
        return stacks.ask(self.pid, self._files.with_suffix(".stack"))

    def main_stack(self) -> Stack:
        """Return the stack of its main thread; empty where it does not answer in time."""
        return stacks.main_thread(self.stacks())

    def kernel(self) -> str:
        """Return the kernel function that its main thread sleeps in; empty where the kernel hides it."""
        return processes.wchan(self.pid)


def pipe() -> tuple[Connection, Connection]:
    """Return the two ends of a pipe, for reading and for writing."""
    return CONTEXT.Pipe(duplex=False)


def told(reader: Connection, seconds: float) -> Any:
    """Return what comes next through a pipe, or None when nothing does within ``seconds``."""
    return reader.recv() if reader.poll(seconds) else None


def _entered(files: str, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    with Path(files).with_suffix(".err").open("w") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    stacks.answer(Path(files).with_suffix(".stack"))
    target(*arguments)
