"""The control page: what every worker is doing, written by the worker, read by the supervisor at any time.

One row of 64-bit words per worker in anonymous shared memory. Each row has one writer. A version word that is
odd during an update lets the reader notice a torn read and try again (a seqlock); a worker that is killed or
stopped in the middle of an update leaves it odd, and the reader then takes what is there.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class State(IntEnum):
    """What a worker is doing."""

    LAUNCHED = 0
    OPENING = 1
    IDLE = 2
    STARTING = 3
    WAITING_FOR_INPUT = 4
    WORKING = 5
    WAITING_FOR_OUTPUT = 6
    FINISHING = 7
    CLOSING = 8


RESTING = frozenset({State.IDLE, State.WAITING_FOR_INPUT, State.WAITING_FOR_OUTPUT})
"""What a stage does while it depends on others."""

_VERSION, _STATE, _SINCE, _JOB, _FRAME = range(5)
_FRAMES, _ITEMS, _PEAK, _DROPPED, _FIRST_ITEM, _FIRST_DONE = range(5, 11)
_BUSY, _WAIT_INPUT, _WAIT_OUTPUT = range(11, 14)
_HISTOGRAM = 16

_SUB_BITS = 4
_LOWEST_BIT = 10
_OCTAVES = 32
BUCKETS = _OCTAVES << _SUB_BITS
"""16 buckets per doubling from 1 µs to 73 min: percentiles are at most 3 % off."""
ROW_WORDS = _HISTOGRAM + BUCKETS

_TIME_OF = {
    State.WORKING: _BUSY,
    State.WAITING_FOR_INPUT: _WAIT_INPUT,
    State.WAITING_FOR_OUTPUT: _WAIT_OUTPUT,
}


def bucket_of(nanoseconds: int) -> int:
    """Return the histogram bucket of a duration."""
    bits = nanoseconds.bit_length()
    if bits <= _LOWEST_BIT:
        return 0
    octave = bits - 1 - _LOWEST_BIT
    sub = (nanoseconds >> (bits - 1 - _SUB_BITS)) & ((1 << _SUB_BITS) - 1)
    return int(min(BUCKETS - 1, (octave << _SUB_BITS) + sub + 1))


def duration_of(bucket: int) -> float:
    """Return the middle of a bucket in nanoseconds."""
    octave, sub = divmod(max(0, bucket - 1), 1 << _SUB_BITS)
    return float((1 << (octave + _LOWEST_BIT)) * (1 + (sub + 0.5) / (1 << _SUB_BITS)))


class RowWriter:
    """The worker's side of its row."""

    def __init__(self, fd: int, index: int) -> None:
        size = (index + 1) * ROW_WORDS * 8
        self._mapping = mmap.mmap(fd, size)
        self._words = memoryview(self._mapping).cast("q")[index * ROW_WORDS :]
        self._state = State.LAUNCHED
        self._since = self._words[_SINCE]

    def opening(self) -> None:
        """Enter `State.OPENING` without a new clock: start-up and ``open`` share one budget."""
        self._words[_STATE] = self._state = State.OPENING

    def begin(self) -> None:
        """Forget what is told per job."""
        for word in (_PEAK, _FIRST_ITEM, _FIRST_DONE):
            self._words[word] = 0

    @property
    def since(self) -> int:
        """When the current state was entered, monotonic nanoseconds."""
        return self._since

    def enter(self, state: State, *, job: int = 0, frame: int = -1) -> int:
        """Enter ``state`` and return the nanoseconds spent in the previous one."""
        now = time.monotonic_ns()
        spent = now - self._since
        words = self._words
        words[_VERSION] += 1
        counter = _TIME_OF.get(self._state)
        if counter is not None:
            words[counter] += spent
        words[_STATE] = state
        words[_SINCE] = now
        words[_JOB] = job
        words[_FRAME] = frame
        words[_VERSION] += 1
        self._state = state
        self._since = now
        return spent

    def count(self, frames: int, nanoseconds: int, *, first: bool, peak: int) -> None:
        """Record one finished item; a job's first item is kept apart from the histogram (warm-up)."""
        words = self._words
        words[_VERSION] += 1
        words[_FRAMES] += frames
        words[_ITEMS] += 1
        words[_PEAK] = max(words[_PEAK], peak)
        if first:
            words[_FIRST_ITEM] = nanoseconds
            words[_FIRST_DONE] = time.monotonic_ns()
        else:
            words[_HISTOGRAM + bucket_of(nanoseconds)] += 1
        words[_VERSION] += 1

    def drop(self) -> None:
        """Record one stale message of another job."""
        self._words[_DROPPED] += 1


