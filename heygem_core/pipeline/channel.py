"""Frames from one process to the next: N slots in anonymous shared memory, tokens forward, credits back.

    producer ── token pipe: slot number, job, first, count, layout ──▶ consumer
    producer ◀── credit pipe: one byte, the number of a freed slot ── consumer
         └────────── memfd: slots × slot_bytes, read in place ─────────┘

A pipe is the only thing the two sides wait on, so a dead peer is end-of-file, at once, and there is no lock
that a killed process can leave held. The region has no name: the kernel frees it with its last user.

Neither end ever blocks in a write: credits bound the tokens in flight, and `_token_limit` bounds each token
so that all of them fit into the pipe's buffer. A token is a header of fixed size, readable whatever follows it,
and the slot's pickled content.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import select
import struct
import time
from dataclasses import dataclass

from heygem_core.errors import ChannelBroken, ChannelClosed
from heygem_core.pipeline.slots import InputSlot, OutputSlot, Place

TOKEN_PAGES = 4
"""Pages of the pipe per token."""
MAX_SLOTS = 32
"""More slots than this hide no more latency, and their tokens would not fit into a pipe of usual size."""
_HEADER = struct.Struct("<iqqq")
"""Slot number, or `_END`; job; first frame; number of frames."""
_END = -1
_LENGTH = struct.Struct("!i")
"""In front of each token: the number of its bytes."""
_READ_BYTES = 1 << 16
"""As many tokens as are there are read at once; what is not complete yet is waited for."""


@dataclass(frozen=True)
class EndOfStream:
    """Marker that follows the last frame of a job; ``frames`` is how many there were."""

    job: int
    frames: int


@dataclass(frozen=True)
class Ends:
    """File descriptors of one channel: ``region`` is for both sides, two for the producer, two for the consumer."""

    region: int
    token_writer: int
    token_reader: int
    credit_writer: int
    credit_reader: int
    slots: int
    slot_bytes: int

    def producer_fds(self) -> tuple[int, int, int]:
        """Return what `Sender` needs, in its order."""
        return self.region, self.token_writer, self.credit_reader

    def consumer_fds(self) -> tuple[int, int, int]:
        """Return what `Receiver` needs, in its order."""
        return self.region, self.token_reader, self.credit_writer

    def close(self) -> None:
        """Close this process's copies; end-of-file is seen by a peer only when no copy is left open."""
        for fd in (self.region, self.token_writer, self.token_reader, self.credit_writer, self.credit_reader):
            os.close(fd)


def create(slots: int, slot_bytes: int) -> Ends:
    """Create a channel and return its descriptors, not inheritable; pages are committed only once touched."""
    if not 1 <= slots <= MAX_SLOTS:
        raise ValueError(f"slots is {slots!r}, allowed is 1 to {MAX_SLOTS}")
    if slot_bytes < 1:
        raise ValueError(f"slot_bytes is {slot_bytes!r}, allowed is 1 and more")
    slot_bytes = -(-slot_bytes // mmap.PAGESIZE) * mmap.PAGESIZE
    with contextlib.ExitStack() as opened:
        region = os.memfd_create("heygem-channel", os.MFD_CLOEXEC)
        opened.callback(os.close, region)
        os.ftruncate(region, slots * slot_bytes)
        token_reader, token_writer = _pipe(opened)
        credit_reader, credit_writer = _pipe(opened)
        # A user who has used up the pipe memory granted to all keeps what a pipe has; `_token_limit` goes by that.
        with contextlib.suppress(PermissionError):
            fcntl.fcntl(token_writer, fcntl.F_SETPIPE_SZ, (slots + 1) * TOKEN_PAGES * mmap.PAGESIZE)
        if (pages := _pages(token_writer)) <= slots:
            raise ValueError(
                f"slots is {slots}, but the kernel grants this user pipes of {pages} pages: allowed is less"
            )
        opened.pop_all()
    return Ends(region, token_writer, token_reader, credit_writer, credit_reader, slots, slot_bytes)


def _pipe(opened: contextlib.ExitStack) -> tuple[int, int]:
    reader, writer = os.pipe()
    for fd in (reader, writer):
        opened.callback(os.close, fd)
    return reader, writer


def _pages(pipe: int) -> int:
    return int(fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)) // mmap.PAGESIZE


