"""What two stages of one worker hand to each other: arrays in its own memory, which the next item uses again."""

from __future__ import annotations

import math
import mmap
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from heygem_core.errors import SlotTooSmall
from heygem_core.pipeline.slots import ALIGNMENT, Place, check_arrays, plain_number
from heygem_core.pipeline.stage import Item, Produces


class HandedSlot:
    """A slot that its stage fills and the next stage of the same worker reads; `Slot` to the one, `Item` to the other.

    What is written must fit ``slot_bytes`` as it would have to in a channel, so that placement never decides
    whether a job works. A shared array is the other slot's, which lives until the worker is done with its item.
    """

    def __init__(self, slot_bytes: int) -> None:
        self.job = self.first = self.count = 0
        self.meta: dict[str, Any] = {}
        self._slot_bytes = slot_bytes
        self._used = 0
        self._arrays: dict[str, NDArray[Any]] = {}
        self._memory: dict[str, mmap.mmap] = {}

    def begin(self, job: int, first: int, count: int) -> None:
        """Make room for the next item."""
        self.job, self.first, self.count = job, first, count
        self.meta = {}
        self._used = 0
        self._arrays = {}

    def clear(self) -> None:
        """Let go of what was shared: it keeps a channel's memory mapped, which may be replaced before the next job."""
        self.begin(0, 0, 0)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of their allocation."""
        return tuple(self._arrays)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return array ``name`` as a read-only view; raises KeyError."""
        view = self._arrays[name].view()
        view.flags.writeable = False
        return view

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Reserve array ``name``, uninitialised, page-aligned; raises `SlotTooSmall` and TypeError as in a channel."""
        kind = plain_number(name, dtype)
        size = math.prod(shape) * kind.itemsize
        self._take(name, shape, size)
        memory = self._memory.get(name)
        if memory is None or len(memory) < size:
            # Never resized: an array of the item before may still be looked at somewhere.
            memory = self._memory[name] = mmap.mmap(-1, max(size, 1), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        array: NDArray[Any] = np.ndarray(shape, kind, memory)
        self._arrays[name] = array
        return array

    def forward(self, name: str, item: Item) -> NDArray[Any]:
        """Copy array ``name`` of ``item`` into this slot and return the writable copy."""
        source = item[name]
        copy = self.allocate(name, source.shape, source.dtype)
        np.copyto(copy, source)
        return copy

    def share(self, name: str, item: Item) -> None:
        """Have array ``name`` of ``item`` go on itself."""
        array = item[name]
        self._take(name, array.shape, array.nbytes)
        self._arrays[name] = array

    def check(self, expected: Produces, count: int) -> None:
        """Raise TypeError unless every array of ``expected`` is there, as declared and with ``count`` rows."""
        check_arrays(self._places(), expected, count)

    def _take(self, name: str, shape: tuple[int, ...], size: int) -> None:
        offset = -(-self._used // ALIGNMENT) * ALIGNMENT
        if offset + size > self._slot_bytes:
            raise SlotTooSmall(
                f"array {name!r} of shape {shape} needs {offset + size} bytes, the slot has {self._slot_bytes}"
            )
        self._used = offset + size

    def _places(self) -> Mapping[str, Place]:
        return {name: (array.dtype.str, array.shape, 0) for name, array in self._arrays.items()}
