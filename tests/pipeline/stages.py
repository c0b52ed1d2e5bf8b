"""Small stages for engine tests; each misbehaves on request, at a moment named in the job or in its constructor."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heygem_core.errors import BadInput
from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Transform


def _spin() -> None:
    while True:
        pass


def _raise(error: BaseException) -> None:
    raise error


def _print_and_die() -> None:
    os.write(2, b"last words\n")
    os.kill(os.getpid(), signal.SIGKILL)


def _leave_a_child() -> None:
    child = subprocess.Popen(["sleep", "1000"])
    os.write(2, f"child {child.pid}\n".encode())


def _leave_a_child_and_die() -> None:
    _leave_a_child()
    os.kill(os.getpid(), signal.SIGKILL)


MANNERS: dict[str, Callable[[], object]] = {
    "": lambda: None,
    "raise": lambda: _raise(ValueError("deliberate")),
    "bad-input": lambda: _raise(BadInput("the file is deliberate nonsense")),
    "unpicklable": lambda: _raise(type("LocalError", (Exception,), {})("cannot cross as itself")),
    "exit-0": lambda: _raise(SystemExit(0)),
    "exit-3": lambda: _raise(SystemExit(3)),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "hang": lambda: select.select([], [], []),
    "spin": _spin,
    "print-and-kill": _print_and_die,
    "leave-child": _leave_a_child,
    "leave-child-and-kill": _leave_a_child_and_die,
}


@dataclass
class Faulty:
    """What to do wrong and when; a job's "faults" mapping {(stage, moment): manner} overrides."""

    name: str = ""
    moment: str = ""
    manner: str = ""

    def at(self, moment: str) -> None:
        """Misbehave if ``moment`` is the chosen one."""
        if moment == self.moment:
            MANNERS[self.manner]()

    def choose(self, job: Job) -> None:
        """Take this job's faults."""
        for (stage, moment), manner in job.get("faults", {}).items():
            if stage == self.name:
                self.moment, self.manner = moment, manner
                return
        if "faults" in job:
            self.moment = self.manner = ""


@dataclass
class Numbers(Faulty, Source):
    """Makes ``job["frames"]`` frames, each filled with its own index, ``batch`` per slot."""

    name: str = "numbers"
    batch: int = 2
    next: int = 0
    frames: int = 0

    def open(self) -> None:
        """Open."""
        self.at("open")

    def start(self, job: Job) -> None:
        """Start."""
        self.choose(job)
        self.next, self.frames = 0, job["frames"]
        self.at("start")

    def fill(self, out: Slot) -> int:
        """Fill."""
        count = min(self.batch, self.frames - self.next)
        if count:
            array = out.allocate("x", (count, 16), np.int64)
            array[:] = np.arange(self.next, self.next + count)[:, None]
            self.next += count
            if self.next > self.frames // 2:
                self.at("middle")
        return count

    def finish(self) -> Mapping[str, Any] | None:
        """Finish."""
        self.at("finish")
        return {"made": self.next}

    def close(self) -> None:
        """Close."""
        self.at("close")


@dataclass
class Double(Faulty, Transform):
    """Doubles every number; takes ``job["item_s"]`` seconds for each item if given."""

    name: str = "double"
    item_s: float = 0.0
    open_s: float = 0.0
    slow_items: Mapping[int, float] = field(default_factory=dict)

    def open(self) -> None:
        """Open."""
        time.sleep(self.open_s)
        self.at("open")

    def start(self, job: Job) -> None:
        """Start."""
        self.choose(job)
        self.item_s = job.get("item_s", 0.0)
        self.slow_items = job.get("slow_items", {})
        self.at("start")

    def process(self, item: Item, out: Slot) -> None:
        """Process."""
        if item.first:
            self.at("middle")
        time.sleep(self.slow_items.get(item.first // 2, self.item_s))
        array = out.forward("x", item)
        array *= 2

    def finish(self) -> Mapping[str, Any] | None:
        """Finish."""
        self.at("finish")
        return {"pid": os.getpid(), "ahead_s": time.time() - time.monotonic()}

    def close(self) -> None:
        """Close."""
        self.at("close")


@dataclass
class Collect(Faulty, Sink):
    """Returns the numbers it saw."""

    name: str = "collect"
    seen: tuple[int, ...] = ()
    aborted: int = 0
    finished: int = 0

    def open(self) -> None:
        """Open."""
        self.at("open")

    def start(self, job: Job) -> None:
        """Start."""
        self.choose(job)
        self.seen = ()
        self.at("start")

    def consume(self, item: Item) -> None:
        """Consume."""
        if item.first:
            self.at("middle")
        self.seen += tuple(int(v) for v in item["x"][:, 0])

    def finish(self) -> Mapping[str, Any] | None:
        """Finish."""
        self.at("finish")
        self.finished += 1
        return {"seen": list(self.seen), "aborted": self.aborted, "finished": self.finished, "pid": os.getpid()}

    def abort(self) -> None:
        """Abort."""
        self.aborted += 1

    def close(self) -> None:
        """Close."""
        self.at("close")