def _token_limit(pipe: int, slots: int) -> int:
    """Return the bytes a token may have so that ``slots`` of them and an end marker fit into the pipe.

    A pipe holds pages, and in the worst case no two writes share one.
    """
    return min(TOKEN_PAGES, _pages(pipe) // (slots + 1)) * mmap.PAGESIZE - _LENGTH.size


class _End:
    """What both ends share: the mapping, a descriptor to wait on, and closing."""

    def __init__(self, region: int, slots: int, slot_bytes: int, protection: int) -> None:
        self.slots = slots
        self.slot_bytes = slot_bytes
        mapping = mmap.mmap(region, slots * slot_bytes, prot=protection)
        os.close(region)
        # The views keep the mapping alive; closing it under a stage's array would be a segmentation fault.
        self._memory = memoryview(mapping)
        self.closed = False

    def _slot_view(self, index: int) -> memoryview:
        return self._memory[index * self.slot_bytes : (index + 1) * self.slot_bytes]

    def _check_open(self) -> None:
        if self.closed:
            raise ChannelClosed("this end of the channel was closed here")

    def fileno(self) -> int:
        """Return the descriptor that turns readable when this end can go on, or its peer is gone."""
        raise NotImplementedError

    @property
    def pending(self) -> bool:
        """Whether this end can go on although its descriptor does not say so."""
        return False

    def _wait(self, deadline: float | None) -> bool:
        """Wait until `fileno` is readable; False once the monotonic ``deadline`` (s) is past."""
        poller = select.poll()
        poller.register(self.fileno(), select.POLLIN)
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        return bool(poller.poll(timeout))


class Sender(_End):
    """The producer's end. Takes ownership of the three descriptors."""

    def __init__(self, region: int, token_writer: int, credit_reader: int, slots: int, slot_bytes: int) -> None:
        super().__init__(region, slots, slot_bytes, mmap.PROT_READ | mmap.PROT_WRITE)
        self._tokens = token_writer
        self._credits = credit_reader
        self._free = list(range(slots))
        self._limit = _token_limit(token_writer, slots)
        self._layout: tuple[dict[str, Place], bytes] = ({}, b"")
        self.peak = 0

    def fileno(self) -> int:
        """Return the credit pipe's descriptor."""
        return self._credits

    @property
    def free(self) -> int:
        """How many slots can be acquired without waiting, as far as this end has been told."""
        return len(self._free)

    def collect(self) -> None:
        """Take the credits that have arrived; raises `ChannelBroken` when the consumer is gone."""
        self._check_open()
        freed = os.read(self._credits, MAX_SLOTS)
        if not freed:
            raise ChannelBroken("the consumer of this channel is gone")
        self._free.extend(freed)

    def acquire(self, timeout: float | None = None) -> OutputSlot:
        """Return a free slot; raises TimeoutError after ``timeout`` seconds, `ChannelBroken`, `ChannelClosed`."""
        self._check_open()
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._free:
            if not self._wait(deadline):
                raise TimeoutError(f"no slot was freed within {timeout} s")
            self.collect()
        # First in, first out: the slot that was freed first is the one most likely to be out of use everywhere.
        index = self._free.pop(0)
        self.peak = max(self.peak, self.slots - len(self._free))
        return OutputSlot(index, self._slot_view(index))

    def put_back(self, slot: OutputSlot) -> None:
        """Return an acquired slot unsent."""
        if not self.closed:
            self._free.append(slot.index)

    def send(self, slot: OutputSlot, job: int, first: int, count: int) -> None:
        """Hand ``slot`` to the consumer; raises ValueError for oversized metadata, `ChannelBroken`."""
        self._transmit(_HEADER.pack(slot.index, job, first, count) + self._content(slot))
        slot.sent = True

    def _content(self, slot: OutputSlot) -> bytes:
        """Return layout and metadata, pickled; one item is mostly laid out as the last was, and has no metadata."""
        if slot.meta:
            return slot.content()
        if list(slot.places.items()) != list(self._layout[0].items()):
            self._layout = (slot.places, slot.content())
        return self._layout[1]

    def send_end(self, job: int, frames: int) -> None:
        """Tell the consumer that the job's ``frames`` frames were all; needs no slot."""
        self._transmit(_HEADER.pack(_END, job, frames, 0))

    def _transmit(self, payload: bytes) -> None:
        self._check_open()
        if len(payload) > self._limit:
            raise ValueError(f"layout and metadata take {len(payload)} bytes, allowed are {self._limit}")
        try:
            written = os.write(self._tokens, _LENGTH.pack(len(payload)) + payload)
        except BrokenPipeError:
            raise ChannelBroken("the consumer of this channel is gone") from None
        if written != _LENGTH.size + len(payload):
            raise BlockingIOError("the pipe had no room for a token")

    def close(self) -> None:
        """Close this end; the consumer gets what was sent, then `ChannelBroken`."""
        if not self.closed:
            self.closed = True
            os.close(self._tokens)
            os.close(self._credits)


class Receiver(_End):
    """The consumer's end. Takes ownership of the three descriptors."""

    def __init__(self, region: int, token_reader: int, credit_writer: int, slots: int, slot_bytes: int) -> None:
        super().__init__(region, slots, slot_bytes, mmap.PROT_READ)
        self._tokens = token_reader
        self._credits = credit_writer
        self._layouts: dict[bytes, dict[str, Place]] = {}
        self._read = b""
        self._cut = 0
        """How much of what was read has been taken."""

    def fileno(self) -> int:
        """Return the token pipe's descriptor."""
        return self._tokens

    @property
    def pending(self) -> bool:
        """Whether a token has been read already."""
        return self._end_of_token() is not None

    def _end_of_token(self) -> int | None:
        """Return where in what was read the next token ends, None where it is not complete."""
        begin = self._cut + _LENGTH.size
        if len(self._read) < begin:
            return None
        (length,) = _LENGTH.unpack_from(self._read, self._cut)
        return begin + length if len(self._read) >= begin + length else None

    def receive(self, timeout: float | None = None) -> InputSlot | EndOfStream:
        """Return the next slot or end marker; raises TimeoutError, `ChannelBroken`, `ChannelClosed`."""
        self._check_open()
        deadline = None if timeout is None else time.monotonic() + timeout
        while (end := self._end_of_token()) is None:
            if deadline is not None and not self._wait(deadline):
                raise TimeoutError(f"nothing was sent within {timeout} s")
            data = os.read(self._tokens, _READ_BYTES)
            if not data:
                raise ChannelBroken("the producer of this channel is gone")
            self._read, self._cut = self._read[self._cut :] + data, 0
        begin = self._cut + _LENGTH.size
        index, job, first, count = _HEADER.unpack_from(self._read, begin)
        self._cut = end
        if index == _END:
            return EndOfStream(job, first)
        content = self._read[begin + _HEADER.size : end]
        return InputSlot(index, self._slot_view(index), job, first, count, content, self._layouts)

    def release(self, slot: InputSlot) -> None:
        """Give the slot back; a producer that is gone no longer wants it, which is not an error here."""
        self._check_open()
        try:
            os.write(self._credits, bytes((slot.index,)))
        except BrokenPipeError:
            return

    def close(self) -> None:
        """Close this end; the producer gets `ChannelBroken` from its next call."""
        if not self.closed:
            self.closed = True
            os.close(self._tokens)
            os.close(self._credits)
