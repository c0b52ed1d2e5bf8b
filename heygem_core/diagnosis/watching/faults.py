"""What can be wrong with a process by itself, seen without regard to who waits for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

from heygem_core.diagnosis.watching.calls import MUTEX
from heygem_core.diagnosis.watching.graph import Graph
from heygem_core.diagnosis.watching.model import Frame, Kind, ProcessSeen, ThreadSeen
from heygem_core.diagnosis.watching.stacks import NO_INTERPRETER

_LONG_SLEEP_S = 30.0
"""A sleep that has longer to go is no part of the work on an item."""
_PATIENT = re.compile(
    r"(^|/)((threading|queue|selectors|socketserver|subprocess)\.py$|(concurrent/futures|asyncio|multiprocessing)/)"
)
"""The standard library's ways to wait for work: who waits in them may have nothing to do."""


class Rank(IntEnum):
    """How plainly a process is at fault; the plainest is blamed."""

    PLAIN = 0
    """Python code, or native code below it, that waits for a lock which nobody can release."""
    LIKELY = 1
    """A wait within the process, the stack unknown."""
    POSSIBLE = 2
    """It waits within the process in a way in which idle ones wait too."""


@dataclass(frozen=True)
class Wedge:
    """A living process that does not go on by itself: which thread, where, how plain that is."""

    process: ProcessSeen
    thread: ThreadSeen
    rank: Rank
    kind: str
    """"lock", "exit", "driver", "disk" or "sleep"."""

    @property
    def where(self) -> Frame | None:
        """The innermost frame of its stack."""
        return self.thread.frames[0] if self.thread.frames else None

    @property
    def dataloader(self) -> bool:
        """Whether it is a worker of a torch DataLoader."""
        return any(frame.within("torch/utils/data/_utils/worker.py", "_worker_loop") for frame in self.thread.frames)


def wedge(process: ProcessSeen, graph: Graph) -> Wedge | None:
    """Return how ``process`` is stuck in itself; None where it acts, or waits for others, or for the outside."""
    if process.dead or process.stopped or process.helper or process.computes:
        return None
    # Of a Python that py-spy does not know it says the same of every process.
    over = NO_INTERPRETER in process.limits and any(other.stacks_known for other in graph.seen.living)
    found = [one for thread in process.threads if (one := _stuck(process, thread, over)) is not None]
    if not found:
        return None
    best = min(found, key=lambda one: (one.rank, one.thread.tid != process.pid))
    if best.rank is Rank.PLAIN:
        return best
    # Without a stack to go by: a process in which any thread can be woken from elsewhere is no culprit.
    alive = process.acts or graph.of(process.pid) or any(_from_elsewhere(thread) for thread in process.threads)
    main_stuck = best.thread.tid == process.pid
    return best if main_stuck and not alive else None


def _from_elsewhere(thread: ThreadSeen) -> bool:
    """Tell whether the thread waits for the outside or for the clock."""
    return thread.wait.kind is Kind.OUTSIDE or (thread.wait.kind is Kind.SLEEPS and not _for_long(thread))


def _for_long(thread: ThreadSeen) -> bool:
    return (thread.wait.left_s or 0.0) > _LONG_SLEEP_S


def _stuck(process: ProcessSeen, thread: ThreadSeen, over: bool) -> Wedge | None:
    if not thread.rests or not thread.still:
        return None
    match thread.wait.kind:
        case Kind.LOCK if not thread.wait.timed:
            return _locked(process, thread, over)
        case Kind.DISK:
            return Wedge(process, thread, Rank.LIKELY, "disk")
        case Kind.DRIVER:
            return Wedge(process, thread, Rank.LIKELY, "driver")
        case Kind.SLEEPS if _for_long(thread) and thread.tid == process.pid:
            return Wedge(process, thread, Rank.LIKELY, "sleep")
    return None


def _locked(process: ProcessSeen, thread: ThreadSeen, over: bool) -> Wedge | None:
    main = thread.tid == process.pid
    if not thread.frames:
        if not main:
            # A thread of a native pool: they wait so whenever there is nothing to compute.
            return None
        if process.interpreter and (process.stacks_known or over):
            return Wedge(process, thread, Rank.PLAIN, "exit")
        return Wedge(process, thread, Rank.LIKELY, "lock")
    inner = thread.frames[0]
    if _PATIENT.search(inner.file) or _takes_from_a_queue(process.pid, inner):
        return Wedge(process, thread, Rank.POSSIBLE, "lock") if main else None
    return Wedge(process, thread, Rank.PLAIN, "lock")


def _takes_from_a_queue(pid: int, frame: Frame) -> bool:
    """Tell whether the line waits for an item: queue.SimpleQueue is written in C and shows its caller only."""
    return ".get(" in source_line(pid, frame.path, frame.line)


def explicit_lock(wedge: Wedge) -> bool:
    """Tell whether it waits for a lock beyond doubt: a mutex, or the line that it stands in takes one in so many words.

    Native code waits for work like that as well, in conditions.
    """
    frame = wedge.where
    if frame is None or wedge.thread.wait.call == MUTEX:
        return True
    line = source_line(wedge.process.pid, frame.path, frame.line).strip()
    return ".acquire(" in line or line.startswith(("with ", "async with "))


def works_elsewhere(wedge: Wedge) -> bool:
    """Tell whether another Python thread of the process works, or talks to somebody: it may hold the lock."""
    return any(thread.acts or thread.converses for thread in _others(wedge))


def ticks_elsewhere(wedge: Wedge) -> bool:
    """Tell whether another Python thread of the process sleeps: it may hold the lock, or just be a clock."""
    return any(thread.wait.kind is Kind.SLEEPS for thread in _others(wedge))


def _others(wedge: Wedge) -> tuple[ThreadSeen, ...]:
    return tuple(thread for thread in wedge.process.threads if thread is not wedge.thread and thread.frames)


@cache
def source_line(pid: int, path: str, number: int) -> str:
    """Return a line of the target's own source code, "" where it cannot be read."""
    if not path.endswith(".py"):
        return ""
    try:
        lines = Path(f"/proc/{pid}/root{path}").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return lines[number - 1] if 0 < number <= len(lines) else ""
