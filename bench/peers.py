"""The consuming ends of a benchmark, in processes of their own, and what carries frames to them."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import time
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from heygem_core.errors import ChannelBroken
from heygem_core.pipeline import channel

Frame = NDArray[np.uint8]
PLACES = 10
"""Frames in flight: the reported service's queue has ten places."""
_DEADLINE_S = 60.0
_PAGE = 4096

spawn = multiprocessing.get_context("spawn")


def look_at(frame: Frame) -> int:
    """Read one byte of every page, so that each frame really reaches the consumer; the same for every carrier."""
    return int(frame.reshape(-1)[::_PAGE].sum())


class Carrier(Protocol):
    """Takes frames to a consumer in another process."""

    def __enter__(self) -> Self:
        """Start the consumer."""

    def __exit__(self, *_: object) -> None:
        """End it."""

    def carry(self, frame: Frame, count: int) -> float:
        """Send ``frame`` ``count`` times; return the seconds until the consumer has seen the last one."""


class Descriptors:
    """File descriptors that travel to a spawned process as duplicates."""

    def __init__(self, fds: tuple[int, ...]) -> None:
        self.fds = fds

    def __getstate__(self) -> list[Any]:
        """Duplicate them for the process being spawned."""
        return [reduction.DupFd(fd) for fd in self.fds]

    def __setstate__(self, duplicates: list[Any]) -> None:
        """Take the duplicates over."""
        self.fds = tuple(duplicate.detach() for duplicate in duplicates)


def consume_channel(descriptors: Descriptors, slot_bytes: int, answers: Connection) -> None:
    """Look at frames in place, answer each end of stream with their number, until the producer is gone."""
    region, tokens, credits_ = descriptors.fds
    receiver = channel.Receiver(region, tokens, credits_, PLACES, slot_bytes)
    seen = 0
    with suppress(ChannelBroken):
        while True:
            item = receiver.receive()
            if isinstance(item, channel.EndOfStream):
                answers.send(seen)
                seen = 0
            else:
                look_at(item["frame"])
                receiver.release(item)
                seen += 1
    receiver.close()


def consume_queue(queue: Queue[Frame | None], answers: Connection) -> None:
    """Look at frames, answer each None with their number, until the answers are no longer read."""
    seen = 0
    while True:
        frame = queue.get()
        if frame is not None:
            look_at(frame)
            seen += 1
        elif seen:
            answers.send(seen)
            seen = 0
        else:
            return


class _Peer:
    """A consumer process and the pipe on which it answers."""

    def __init__(self) -> None:
        self._answers, self._theirs = spawn.Pipe(duplex=False)
        self._process: Any = None

    def _start(self, target: Any, *arguments: Any) -> None:
        self._process = spawn.Process(target=target, args=(*arguments, self._theirs))
        self._process.start()
        self._theirs.close()

    def _answered(self, began: float, count: int) -> float:
        if not self._answers.poll(_DEADLINE_S):
            raise TimeoutError(f"the consumer did not see {count} frames within {_DEADLINE_S} s")
        seen = self._answers.recv()
        took = time.perf_counter() - began
        if seen != count:
            raise ValueError(f"{count} frames were sent, the consumer saw {seen}")
        return took

    def _end(self) -> None:
        self._process.join(_DEADLINE_S)
        self._process.close()
        self._answers.close()


class OurChannel(_Peer):
    """heygem_core's channel: one copy into the slot, read in place."""

    def __init__(self, frame_bytes: int) -> None:
        super().__init__()
        self._ends = channel.create(PLACES, frame_bytes)
        self._sender: channel.Sender | None = None

    def __enter__(self) -> Self:
        """Start the consumer."""
        ends = self._ends
        self._start(consume_channel, Descriptors(ends.consumer_fds()), ends.slot_bytes)
        region, tokens, credits_ = (os.dup(fd) for fd in ends.producer_fds())
        # Without our copies of the consumer's ends, each side sees the other go.
        ends.close()
        self._sender = channel.Sender(region, tokens, credits_, PLACES, ends.slot_bytes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """End it."""
        if self._sender is not None:
            self._sender.close()
        self._end()

    def carry(self, frame: Frame, count: int) -> float:
        """Send ``frame`` ``count`` times; return the seconds until the consumer has seen the last one."""
        sender = self._sender
        if sender is None:
            raise ValueError("the carrier was not started")
        began = time.perf_counter()
        for index in range(count):
            slot = sender.acquire(_DEADLINE_S)
            np.copyto(slot.allocate("frame", frame.shape, frame.dtype), frame)
            sender.send(slot, 1, index, 1)
        sender.send_end(1, count)
        return self._answered(began, count)


class ReportedQueue(_Peer):
    """multiprocessing.Queue(10), as the reported service has it: each frame pickled through a pipe."""

    def __init__(self) -> None:
        super().__init__()
        self._queue: Queue[Frame | None] = spawn.Queue(PLACES)

    def __enter__(self) -> Self:
        """Start the consumer."""
        self._start(consume_queue, self._queue)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """End it."""
        self._queue.put(None, timeout=_DEADLINE_S)
        self._end()
        self._queue.close()
        self._queue.join_thread()

    def carry(self, frame: Frame, count: int) -> float:
        """Send ``frame`` ``count`` times; return the seconds until the consumer has seen the last one."""
        began = time.perf_counter()
        for _ in range(count):
            self._queue.put(frame, timeout=_DEADLINE_S)
        self._queue.put(None, timeout=_DEADLINE_S)
        return self._answered(began, count)


def aligned_places(frame: Frame) -> list[Frame]:
    """Return `PLACES` copies of ``frame`` that each begin at a page.

    A channel's slots do; with numpy's own alignment memcpy was half as fast here, which is no limit.
    """
    size = -(-frame.nbytes // _PAGE) * _PAGE
    memory = memoryview(mmap.mmap(-1, PLACES * size))
    places = [np.ndarray(frame.shape, frame.dtype, memory, index * size) for index in range(PLACES)]
    for place in places:
        np.copyto(place, frame)
    return places


def copy(frame: Frame, places: list[Frame], count: int) -> float:
    """Copy ``frame`` ``count`` times into one of ``places`` after the other; return the seconds: the limit."""
    began = time.perf_counter()
    for index in range(count):
        np.copyto(places[index % len(places)], frame)
    return time.perf_counter() - began
