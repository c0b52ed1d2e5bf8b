"""Who shares a queue, who of them lives, and whether waiting can still help."""

from __future__ import annotations

import contextlib
import math
import os
import select
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from multiprocessing.process import current_process
from pathlib import Path

from heygem_core.compat.shared import JOINED, ROW_BYTES, ROWS, ROWS_AT, ROWS_USED, Shared
from heygem_core.errors import WorkerDied
from heygem_core.pipeline.evidence import describe_exit

_ROW = struct.Struct("<QQqQQQQQ160s")
"""Status, number of the joining, process id, its start time, has put, has got, items taken, items finished, text."""
_USED_AT = 32
"""Where in a row the two flags are, and the two counts behind them."""


class Status(IntEnum):
    """What a row says of its process; the last two ended badly."""

    FREE = 0
    LIVING = 1
    LEFT = 2
    RAISED = 3
    DIED = 4


_BADLY = frozenset({Status.RAISED, Status.DIED})


class Count(IntEnum):
    """The two counts in a row."""

    TAKEN = 2
    FINISHED = 3


class End(IntEnum):
    """The two ends of a queue, by what is done there."""

    PUT = 0
    GET = 1


@dataclass(frozen=True)
class Member:
    """One row."""

    row: int
    status: Status
    joined: int
    pid: int
    started: int
    used: tuple[bool, bool]
    taken: int
    finished: int
    text: str

    @property
    def holds(self) -> int:
        """How many items it has taken and not finished."""
        return max(0, self.taken - self.finished)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on, none if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _started(pid: int) -> int:
    # Field 22 of proc(5): with it, a number that was given to another process is told apart.
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def _how_it_ended(pid: int) -> str:
    fields = _stat(pid)
    # Field 52 is the wait status of a process that its parent has not reaped yet.
    if not fields or fields[0] not in {"Z", "X"}:
        return "ended without leaving the queue: killed, crashed, or by os._exit"
    return describe_exit(os.waitstatus_to_exitcode(int(fields[49])))


