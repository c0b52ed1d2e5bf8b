"""Who waits for whom: the edges between processes, and what somebody needs done for the work to go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from heygem_core.diagnosis.watching.model import Kind, Observation, ProcessSeen, ThreadSeen, Wait

_QUEUES, _SYNCHRONIZE = "multiprocessing/queues.py", "multiprocessing/synchronize.py"


@dataclass(frozen=True)
class Waiting:
    """One thread that waited all through the window, or most of it, for something that another process can bring."""

    process: ProcessSeen
    thread: ThreadSeen
    wait: Wait
    others: frozenset[int]
    """Processes that could bring it, or that hold it."""
    role: str
    """What the wait is in terms of queues: "put" (it is full), "get" (its read lock), "feed" (its write lock), "lock"
    (another one between processes), "event" (or a condition), "take", "give" (its pipe), "data" (a DataLoader's), or
    "child"."""

    @property
    def needy(self) -> bool:
        """Whether work is held up: somebody who merely waits for input may have nothing to do."""
        return self.role in ("put", "give", "feed", "lock", "data")


class Graph:
    """The wait-for graph of one observation."""

    def __init__(self, seen: Observation) -> None:
        self.seen = seen
        self.waiting = tuple(
            waiting
            for process in seen.living
            if not process.stopped
            for thread in process.threads
            if thread.rests and (waiting := self._edge(process, thread)) is not None
        )

        self._of: dict[int, tuple[Waiting, ...]] = {}
        for waiting in self.waiting:
            self._of[waiting.process.pid] = (*self.of(waiting.process.pid), waiting)
        self._reached: dict[frozenset[int], frozenset[int]] = {}

    def of(self, pid: int) -> tuple[Waiting, ...]:
        """Return what threads of ``pid`` wait for."""
        return self._of.get(pid, ())

    def reach(self, start: Iterable[int]) -> frozenset[int]:
        """Return ``start`` and whoever those wait for, and so on; who acts is an end of the search."""
        key = frozenset(start)
        if key not in self._reached:
            self._reached[key] = self._reach(key)
        return self._reached[key]

    def _reach(self, start: frozenset[int]) -> frozenset[int]:
        found: set[int] = set()
        ahead = [pid for pid in start if pid in self.seen.processes]
        while ahead:
            pid = ahead.pop()
            if pid not in found:
                found.add(pid)
                if not self.seen.processes[pid].acts:
                    ahead += [other for waiting in self.of(pid) for other in waiting.others]
        return frozenset(found)

    def holders(self, inode: int, mode: str, *, but: int) -> frozenset[int]:
        """Return who has the other end of a channel, or that end of a pipe, less ``but``."""
        peer = self.seen.peers.get(inode)
        return frozenset(
            process.pid
            for process in self.seen.living
            if process.pid != but
            and (peer in process.channels if peer is not None else mode in process.channels.get(inode, ""))
        )

    def read_by_somebody(self, inode: int) -> bool:
        """Tell whether a thread stood reading that pipe at any sample."""
        return any(
            wait.kind is Kind.READS and inode in wait.objects
            for process in self.seen.living
            for thread in process.threads
            for wait in thread.waits
        )

    def untaken(self, process: ProcessSeen) -> tuple[int, ...]:
        """Return pipes that ``process`` can read, in which data lay all the time, and that nobody stood reading."""
        pushed = {inode for waiting in self.waiting if waiting.role == "give" for inode in waiting.wait.objects}
        return tuple(
            inode
            for inode, mode in process.channels.items()
            if "r" in mode
            and inode not in self.seen.peers
            and (self.seen.unread.get(inode) or inode in pushed)
            and not self.read_by_somebody(inode)
        )

    def _edge(self, process: ProcessSeen, thread: ThreadSeen) -> Waiting | None:
        wait = thread.wait
        match wait.kind:
            case Kind.READS:
                return Waiting(process, thread, wait, self._ends(process, wait, "w"), reading_role(thread))
            case Kind.WRITES:
                return Waiting(process, thread, wait, self._ends(process, wait, "r"), "give")
            case Kind.CHILD:
                known = frozenset(pid for pid in wait.objects if pid in self.seen.processes)
                return Waiting(process, thread, wait, known, "child")
            case Kind.SEMAPHORE:
                return self._semaphore(process, thread)
            case _:
                return None

    def _semaphore(self, process: ProcessSeen, thread: ThreadSeen) -> Waiting:
        role = semaphore_role(process, thread)
        wait = thread.wait
        if role == "put":
            # The count of the queue: what makes room in it is whoever reads the pipe that its feeder fills.
            pipes = [inode for each in process.threads if each.wait.kind is Kind.WRITES for inode in each.wait.objects]
            takers = frozenset(pid for inode in pipes for pid in self.holders(inode, "r", but=process.pid))
            if takers:
                return Waiting(process, thread, wait, takers, role)
        sharing = frozenset(
            other.pid
            for other in self.seen.living
            if other.pid != process.pid and other.semaphores.intersection(wait.objects)
        )
        return Waiting(process, thread, wait, sharing, role)

    def _ends(self, process: ProcessSeen, wait: Wait, mode: str) -> frozenset[int]:
        return frozenset(pid for inode in wait.objects for pid in self.holders(inode, mode, but=process.pid))


def semaphore_role(process: ProcessSeen, thread: ThreadSeen) -> str:
    """Return what a wait for a shared semaphore is: "put", "get", "feed", "event" or "lock"."""
    for frame in thread.frames:
        if frame.within(_QUEUES, "put"):
            return "put"
        if frame.within(_QUEUES, "get", "recv") or frame.within("multiprocessing/pool.py", "worker"):
            return "get"
        if frame.within(_QUEUES, "_feed"):
            return "feed"
        if frame.within(_SYNCHRONIZE, "wait", "wait_for"):
            return "event"
    feeds = any(other.wait.kind is Kind.WRITES for other in process.threads if other is not thread)
    if thread.frames:
        return "lock"
    # The stack unknown: who feeds a pipe puts; the others are taken for readers, as most are.
    return "put" if feeds else "get"


def reading_role(thread: ThreadSeen) -> str:
    """Return "data" for a DataLoader that wants its next batch, which is work held up, else "take"."""
    wanted = any(frame.within("torch/utils/data/dataloader.py", "_next_data", "_get_data") for frame in thread.frames)
    return "data" if wanted else "take"
