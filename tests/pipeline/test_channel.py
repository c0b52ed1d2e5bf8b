"""The channel keeps order, loses and duplicates nothing, and ends in the right error, whatever happens when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from heygem_core.errors import ChannelBroken, ChannelClosed, SlotTooSmall
from heygem_core.pipeline.channel import EndOfStream, Receiver, Sender, create
from heygem_core.pipeline.slots import InputSlot

DEADLINE_S = 10.0


def both_ends(slots: int, slot_bytes: int = 4096) -> tuple[Sender, Receiver]:
    """Return the two ends of one channel, both in this process."""
    ends = create(slots, slot_bytes)
    sender = Sender(os.dup(ends.region), ends.token_writer, ends.credit_reader, slots, ends.slot_bytes)
    return sender, Receiver(ends.region, ends.token_reader, ends.credit_writer, slots, ends.slot_bytes)


class ChannelMachine(RuleBasedStateMachine):
    """Any interleaving of put, get, release, end marker and close, against a model of what must come out."""

    @initialize(slots=st.integers(1, 4))
    def open(self, slots: int) -> None:
        """Open a channel."""
        self.slots = slots
        self.sender, self.receiver = both_ends(slots)
        self.sent: deque[int | EndOfStream] = deque()
        self.held: list[tuple[InputSlot, int]] = []
        self.next = 0

    @property
    def outstanding(self) -> int:
        """How many slots are neither free nor on their way back."""
        return len(self.held) + sum(not isinstance(value, EndOfStream) for value in self.sent)

    @precondition(lambda self: not self.sender.closed)
    @rule()
    def put(self) -> None:
        """A put succeeds exactly when a slot is free and the consumer is there."""
        free = self.outstanding < self.slots
        try:
            slot = self.sender.acquire(timeout=0.0)
        except TimeoutError:
            assert not free
            assert not self.receiver.closed
            return
        except ChannelBroken:
            assert self.receiver.closed
            return
        slot.allocate("x", (3,), np.int64)[:] = self.next
        slot.meta["value"] = self.next
        try:
            self.sender.send(slot, 1, self.next, 1)
        except ChannelBroken:
            assert self.receiver.closed
            self.sender.put_back(slot)
            return
        assert free
        assert not self.receiver.closed
        self.sent.append(self.next)
        self.next += 1

    @precondition(lambda self: not self.sender.closed and not self.receiver.closed and len(self.sent) < 8)
    @rule()
    def end(self) -> None:
        """An end marker needs no slot and keeps its place in the order."""
        self.sender.send_end(1, self.next)
        self.sent.append(EndOfStream(1, self.next))

    @precondition(lambda self: not self.receiver.closed)
    @rule()
    def get(self) -> None:
        """A get returns exactly what was sent next; the rest after the producer closed, then the error."""
        try:
            item = self.receiver.receive(timeout=0.0)
        except TimeoutError:
            assert not self.sent
            assert not self.sender.closed
            return
        except ChannelBroken:
            assert self.sender.closed
            assert not self.sent
            return
        expected = self.sent.popleft()
        if isinstance(item, EndOfStream):
            assert item == expected
            return
        assert (item.first, item.meta["value"]) == (expected, expected)
        assert item["x"].tolist() == [expected] * 3
        assert isinstance(expected, int)
        self.held.append((item, expected))

    @precondition(lambda self: self.held and not self.receiver.closed)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Slots may be released in any order; their content is intact until then."""
        item, expected = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        assert item["x"].tolist() == [expected] * 3
        self.receiver.release(item)

    @rule()
    def close_sender(self) -> None:
        """The producer closes; its own further use is its own fault."""
        self.sender.close()
        with pytest.raises(ChannelClosed):
            self.sender.acquire(timeout=0.0)

    @rule()
    def close_receiver(self) -> None:
        """The consumer closes; what it held is gone for the producer too."""
        self.receiver.close()
        with pytest.raises(ChannelClosed):
            self.receiver.receive(timeout=0.0)

    @invariant()
    def peak_is_bounded(self) -> None:
        """No more slots were ever in use than there are."""
        if hasattr(self, "sender"):
            assert self.sender.peak <= self.slots

    def teardown(self) -> None:
        """Close both ends."""
        if hasattr(self, "sender"):
            self.sender.close()
            self.receiver.close()


TestChannelMachine = ChannelMachine.TestCase
TestChannelMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def run_peer(role: str, sender: bool, slots: int = 2) -> tuple[subprocess.Popen[str], Any]:
    """Start ``role`` of tests.pipeline.peer on one end in another process; return it and our end."""
    ends = create(slots, 4096)
    fds = ends.producer_fds() if sender else ends.consumer_fds()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.peer", role, *map(str, fds), str(slots), str(ends.slot_bytes)],
        pass_fds=fds,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    ours: Any = Receiver if sender else Sender
    mine = ends.consumer_fds() if sender else ends.producer_fds()
    end = ours(*(os.dup(fd) for fd in mine), slots, ends.slot_bytes)
    ends.close()
    return process, end


