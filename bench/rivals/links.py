"""One hop from a process to the next, once per peer, driven as its documentation recommends.

A link is made in the driver and travels to the spawned processes at their start; one of them puts, one gets.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers import PLACES, Descriptors, look_at, spawn
from heygem_core.pipeline import channel

Batch = Any
"""uint8 [B, H, W, 3], or what a peer makes of it."""
_DEADLINE_S = 60.0
_PAGE = 4096


def mark(frame: NDArray[Any]) -> None:
    """Change one byte of every page: what a relay hands on is another frame than it got, as it is for a real stage."""
    frame.reshape(-1)[::_PAGE] += 1


class Link:
    """Carries batches of one shape."""

    context: Any = spawn
    """The multiprocessing context that starts the processes at its ends."""

    def __init__(self, batch: NDArray[Any]) -> None:
        self.bytes = batch.nbytes

    def put(self, batch: NDArray[Any]) -> None:
        """Hand a batch over."""
        raise NotImplementedError

    def get(self) -> Batch:
        """Return the next batch."""
        raise NotImplementedError

    def done(self) -> None:
        """Take note that what `get` returned is not needed any more."""

    def relay(self, batch: Batch, to: Any) -> None:
        """Change what `get` returned and put it into ``to``, in the cheapest way that the peer offers."""
        mark(batch)
        to.put(batch)

    def look(self, batch: Batch) -> int:
        """Read one byte of every page."""
        return look_at(batch)

    def expected(self, batch: NDArray[Any], relays: int) -> int:
        """Return what `look` must give for ``batch`` at the end of a chain with so many relays."""
        changed = batch.copy()
        for _ in range(relays):
            mark(changed)
        return look_at(changed)

    def close(self) -> None:
        """Release what the driver holds."""


class ChannelLink(Link):
    """heygem_core's channel: one copy into the slot, which the other side reads in place."""

    def __init__(self, batch: NDArray[Any]) -> None:
        super().__init__(batch)
        ends = channel.create(PLACES, batch.nbytes)
        self._shape = (ends.slots, ends.slot_bytes)
        self._theirs = Descriptors((*ends.producer_fds(), *ends.consumer_fds()[1:]))
        self._sender: channel.Sender | None = None
        self._receiver: channel.Receiver | None = None

    def put(self, batch: NDArray[Any]) -> None:
        """Copy it into a slot."""
        self._copied(batch, changed=False)

    def _copied(self, batch: NDArray[Any], *, changed: bool) -> None:
        if self._sender is None:
            region, tokens, credits_ = map(os.dup, self._theirs.fds[:3])
            self._sender = channel.Sender(region, tokens, credits_, *self._shape)
        slot = self._sender.acquire(_DEADLINE_S)
        there = slot.allocate("frame", batch.shape, batch.dtype)
        np.copyto(there, batch)
        if changed:
            mark(there)
        self._sender.send(slot, 1, 0, 1)

    def get(self) -> Batch:
        """Return the slot's array itself."""
        if self._receiver is None:
            region, tokens, credits_ = map(os.dup, (self._theirs.fds[0], *self._theirs.fds[3:]))
            self._receiver = channel.Receiver(region, tokens, credits_, *self._shape)
        item = self._receiver.receive()
        if isinstance(item, channel.EndOfStream):
            raise ValueError("an end marker came where a frame was expected")
        self._item = item
        return item["frame"]

    def done(self) -> None:
        """Give the slot back."""
        if self._receiver is not None:
            self._receiver.release(self._item)

    def relay(self, batch: Batch, to: ChannelLink) -> None:
        """Copy it into the next slot and change it there."""
        to._copied(batch, changed=True)

    def close(self) -> None:
        """Close the ends of this process, and what it kept for the others."""
        for end in (self._sender, self._receiver):
            if end is not None:
                end.close()
        for fd in self._theirs.fds:
            os.close(fd)


class QueueLink(Link):
    """multiprocessing.Queue(10) with lists of frames, as the reported service has it."""

    def __init__(self, batch: NDArray[Any]) -> None:
        super().__init__(batch)
        self._queue: Any = spawn.Queue(PLACES)

    def put(self, batch: NDArray[Any]) -> None:
        """Pickle the frames, one by one in a list."""
        self._queue.put(list(batch) if batch.ndim > 1 else batch, timeout=_DEADLINE_S)

    def get(self) -> Batch:
        """Return the list."""
        return self._queue.get(timeout=_DEADLINE_S)

    def relay(self, batch: Batch, to: QueueLink) -> None:
        """Change the frames, which are this process's own, and hand the list on."""
        for frame in batch:
            mark(frame)
        to._queue.put(batch, timeout=_DEADLINE_S)

    def look(self, batch: Batch) -> int:
        """Read one byte of every page of each frame."""
        return sum(map(look_at, batch))

    def expected(self, batch: NDArray[Any], relays: int) -> int:
        """Return what `look` must give; each frame begins anew."""
        return sum(super(QueueLink, self).expected(frame, relays) for frame in batch)

    def close(self) -> None:
        """Close the queue."""
        self._queue.close()
        self._queue.join_thread()