@dataclass(frozen=True)
class Reading:
    """One consistent copy of a row; times are monotonic nanoseconds."""

    words: NDArray[np.int64]

    @property
    def state(self) -> State:
        """What the worker was doing."""
        return State(int(self.words[_STATE]))

    @property
    def since(self) -> int:
        """When it entered that state."""
        return int(self.words[_SINCE])

    @property
    def job(self) -> int:
        """Identifier of the job it was at, 0 for none."""
        return int(self.words[_JOB])

    @property
    def frame(self) -> int:
        """First frame of the item it was at, -1 for none."""
        return int(self.words[_FRAME])

    @property
    def frames(self) -> int:
        """Frames done."""
        return int(self.words[_FRAMES])

    @property
    def items(self) -> int:
        """Items (slots) done."""
        return int(self.words[_ITEMS])

    @property
    def peak(self) -> int:
        """Most output slots ever in use at once."""
        return int(self.words[_PEAK])

    @property
    def dropped(self) -> int:
        """Stale messages of other jobs dropped."""
        return int(self.words[_DROPPED])

    @property
    def first_item(self) -> int:
        """Nanoseconds the latest job's first item took."""
        return int(self.words[_FIRST_ITEM])

    @property
    def first_done(self) -> int:
        """When the latest job's first item was done, 0 for never."""
        return int(self.words[_FIRST_DONE])

    def seconds(self) -> tuple[float, float, float]:
        """Return seconds spent working, waiting for input, waiting for output."""
        busy, wait_in, wait_out = (int(self.words[k]) / 1e9 for k in (_BUSY, _WAIT_INPUT, _WAIT_OUTPUT))
        return busy, wait_in, wait_out

    def since_baseline(self, baseline: Reading) -> Reading:
        """Return the counters less those of ``baseline``; state, times and peak stay as they are."""
        words = self.words.copy()
        for k in (_FRAMES, _ITEMS, _DROPPED, _BUSY, _WAIT_INPUT, _WAIT_OUTPUT):
            words[k] -= baseline.words[k]
        words[_HISTOGRAM:] -= baseline.words[_HISTOGRAM:]
        return Reading(words)

    def percentile(self, q: float) -> float | None:
        """Return the ``q`` (0..1) quantile of item times in nanoseconds, first items left out; None if empty."""
        counts = self.words[_HISTOGRAM:]
        total = int(counts.sum())
        if total == 0:
            return None
        rank = int(np.searchsorted(np.cumsum(counts), max(1, int(np.ceil(q * total)))))
        return duration_of(rank)


class ControlPage:
    """The supervisor's side: the shared region and readings of its rows."""

    def __init__(self, rows: int) -> None:
        self.fd = os.memfd_create("heygem-control", os.MFD_CLOEXEC)
        try:
            os.ftruncate(self.fd, rows * ROW_WORDS * 8)
            self._mapping = mmap.mmap(self.fd, rows * ROW_WORDS * 8)
        except BaseException:
            os.close(self.fd)
            raise
        self._words = np.frombuffer(self._mapping, np.int64).reshape(rows, ROW_WORDS)

    def read(self, index: int) -> Reading:
        """Return a copy of row ``index``, consistent unless its writer stopped in mid-update."""
        row = self._words[index]
        for _ in range(50):
            before = int(row[_VERSION])
            copy = row.copy()
            if before % 2 == 0 and int(row[_VERSION]) == before:
                break
        return Reading(copy)

    def reset(self, index: int) -> None:
        """Clear a row whose worker is gone, before its successor starts."""
        self._words[index] = 0
        self._words[index, _SINCE] = time.monotonic_ns()

    def close(self) -> None:
        """Release the shared memory; the last readings stay."""
        self._words = self._words.copy()
        # Closed by name and not left to the collector: a mapping keeps a duplicate of its descriptor. A thread that
        # is reading statistics at this moment keeps it a little longer.
        with contextlib.suppress(BufferError):
            self._mapping.close()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
