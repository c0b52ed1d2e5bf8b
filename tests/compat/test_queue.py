"""In one process: the queue does what a bounded first-in-first-out queue does, and keeps no memory."""

from __future__ import annotations

import os
import pickle
import queue
import threading
import time
from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from heygem_core.compat import Queue
from tests.compat.waiting import DEADLINE_S, assert_told_when_closed


class QueueMachine(RuleBasedStateMachine):
    """Any interleaving of put and get, of items small and large, against a deque."""

    @initialize(maxsize=st.integers(0, 5))
    def open(self, maxsize: int) -> None:
        """Open a queue."""
        self.queue: Any = self.build(maxsize)
        self.maxsize = maxsize
        self.model: deque[bytes] = deque()
        self.puts = self.finished = 0

    def build(self, maxsize: int) -> Queue[bytes]:
        """Return the queue under test."""
        return Queue(maxsize)

    @rule(item=st.sampled_from((0, 1, 400, 485, 486, 5_000, 100_000)).map(os.urandom))
    def put(self, item: bytes) -> None:
        """Put, or find it full exactly when it is."""
        if self.maxsize and len(self.model) == self.maxsize:
            with pytest.raises(queue.Full):
                self.queue.put_nowait(item)
            return
        self.queue.put_nowait(item)
        self.puts += 1
        self.model.append(item)

    @rule()
    def get(self) -> None:
        """Get the oldest, or find it empty exactly when it is."""
        if self.model:
            assert self.queue.get_nowait() == self.model.popleft()
            return
        with pytest.raises(queue.Empty):
            self.queue.get_nowait()

    @invariant()
    def the_counts_agree(self) -> None:
        """What it says of itself is so."""
        assert self.queue.qsize() == len(self.model)
        assert self.queue.empty() == (not self.model)
        assert self.queue.full() == (0 < self.maxsize == len(self.model))

    def teardown(self) -> None:
        """Close."""
        self.queue.close()


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def allocated(fd: int) -> int:
    """Return the bytes of memory behind a memfd."""
    return os.fstat(fd).st_blocks * 512


def test_memory_is_what_is_inside() -> None:
    """Ten lists of four frames take their bytes and a page each; once read, a page at most is left."""
    frames: Queue[Any] = Queue(10)
    shared = frames._shared
    assert shared is not None
    item = [np.full((270, 480, 3), number, np.uint8) for number in range(4)]
    for _ in range(10):
        frames.put(item)
    size = 4 * item[0].nbytes
    assert 10 * size <= allocated(shared.fds.data) <= 10 * (size + 2 * 4096)
    for _ in range(10):
        got = frames.get()
        assert [int(frame[0, 0, 0]) for frame in got] == [0, 1, 2, 3]
        assert all(frame.flags.writeable for frame in got)
    assert allocated(shared.fds.data) == 0
    frames.close()


def test_a_queue_without_a_bound_takes_what_comes() -> None:
    """Ten thousand puts with nobody at the other end, and their entries' memory returns page by page."""
    many: Queue[int] = Queue()
    for number in range(10_000):
        many.put(number)
    shared = many._shared
    assert shared is not None
    full = allocated(shared.fds.state)
    assert [many.get() for _ in range(10_000)] == list(range(10_000))
    assert allocated(shared.fds.state) < full / 50
    many.close()


def test_what_cannot_be_pickled_raises_in_put_and_leaves_nothing() -> None:
    """Not in a thread, where nobody sees it; the queue is as before."""
    one: Queue[Any] = Queue(1)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        one.put(lambda: None)
    assert one.empty()
    one.put(1)
    assert one.get() == 1
    one.close()


@pytest.mark.parametrize("timeout", [0.0, 0.01, 0.15])
def test_timeouts_are_honest(timeout: float) -> None:
    """Full and Empty come after the timeout, not before."""
    one: Queue[int] = Queue(1)
    for wait, error in (
        (lambda: one.get(timeout=timeout), queue.Empty),
        (lambda: one.put(2, True, timeout), queue.Full),
    ):
        began = time.monotonic()
        with pytest.raises(error):
            wait()
        assert timeout <= time.monotonic() - began < timeout + DEADLINE_S
        one.put(1) if one.empty() else None
    one.close()


def test_a_closed_queue_says_so_even_to_a_thread_that_waits() -> None:
    """ValueError for every call, and in another thread's get that was waiting."""
    closing: Queue[int] = Queue()
    assert_told_when_closed(closing, closing.get)
    for call in (lambda: closing.put(1), closing.get, closing.qsize, closing.empty):
        with pytest.raises(ValueError, match="is closed"):
            call()
    closing.close()
    closing.join_thread()
    closing.cancel_join_thread()


def test_it_is_pickled_only_to_start_a_process() -> None:
    """As multiprocessing's: descriptors mean nothing elsewhere."""
    own: Queue[int] = Queue()
    with pytest.raises(RuntimeError, match="should only be shared between processes through inheritance"):
        pickle.dumps(own)
    own.close()


def test_threads_share_it() -> None:
    """Four threads put, four get: nothing lost, nothing twice."""
    shared: Queue[Any] = Queue(3)
    got: list[int] = []

    def take() -> None:
        while (number := shared.get()) is not None:
            got.append(number)

    def give(first: int) -> None:
        for number in range(first, 200, 4):
            shared.put(number)

    readers = [threading.Thread(target=take) for _ in range(4)]
    writers = [threading.Thread(target=give, args=(first,)) for first in range(4)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join(DEADLINE_S)
    for _ in readers:
        shared.put(None)
    for thread in readers:
        thread.join(DEADLINE_S)
    assert sorted(got) == list(range(200))
    shared.close()
