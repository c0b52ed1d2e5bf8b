"""One slot of a channel, as its producer fills it and as its consumer reads it: arrays in place, and a little metadata.

A slot's layout and metadata travel pickled in its token. The consumer's side unpickles them only when somebody asks:
what a stage cannot unpickle is then that stage's failure, with the slot in its hand, and no stale token can hurt.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from heygem_core.errors import SlotTooSmall
from heygem_core.pipeline.stage import Item, Produces

ALIGNMENT = 64
"""Bytes; a cache line, and what AVX-512 loads like best."""

Place = tuple[str, tuple[int, ...], int]
"""Dtype, shape and offset of an array."""


def plain_number(name: str, dtype: DTypeLike) -> np.dtype[Any]:
    """Return ``dtype`` as numpy has it; raises TypeError for pointers and records, which mean nothing elsewhere."""
    kind = np.dtype(dtype)
    if kind.hasobject or kind.names:
        raise TypeError(f"array {name!r} has dtype {kind}, allowed are plain numbers")
    return kind


def check_arrays(places: Mapping[str, Place], expected: Produces, count: int) -> None:
    """Raise TypeError unless every array of ``expected`` is in ``places``, as declared and with ``count`` rows."""
    for name, (dtype, tail) in expected.items():
        kind, shape, _ = places.get(name, ("", (), 0))
        fits = len(shape) == len(tail) + 1 and all(
            want in {None, got} for want, got in zip((count, *tail), shape, strict=True)
        )
        if not kind or np.dtype(kind) != np.dtype(dtype) or not fits:
            got = f"{np.dtype(kind)} {list(shape)}" if kind else "missing"
            raise TypeError(f"array {name!r} is {got}, allowed is {dtype} {[count, *tail]} (None: any size)")


class OutputSlot:
    """A free slot being filled; see `heygem_core.pipeline.stage.Slot`."""

    def __init__(self, index: int, view: memoryview) -> None:
        self.index = index
        self.meta: dict[str, Any] = {}
        self.sent = False
        self.places: dict[str, Place] = {}
        self._view = view
        self._used = 0

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Reserve array ``name`` in the slot, uninitialised, 64-byte aligned.

        Raises `SlotTooSmall`; TypeError for dtypes that are no plain numbers.
        """
        kind = plain_number(name, dtype)
        size = math.prod(shape) * kind.itemsize
        offset = -(-self._used // ALIGNMENT) * ALIGNMENT
        if offset + size > len(self._view):
            raise SlotTooSmall(
                f"array {name!r} of shape {shape} needs {offset + size} bytes, the slot has {len(self._view)}"
            )
        array: NDArray[Any] = np.ndarray(shape, kind, self._view, offset)
        self.places[name] = (kind.str, tuple(shape), offset)
        self._used = offset + size
        return array

    def forward(self, name: str, item: Item) -> NDArray[Any]:
        """Copy array ``name`` of ``item`` into this slot and return the writable copy."""
        source = item[name]
        copy = self.allocate(name, source.shape, source.dtype)
        np.copyto(copy, source)
        return copy

    def share(self, name: str, item: Item) -> None:
        """Copy array ``name`` of ``item`` into this slot: the next stage sees nothing but that."""
        self.forward(name, item)

    def check(self, expected: Produces, count: int) -> None:
        """Raise TypeError unless every array of ``expected`` is there, as declared and with ``count`` rows."""
        check_arrays(self.places, expected, count)

    def content(self) -> bytes:
        """Return layout and metadata, pickled."""
        return pickle.dumps((self.places, self.meta), pickle.HIGHEST_PROTOCOL)


class InputSlot:
    """A filled slot; see `heygem_core.pipeline.stage.Item`."""

    def __init__(
        self,
        index: int,
        view: memoryview,
        job: int,
        first: int,
        count: int,
        content: bytes,
        layouts: dict[bytes, dict[str, Place]],
    ) -> None:
        self.index = index
        self.job = job
        self.first = first
        self.count = count
        self._view = view
        self._pickled = content
        self._layouts = layouts
        self._unpickled: tuple[dict[str, Place], dict[str, Any]] | None = None

    @property
    def _content(self) -> tuple[dict[str, Place], dict[str, Any]]:
        if self._unpickled is None:
            known = self._layouts.get(self._pickled)
            self._unpickled = (known, {}) if known is not None else self._read()
        return self._unpickled

    def _read(self) -> tuple[dict[str, Place], dict[str, Any]]:
        places, meta = pickle.loads(self._pickled)  # noqa: S301 - our own worker's
        if not meta:
            # Most items are laid out as the last was.
            self._layouts.clear()
            self._layouts[self._pickled] = places
        return places, meta

    @property
    def meta(self) -> dict[str, Any]:
        """The producer's metadata."""
        return self._content[1]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of their allocation."""
        return tuple(self._content[0])

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return array ``name`` as a read-only view; raises KeyError."""
        kind, shape, offset = self._content[0][name]
        array: NDArray[Any] = np.ndarray(shape, kind, self._view, offset)
        return array
