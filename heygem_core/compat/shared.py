"""The memory that all processes of a queue share: counters under the mutex, numbered entries, the bells."""

from __future__ import annotations

import contextlib
import ctypes
import math
import mmap
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from heygem_core.compat import parcel
from heygem_core.compat.mutex import RobustMutex

HEAD, TAIL, DATA, UNSETTLED, ITEMS, ROOM, JOINED, ROWS_USED, FINISHED, ROUNDS = range(8, 18)
"""Numbers of 8-byte words: the next entry to take and to write, the end of the data; whether somebody died inside
the mutex; what the bells say; how many members there have been, and how many rows have ever been in use; how many items
are finished (`JoinableQueue.task_done`), and how often all were."""
ROWS_AT = 4096
ROW_BYTES = 256
ROWS = 256
ENTRIES_AT = ROWS_AT + ROWS * ROW_BYTES
_ENTRY_BYTES = 512
_ENTRIES_PER_PAGE = mmap.PAGESIZE // _ENTRY_BYTES
_HEADER = struct.Struct("<qqq")
"""Offset in the data or `_INLINE`; bytes; number of parts."""
_INLINE = -1
_GRACE_S = 0.1
"""How long even a call that does not block waits for the mutex, which is held for microseconds."""
_SLICE_S = 1.0
"""The longest single wait for it: signals are handled in between."""


@dataclass(frozen=True)
class Descriptors:
    """What a process needs of a queue."""

    state: int
    data: int
    items: int
    room: int
    changes: int

    def close(self) -> None:
        """Close this process's copies."""
        for fd in astuple(self):
            os.close(fd)


def create() -> Descriptors:
    """Return the descriptors of a new queue, not inheritable."""
    flags = os.EFD_CLOEXEC | os.EFD_NONBLOCK
    state = os.memfd_create("heygem-queue-state", os.MFD_CLOEXEC)
    os.ftruncate(state, ENTRIES_AT)
    data = os.memfd_create("heygem-queue-data", os.MFD_CLOEXEC)
    return Descriptors(state, data, *(os.eventfd(0, flags) for _ in range(3)))


def _set_bell(fd: int, *, ringing: bool) -> None:
    with contextlib.suppress(BlockingIOError):
        os.eventfd_read(fd)
    if ringing:
        os.eventfd_write(fd, 1)