class Members:
    """The rows of a queue as one process sees and changes them."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self._row = 0
        self._told: dict[int, int] = {}
        self.pid = 0

    def join(self) -> None:
        """Take a row for this process; raises RuntimeError when there are too many."""
        pid = os.getpid()
        text = current_process().name.encode()[:80].decode(errors="ignore")
        shared = self.shared
        with shared.held(math.inf):
            row = self._free_row()
            joined = shared.words[JOINED] + 1
            shared.words[JOINED] = joined
            shared.words[ROWS_USED] = max(shared.words[ROWS_USED], row + 1)
            self._write(Member(row, Status.LIVING, joined, pid, _started(pid), (False, False), 0, 0, text))
        self._row, self._joined, self.pid = row, joined, pid
        shared.announce()

    def _free_row(self) -> int:
        members = self._snapshot()
        free = [member.row for member in members if member.status in {Status.FREE, Status.LEFT}]
        if free:
            return free[0]
        if len(members) < ROWS:
            return len(members)
        bad = [member for member in members if member.status != Status.LIVING]
        if not bad:
            raise RuntimeError(f"{ROWS} processes share this queue, allowed are no more")
        return min(bad, key=lambda member: member.joined).row

    def leave(self) -> None:
        """Give the row up; what is raised at this moment is how this process ends."""
        error = sys.exc_info()[1] or getattr(sys, "last_value", None)
        bad = error is not None and not (isinstance(error, SystemExit) and not error.code)
        if bad and isinstance(error, SystemExit):
            how = f"exited with {error.code!r}"
        else:
            # Who ended because of another's death need not repeat the story.
            said = "" if isinstance(error, WorkerDied) else f": {' '.join(str(error).split())}"
            how = f"ended with {type(error).__name__}{said}"
        self._mark(self._row, self._joined, Status.RAISED if bad else Status.LEFT, how if bad else "")

    def close(self) -> None:
        """Give the row up while the process goes on."""
        self._mark(self._row, self._joined, Status.LEFT, "")

    def _mark(self, row: int, joined: int, status: Status, how: str) -> None:
        with contextlib.suppress(TimeoutError), self.shared.held(0.0):
            member = self._read(row)
            if (member.status, member.joined) == (Status.LIVING, joined):
                self._write(replace(member, status=status, text=f"{member.text} (pid {member.pid}) {how}"))
        self.shared.announce()

    def use(self, end: End) -> None:
        """Note that this process has been at ``end``."""
        self.shared.memory[ROWS_AT + self._row * ROW_BYTES + _USED_AT + 8 * end] = 1

    def word(self, count: Count) -> int:
        """Return the number of the word of this process's ``count`` in the shared memory."""
        return (ROWS_AT + self._row * ROW_BYTES + _USED_AT) // 8 + count

    def _read(self, row: int) -> Member:
        fields = _ROW.unpack_from(self.shared.memory, ROWS_AT + row * ROW_BYTES)
        status, joined, pid, started, put, got, taken, finished, text = fields
        written = text.rstrip(b"\0").decode(errors="ignore")
        return Member(row, Status(status), joined, pid, started, (bool(put), bool(got)), taken, finished, written)

    def _write(self, member: Member) -> None:
        fields = (member.joined, member.pid, member.started, *member.used, member.taken, member.finished)
        text = member.text.encode()[:160]
        _ROW.pack_into(self.shared.memory, ROWS_AT + member.row * ROW_BYTES, member.status, *fields, text)

    def _snapshot(self) -> list[Member]:
        return [self._read(row) for row in range(self.shared.words[ROWS_USED])]

    @contextlib.contextmanager
    def watched(self) -> Iterator[list[int]]:
        """Give pidfds of the other living members, readable once they end; note those that have ended."""
        pidfds: list[int] = []
        try:
            for member in self._snapshot():
                if member.status == Status.LIVING and member.pid != self.pid:
                    pidfd = _pidfd(member)
                    if pidfd is None:
                        self._mark(member.row, member.joined, Status.DIED, _how_it_ended(member.pid))
                    else:
                        pidfds.append(pidfd)
            yield pidfds
        finally:
            for pidfd in pidfds:
                os.close(pidfd)

    def bad_news(self, other: End) -> WorkerDied | None:
        """Return why nobody will come to the ``other`` end, as far as the rows tell, or None."""
        members = self._snapshot()
        # Of this process only another thread could come.
        living = [
            member
            for member in members
            if member.status == Status.LIVING and (member.pid != self.pid or threading.active_count() > 1)
        ]
        if any(member.used[other] for member in living):
            return None
        bad = [member for member in members if member.status in _BADLY]
        newest = max((member.joined for member in living if member.pid != self.pid), default=0)
        news = [member for member in bad if newest <= self._told.get(member.joined, newest)]
        if not news:
            return None
        self._told.update(dict.fromkeys((member.joined for member in bad), self.shared.words[JOINED]))
        done = "put anything into" if other == End.PUT else "tried to get anything from"
        who = "; ".join(member.text for member in news)
        return WorkerDied(f"{who}. No other living process has ever {done} this queue")

    def deaths(self) -> bool:
        """Tell whether a process is known to have ended badly."""
        return any(member.status in _BADLY for member in self._snapshot())

    def lost(self) -> WorkerDied | None:
        """Return who died with items that nobody will finish now, or None; only with the mutex held.

        Whoever lives and holds an item, or may still take one, will come. What a process got and another finishes
        cannot be told from what is lost.
        """
        members = self._snapshot()
        holders = [member for member in members if member.holds]
        if len(self.shared) or any(member.status == Status.LIVING for member in holders):
            return None
        dead = [member for member in holders if member.status in _BADLY]
        if not dead:
            return None
        who = "; ".join(f"{member.text}, with {member.holds} unfinished" for member in dead)
        return WorkerDied(f"{who}. No living process has an item of this queue in work")


def _pidfd(member: Member) -> int | None:
    """Return a descriptor of a living member's process, None when it has ended."""
    try:
        pidfd = os.pidfd_open(member.pid)
    except ProcessLookupError:
        return None
    poller = select.poll()
    poller.register(pidfd, select.POLLIN)
    if poller.poll(0) or _started(member.pid) != member.started:
        os.close(pidfd)
        return None
    return pidfd