class TorchLink(Link):
    """torch.multiprocessing.Queue: tensors move into shared memory, a handle of each travels."""

    def __init__(self, batch: NDArray[Any]) -> None:
        super().__init__(batch)
        import torch.multiprocessing

        self.context = torch.multiprocessing.get_context("spawn")
        self._queue = self.context.Queue(PLACES)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the context here; the queue travels."""
        return {"bytes": self.bytes, "_queue": self._queue}

    def put(self, batch: NDArray[Any]) -> None:
        """Have a tensor on the array copied into shared memory."""
        import torch

        self._queue.put(torch.from_numpy(batch), timeout=_DEADLINE_S)

    def get(self) -> Batch:
        """Return the shared tensor's array."""
        self._tensor = self._queue.get(timeout=_DEADLINE_S)
        return self._tensor.numpy()

    def relay(self, batch: Batch, to: TorchLink) -> None:
        """Change it where it is and hand on its handle."""
        mark(batch)
        to._queue.put(self._tensor, timeout=_DEADLINE_S)

    def close(self) -> None:
        """Close the queue."""
        self._queue.close()
        self._queue.join_thread()


class FifoLink(Link):
    """faster-fifo's Queue: pickles through a ring of shared memory with room for as many batches."""

    def __init__(self, batch: NDArray[Any]) -> None:
        super().__init__(batch)
        from faster_fifo import Queue

        self._queue: Any = Queue(max_size_bytes=PLACES * (batch.nbytes + _PAGE))

    def put(self, batch: NDArray[Any]) -> None:
        """Pickle it."""
        self._queue.put(batch, timeout=_DEADLINE_S)

    def get(self) -> Batch:
        """Unpickle it."""
        return self._queue.get(timeout=_DEADLINE_S)

    def close(self) -> None:
        """Close the queue."""
        self._queue.close()


class ZeroMqLink(Link):
    """PUSH to PULL over ipc with ``copy=False``, sent as the manual's recipe for arrays has it."""

    def __init__(self, batch: NDArray[Any]) -> None:
        super().__init__(batch)
        self._folder = tempfile.mkdtemp(prefix="heygem-zeromq-")
        self._address = f"ipc://{self._folder}/socket"
        self._socket: Any = None

    def _connected(self, kind: str) -> Any:
        import zmq

        if self._socket is None:
            self._socket = zmq.Context.instance().socket(getattr(zmq, kind))
            self._socket.set_hwm(PLACES)
            self._socket.setsockopt(zmq.RCVTIMEO, int(1000 * _DEADLINE_S))
            self._socket.setsockopt(zmq.SNDTIMEO, int(1000 * _DEADLINE_S))
            (self._socket.connect if kind == "PUSH" else self._socket.bind)(self._address)
        return self._socket

    def put(self, batch: NDArray[Any]) -> None:
        """Send shape and dtype, then the array itself."""
        import zmq

        socket = self._connected("PUSH")
        socket.send_json({"dtype": str(batch.dtype), "shape": batch.shape}, zmq.SNDMORE)
        socket.send(batch, copy=False)

    def get(self) -> Batch:
        """Return an array on the received message."""
        socket = self._connected("PULL")
        told = socket.recv_json()
        message = socket.recv(copy=False)
        return np.frombuffer(message.buffer, told["dtype"]).reshape(told["shape"])

    def relay(self, batch: Batch, to: ZeroMqLink) -> None:
        """Change it in place where the message may be written to, else in a copy."""
        changed = batch if batch.flags.writeable else batch.copy()
        mark(changed)
        to.put(changed)

    def close(self) -> None:
        """Remove the socket's folder."""
        if self._socket is not None:
            self._socket.close()
        for entry in os.scandir(self._folder):
            os.unlink(entry.path)  # noqa: PTH108 - a socket
        os.rmdir(self._folder)  # noqa: PTH106 - as above


LINKS: Mapping[str, Callable[[NDArray[Any]], Link]] = {
    "channel": ChannelLink,
    "queue": QueueLink,
    "torch": TorchLink,
    "faster-fifo": FifoLink,
    "zeromq": ZeroMqLink,
}
