"""An object as bytes to move: its pickle and, out of band, the memory that it refers to."""

from __future__ import annotations

import ctypes
import io
import os
import pickle
from collections.abc import Callable, Sequence
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

Buffer = memoryview
_MOST_VIEWS = 512
"""Per system call; IOV_MAX is 1024 on Linux."""
_PUNCH_HOLE = 0x01 | 0x02
"""FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, include/uapi/linux/falloc.h."""
_LIBC = ctypes.CDLL(None, use_errno=True)


def pack(item: object) -> list[Buffer]:
    """Return pickle and out-of-band buffers of ``item``; raises what pickling raises.

    Knows the reducers that multiprocessing and its users have registered (connections, sockets, tensors).
    """
    buffers: list[pickle.PickleBuffer] = []
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, 5, buffer_callback=buffers.append)
    pickler.dispatch_table = ForkingPickler(io.BytesIO()).dispatch_table
    pickler.dump(item)
    return [stream.getbuffer(), *(buffer.raw() for buffer in buffers)]


def unpack(parts: Sequence[Buffer]) -> Any:
    """Return the object that `pack` made ``parts`` of; raises what unpickling raises."""
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - from a process of the same program


def room_for(lengths: Sequence[int]) -> list[Buffer]:
    """Return writable memory for parts of these lengths, each its own, not initialised."""
    return [np.empty(length, np.uint8).data for length in lengths]


def _transfer(call: Callable[[int, list[Buffer], int], int], fd: int, parts: Sequence[Buffer], offset: int) -> None:
    left = [part.cast("B") if part.format != "B" or part.ndim != 1 else part for part in parts if part.nbytes]
    while left:
        done = call(fd, left[:_MOST_VIEWS], offset)
        if done == 0:
            raise EOFError(f"the queue's memory ends at {offset}")
        offset += done
        while left and done >= len(left[0]):
            done -= len(left.pop(0))
        if done:
            left[0] = left[0][done:]


def write(fd: int, parts: Sequence[Buffer], offset: int) -> None:
    """Write ``parts`` one behind the other at ``offset``; raises OSError."""
    _transfer(os.pwritev, fd, parts, offset)


def read(fd: int, parts: Sequence[Buffer], offset: int) -> None:
    """Fill ``parts`` from what lies at ``offset``; raises OSError, EOFError."""
    _transfer(os.preadv, fd, parts, offset)


def give_back(fd: int, offset: int, length: int) -> None:
    """Return the memory of whole pages in this span to the kernel; raises OSError."""
    span = (ctypes.c_int(fd), ctypes.c_int(_PUNCH_HOLE), ctypes.c_int64(offset), ctypes.c_int64(length))
    if _LIBC.fallocate(*span):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
