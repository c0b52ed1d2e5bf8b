"""Stages that note the moment of their fault in a file: the monotonic clock is the same in every process."""

from __future__ import annotations

import os
import select
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Transform


def _raise(error: BaseException) -> None:
    raise error


FAULTS: dict[str, Callable[[], object]] = {
    "exception": lambda: _raise(ValueError("deliberate")),
    "sys.exit": lambda: _raise(SystemExit(0)),
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": lambda: select.select([], [], []),
    "never ready": lambda: select.select([], [], []),
}


@dataclass
class Note:
    """Writes the time, then commits the fault, when asked to."""

    name: str = ""
    fault_in_open: str = ""

    def commit(self, job: Job | None) -> None:
        """Note the time and commit the fault if it is this stage's."""
        stage, fault, path = job["fault"] if job else (self.name, "never ready", self.fault_in_open)
        if stage == self.name and path:
            Path(path).write_bytes(struct.pack("d", time.monotonic()))
            FAULTS[fault]()

    def open(self) -> None:
        """Open."""
        self.commit(None)


@dataclass
class Make(Note, Source):
    """Makes twenty items."""

    name: str = "first"

    def start(self, job: Job) -> None:
        """Start."""
        self.job, self.made = job, 0

    def fill(self, out: Slot) -> int:
        """Fill."""
        if self.made == 20:
            return 0
        if self.made == 5:
            self.commit(self.job)
        out.allocate("x", (1, 8), np.int64)[:] = self.made
        self.made += 1
        return 1


@dataclass
class Pass(Note, Transform):
    """Passes items on."""

    name: str = "middle"

    def start(self, job: Job) -> None:
        """Start."""
        self.job = job

    def process(self, item: Item, out: Slot) -> None:
        """Process."""
        if item.first == 5:
            self.commit(self.job)
        out.forward("x", item)


@dataclass
class Take(Note, Sink):
    """Takes items."""

    name: str = "last"

    def start(self, job: Job) -> None:
        """Start."""
        self.job = job

    def consume(self, item: Item) -> None:
        """Consume."""
        if item.first == 5:
            self.commit(self.job)
