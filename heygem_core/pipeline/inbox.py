"""Messages of one worker, taken from its socket without ever waiting for the rest of one.

A worker may be stopped, or die, in the middle of a message; its supervisor must not wait with it. The framing is
that of `multiprocessing.connection.Connection`, which writes at the other end: a 32-bit length, or -1 and a 64-bit
one, then the pickle.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
from collections.abc import Iterator

from heygem_core.pipeline import reports
from heygem_core.pipeline.closing import Closing
from heygem_core.pipeline.messages import Event

_SHORT = struct.Struct("!i")
_LONG = struct.Struct("!Q")
_CHUNK = 1 << 20


class Inbox(Closing):
    """Reads one control socket; owns a duplicate of its descriptor."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fd))
        self._buffer = bytearray()
        self.ended = False

    def take(self) -> Iterator[tuple[int | None, Event]]:
        """Yield the messages that are completely there, each with the index of its stage, None where it tells none.

        ``ended`` is set once no more can come.
        """
        while not self.ended:
            try:
                data = self._socket.recv(_CHUNK, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except ConnectionResetError:
                data = b""
            self.ended = not data
            self._buffer += data
        while (message := self._cut()) is not None:
            yield _read(message)

    def _cut(self) -> bytes | None:
        if len(self._buffer) < _SHORT.size:
            return None
        (length,) = _SHORT.unpack_from(self._buffer)
        begin = _SHORT.size
        if length == -1:
            if len(self._buffer) < begin + _LONG.size:
                return None
            (length,) = _LONG.unpack_from(self._buffer, begin)
            begin += _LONG.size
        if len(self._buffer) < begin + length:
            return None
        message = bytes(self._buffer[begin : begin + length])
        del self._buffer[: begin + length]
        return message

    def close(self) -> None:
        """Close the duplicate."""
        self._socket.close()


def _read(message: bytes) -> tuple[int | None, Event]:
    try:
        told = pickle.loads(message)  # noqa: S301 - our own worker
        stage, event = told if isinstance(told, tuple) else (None, told)
        if not isinstance(event, Event):
            raise TypeError(f"{type(event).__name__} is no message")
    except Exception as error:
        # Somebody in the worker wrote to a descriptor that is not his: that stage's fault, and the end of its worker.
        return None, reports.raised(error, 0, "what its process wrote into its control socket")
    return stage, event