class Shared:
    """One process's view of the shared memory; `maxsize` 0 is without a bound."""

    def __init__(self, fds: Descriptors, maxsize: int, *, create: bool) -> None:
        self.fds = fds
        self.maxsize = maxsize
        mapping = mmap.mmap(fds.state, ENTRIES_AT)
        self.memory = memoryview(mapping)
        self.words = self.memory.cast("Q")
        self._mutex = RobustMutex(ctypes.addressof(ctypes.c_char.from_buffer(mapping)), create=create)
        if create:
            self.words[UNSETTLED] = 1
            with self.held(0.0):
                pass

    def close(self) -> None:
        """Unmap and close; nobody may be in a call."""
        self.words.release()
        self.memory.release()
        self.fds.close()

    def __len__(self) -> int:
        """Return the number of items, of a moment that may be past."""
        head = self.words[HEAD]
        return max(0, self.words[TAIL] - head)

    @contextlib.contextmanager
    def held(self, deadline: float) -> Iterator[None]:
        """Hold the mutex; raises TimeoutError when somebody keeps it beyond the monotonic ``deadline`` (s)."""
        now = time.monotonic()
        if not self._mutex.acquire(min(max(deadline, now + _GRACE_S), now + _SLICE_S)):
            raise TimeoutError("another process keeps the queue's mutex, it may be stopped")
        try:
            unsettled = bool(self.words[UNSETTLED])
            self.words[UNSETTLED] = 1
            try:
                yield
            finally:
                self._settle(anew=unsettled)
                self.words[UNSETTLED] = 0
        finally:
            self._mutex.release()

    def _settle(self, *, anew: bool) -> None:
        """Make the bells say what the counters say; ``anew`` where somebody died before he had done so."""
        count = self.words[TAIL] - self.words[HEAD]
        for word, fd, ringing in (
            (ITEMS, self.fds.items, count > 0),
            (ROOM, self.fds.room, not self.maxsize or count < self.maxsize),
        ):
            if anew or self.words[word] != ringing:
                _set_bell(fd, ringing=ringing)
                self.words[word] = ringing

    def announce(self) -> None:
        """Tell waiting processes that a member came or went."""
        os.eventfd_write(self.fds.changes, 1)

    def write(self, parts: list[parcel.Buffer], deadline: float) -> bytes:
        """Return the entry for an item of ``parts``, written into the data where it is larger than an entry."""
        size = sum(part.nbytes for part in parts)
        if len(parts) == 1 and size <= _ENTRY_BYTES - _HEADER.size:
            return _HEADER.pack(_INLINE, size, 1) + bytes(parts[0])
        lengths = memoryview(struct.pack(f"<{len(parts)}q", *(part.nbytes for part in parts)))
        size += lengths.nbytes
        with self.held(deadline):
            offset = self.words[DATA]
            self.words[DATA] = offset + -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        entry = _HEADER.pack(offset, size, len(parts))
        try:
            parcel.write(self.fds.data, [lengths, *parts], offset)
        except BaseException:
            self.discard(entry)
            raise
        return entry

    def append(self, entry: bytes, deadline: float) -> bool:
        """Put ``entry`` at the end; False when there is no room or somebody keeps the mutex."""
        try:
            with self.held(deadline):
                tail = self.words[TAIL]
                if self.maxsize and tail - self.words[HEAD] >= self.maxsize:
                    return False
                os.pwrite(self.fds.state, entry, ENTRIES_AT + tail * _ENTRY_BYTES)
                self.words[TAIL] = tail + 1
        except TimeoutError:
            return False
        return True

    def take(self, deadline: float, taken: int) -> bytes | None:
        """Return the first entry, now the caller's; None when there is none or somebody keeps the mutex.

        The word ``taken`` counts what the caller has taken: before ``head`` is stored, so that who is killed in between
        has one too many, of an item that is still there.
        """
        try:
            with self.held(deadline):
                head = self.words[HEAD]
                if head == self.words[TAIL]:
                    return None
                entry = os.pread(self.fds.state, _ENTRY_BYTES, ENTRIES_AT + head * _ENTRY_BYTES)
                self.words[taken] += 1
                self.words[HEAD] = head + 1
        except TimeoutError:
            return None
        if (head + 1) % _ENTRIES_PER_PAGE == 0:
            first = head + 1 - _ENTRIES_PER_PAGE
            parcel.give_back(self.fds.state, ENTRIES_AT + first * _ENTRY_BYTES, mmap.PAGESIZE)
        return entry

    def finish(self, finished: int) -> None:
        """Count one item more as finished, also in the caller's word ``finished``; raises ValueError if all are."""
        while True:
            with contextlib.suppress(TimeoutError), self.held(math.inf):
                done = self.words[FINISHED]
                if done == self.words[TAIL]:
                    raise ValueError("task_done() called too many times")
                self.words[FINISHED] = done + 1
                self.words[finished] += 1
                if done + 1 == self.words[TAIL]:
                    self.words[ROUNDS] += 1
                    self.announce()
                return

    def unfinished(self) -> int:
        """Return how many items are not finished, of a moment that may be past."""
        finished = self.words[FINISHED]
        return max(0, self.words[TAIL] - finished)

    def read(self, entry: bytes) -> list[parcel.Buffer]:
        """Return the parts of the item that ``entry`` stands for, and free its memory."""
        offset, size, count = _HEADER.unpack_from(entry)
        if offset == _INLINE:
            return [memoryview(entry)[_HEADER.size : _HEADER.size + size]]
        lengths = os.pread(self.fds.data, 8 * count, offset)
        parts = parcel.room_for(struct.unpack(f"<{count}q", lengths))
        parcel.read(self.fds.data, parts, offset + len(lengths))
        self.discard(entry)
        return parts

    def discard(self, entry: bytes) -> None:
        """Free the memory of an item that nobody will read."""
        offset, size, _ = _HEADER.unpack_from(entry)
        if offset != _INLINE:
            parcel.give_back(self.fds.data, offset, -(-size // mmap.PAGESIZE) * mmap.PAGESIZE)