def test_a_killed_producer_is_end_of_file_after_what_it_sent() -> None:
    """SIGKILL of the producer: the consumer gets every item sent before, then `ChannelBroken`, within the deadline."""
    process, receiver = run_peer("produce-two-and-wait", sender=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sent\n"
        process.send_signal(signal.SIGKILL)
        first, second = (receiver.receive(timeout=DEADLINE_S) for _ in range(2))
        assert isinstance(first, InputSlot)
        assert isinstance(second, InputSlot)
        assert [first.first, second.first] == [0, 1]
        assert second["x"].tolist() == [1] * 8
        with pytest.raises(ChannelBroken):
            receiver.receive(timeout=DEADLINE_S)
        receiver.close()
    assert process.returncode == -signal.SIGKILL


def test_a_consumer_killed_while_it_holds_a_slot_is_noticed_by_a_waiting_producer() -> None:
    """SIGKILL of a consumer that holds every slot ends the producer's wait in `ChannelBroken`: no lock is left."""
    process, sender = run_peer("take-two-and-wait", sender=False)
    with process:
        for value in range(2):
            slot = sender.acquire(timeout=DEADLINE_S)
            slot.allocate("x", (8,), np.int64)[:] = value
            sender.send(slot, 1, value, 1)
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        with pytest.raises(TimeoutError):
            sender.acquire(timeout=0.0)
        process.send_signal(signal.SIGKILL)
        with pytest.raises(ChannelBroken):
            sender.acquire(timeout=DEADLINE_S)
        sender.close()


def test_a_slot_refuses_more_than_it_holds() -> None:
    """An array that does not fit raises `SlotTooSmall` with both figures, and the slot stays usable."""
    sender, receiver = both_ends(1, 4096)
    slot = sender.acquire()
    with pytest.raises(SlotTooSmall, match=r"needs 8192 bytes, the slot has 4096"):
        slot.allocate("x", (8192,), np.uint8)
    assert slot.allocate("x", (4096,), np.uint8).nbytes == 4096
    sender.put_back(slot)
    sender.close()
    receiver.close()


def test_oversized_metadata_is_refused_and_never_blocks() -> None:
    """Metadata that could fill the pipe raises ValueError: a producer must never block in a write."""
    sender, receiver = both_ends(4)
    slot = sender.acquire()
    slot.meta["text"] = "x" * 20_000
    with pytest.raises(ValueError, match="layout and metadata take"):
        sender.send(slot, 1, 0, 1)
    sender.close()
    receiver.close()


@pytest.mark.parametrize("slots", [1, 4, 9, 13, 17, 20, 32])
def test_a_full_channel_of_the_largest_tokens_does_not_block_the_sender(slots: int) -> None:
    """Every slot's token and the end marker fit into the pipe, which holds 16 pages and does not share one freely."""
    ends = create(slots, 4096)
    region, tokens, credits_ = map(os.dup, ends.producer_fds())
    sender = Sender(region, tokens, credits_, slots, 4096)
    os.set_blocking(sender._tokens, False)
    try:
        for first in range(slots):
            slot = sender.acquire(0.0)
            slot.meta["m"] = bytes(sender._limit - 80)
            sender.send(slot, 1, first, 1)
        sender.send_end(1, slots)
    finally:
        sender.close()
        ends.close()


@pytest.mark.parametrize("dtype", [object, [("a", np.int64)]])
def test_only_plain_numbers_travel(dtype: Any) -> None:
    """Arrays of objects hold pointers, which mean nothing in another process: they are refused at once."""
    sender, receiver = both_ends(1)
    slot = sender.acquire()
    with pytest.raises(TypeError, match="allowed are plain numbers"):
        slot.allocate("x", (2,), dtype)
    sender.close()
    receiver.close()


def test_a_consumer_cannot_write_into_a_slot() -> None:
    """The consumer's views are read-only: a stage that scribbles on its input is told so."""
    sender, receiver = both_ends(1)
    slot = sender.acquire()
    slot.allocate("x", (2,), np.int64)[:] = 7
    sender.send(slot, 1, 0, 1)
    item = receiver.receive(timeout=0.0)
    assert isinstance(item, InputSlot)
    with pytest.raises(ValueError, match="read-only"):
        item["x"][0] = 1
    sender.close()
    receiver.close()


def test_nothing_of_a_channel_has_a_name() -> None:
    """A channel adds no entry to /dev/shm, so a container's 64 MiB limit there does not apply."""
    before = set(os.listdir("/dev/shm"))  # noqa: PTH208, S108 - that very folder
    sender, receiver = both_ends(4, 64 << 20)
    assert set(os.listdir("/dev/shm")) <= before  # noqa: PTH208, S108 - that very folder
    sender.close()
    receiver.close()


def test_a_layout_told_once_is_not_taken_for_another() -> None:
    """Items laid out alike, otherwise, alike again, and with metadata in between: each arrives as it was filled."""
    sender, receiver = both_ends(4)
    sent: list[tuple[dict[str, tuple[int, ...]], dict[str, int]]] = [
        ({"x": (2, 3)}, {}),
        ({"x": (2, 3)}, {}),
        ({"x": (2, 3)}, {"n": 7}),
        ({"x": (1, 3)}, {}),
        ({"a": (0,), "b": (0,)}, {}),
        ({"b": (0,), "a": (0,)}, {}),
        ({"x": (2, 3)}, {}),
    ]
    for number, (arrays, meta) in enumerate(sent):
        slot = sender.acquire(0.0)
        for name, shape in arrays.items():
            slot.allocate(name, shape, np.int64)[...] = number
        slot.meta.update(meta)
        sender.send(slot, 1, number, 1)
        item = receiver.receive(timeout=1.0)
        assert isinstance(item, InputSlot)
        assert (item.names, item.meta) == (tuple(arrays), meta)
        assert all((item[name] == number).all() and item[name].shape == shape for name, shape in arrays.items())
        # What one stage writes into it is not what the next one finds.
        item.meta["scribble"] = 1
        receiver.release(item)
    sender.close()
    receiver.close()
