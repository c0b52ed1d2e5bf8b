"""What a pipeline is made of: one `Source`, any number of `Transform`, one `Sink`.

A stage object is *configuration* in the caller's process and travels to its worker by pickle; what it needs
to work (models, files) is made there, in ``open`` and ``start``. Stage classes live in an importable module.

    worker starts -> open() -> for each job: start(job), fill/process/consume ..., finish() -> close()
                                             or abort() when the job failed or was cancelled anywhere

Arrays of a slot are views into shared memory and valid only until the method that received the slot returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

Job = Mapping[str, Any]
Produces = Mapping[str, tuple[str, tuple[int | None, ...]]]
"""Dtype and shape of each array of a slot, the shape without its first axis, which is the frames'; None is any size."""


class Item(Protocol):
    """A filled slot, as its consumer sees it."""

    job: int
    """Identifier of the job that the frames belong to."""
    first: int
    """Index of the first frame, counted from 0 within the job."""
    count: int
    """Number of frames."""

    @property
    def meta(self) -> dict[str, Any]:
        """Small picklable metadata, a few KiB at most."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of their allocation."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return array ``name`` as a read-only view; raises KeyError."""


class Slot(Protocol):
    """A free slot, as its producer sees it."""

    meta: dict[str, Any]

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Reserve array ``name`` in the slot, uninitialised, 64-byte aligned; raises `SlotTooSmall`."""

    def forward(self, name: str, item: Item) -> NDArray[Any]:
        """Copy array ``name`` of ``item`` into this slot and return the writable copy."""

    def share(self, name: str, item: Item) -> None:
        """Have array ``name`` of ``item`` go on unchanged: itself where the next stage can see it, else a copy."""


class Stage:
    """Base of the three kinds; subclasses set ``name`` and override what they need.

    What ``produces`` declares is checked in every slot before it is handed on, so that a malformed array is the
    failure of the stage that wrote it and not of the one that trips over it.
    """

    name: str = ""
    produces: Produces = MappingProxyType({})

    def open(self) -> None:
        """Load what lasts as long as the worker; its own, longer deadline applies."""

    def start(self, job: Job) -> None:
        """Prepare for one job; ``job`` is the mapping given to ``Pipeline.run``."""

    def finish(self) -> Mapping[str, Any] | None:
        """Complete the job; what is returned becomes ``JobResult.summaries[name]``.

        Stages finish in order: a sink's ``finish`` runs only after every earlier one has returned.
        """
        return None

    def abort(self) -> None:
        """Drop the current job; called instead of ``finish``, also after an error in this very stage."""

    def close(self) -> None:
        """Release what ``open`` made; called once, outside any job."""


class Source(Stage):
    """Makes the frames."""

    def fill(self, out: Slot) -> int:
        """Write the next frames into ``out`` and return how many; 0 ends the job's stream."""
        raise NotImplementedError


class Transform(Stage):
    """Turns each slot of frames into one slot of as many frames."""

    def process(self, item: Item, out: Slot) -> None:
        """Write the result for ``item`` into ``out``; job, first and count are set by the engine."""
        raise NotImplementedError


class Sink(Stage):
    """Takes the frames; a job is complete when its ``finish`` returned."""

    def consume(self, item: Item) -> None:
        """Use the frames of ``item``; they arrive in order and without gaps, the engine checks it."""
        raise NotImplementedError


class DictSlot:
    """`Item` and `Slot` in ordinary memory: to drive a stage without a pipeline, in tests and benchmarks."""

    def __init__(self, job: int = 0, first: int = 0, count: int = 0) -> None:
        self.job = job
        self.first = first
        self.count = count
        self.meta: dict[str, Any] = {}
        self._arrays: dict[str, NDArray[Any]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, in the order of their allocation."""
        return tuple(self._arrays)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return array ``name``; raises KeyError."""
        return self._arrays[name]

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Reserve array ``name``, uninitialised."""
        self._arrays[name] = np.empty(shape, dtype)
        return self._arrays[name]

    def forward(self, name: str, item: Item) -> NDArray[Any]:
        """Copy array ``name`` of ``item`` and return the copy."""
        self._arrays[name] = item[name].copy()
        return self._arrays[name]

    def share(self, name: str, item: Item) -> None:
        """Have array ``name`` of ``item`` go on itself."""
        self._arrays[name] = item[name]
