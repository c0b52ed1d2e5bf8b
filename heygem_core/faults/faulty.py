"""A stage with a fault built in: it works like the stage inside until a file tells it to go wrong, once.

The file holds ``{"stage", "moment", "manner"}``; it is deleted when the fault is committed, after the moment was
noted beside it. So one pipeline serves the whole table, workers that are replaced in between included.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heygem_core.faults.manners import MANNERS
from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Stage, Transform

MOMENTS = ("import", "open", "start", "mid-batch", "holding-input", "holding-output", "finish", "close")
_LATER_ITEM = 4
"""Faults amid the frames come with the second item: the first has a budget of its own."""


def noted(armed: Path) -> float:
    """Return when the fault of file ``armed`` was committed, monotonic seconds; raises FileNotFoundError."""
    return float(struct.unpack("d", armed.with_suffix(".when").read_bytes())[0])


class _Fault:
    """The fault of one stage."""

    def __init__(self, stage: str, armed: Path) -> None:
        self._stage = stage
        self._armed = armed

    def due(self, moment: str) -> str:
        """Return the manner in which to go wrong now, "" for not at all; whoever asks has to do it."""
        try:
            order = json.loads(self._armed.read_text())
        except FileNotFoundError:
            return ""
        if (order["stage"], order["moment"]) != (self._stage, moment):
            return ""
        # The note first: whoever sees that the order is gone must find it.
        self._armed.with_suffix(".when").write_bytes(struct.pack("d", time.monotonic()))
        self._armed.unlink()
        return str(order["manner"])

    def at(self, moment: str) -> str:
        """Go wrong if it is due."""
        manner = self.due(moment)
        if manner:
            MANNERS[manner].commit()
        return manner

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Go wrong while the stage is unpickled, that is imported, in its worker."""
        self.__dict__.update(state)
        self.at("import")


class _Short:
    """A slot that makes every array one row too short."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self.meta = slot.meta

    def allocate(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        """Reserve too little; return as much as was asked for, so that the stage notices nothing."""
        import numpy as np

        self._slot.allocate(name, (shape[0] - 1, *shape[1:]), dtype)
        return np.empty(shape, dtype)

    def forward(self, name: str, item: Item) -> Any:
        """Forward all rows but the last."""
        source = item[name]
        copy = self.allocate(name, source.shape, source.dtype)
        copy[...] = source
        return copy

    def share(self, name: str, item: Item) -> None:
        """Have all rows but the last go on."""
        self.forward(name, item)


class _Faulty(Stage):
    def __init__(self, inner: Any, armed: Path) -> None:
        self.name = inner.name
        self.produces = dict(inner.produces)
        self._inner = inner
        self._fault = _Fault(inner.name, armed)

    def open(self) -> None:
        """Open the stage inside."""
        self._fault.at("open")
        self._inner.open()

    def start(self, job: Job) -> None:
        """Start it."""
        self._fault.at("start")
        self._inner.start(job)
        self._first = 0

    def finish(self) -> Mapping[str, Any] | None:
        """Finish it."""
        self._fault.at("finish")
        result: Mapping[str, Any] | None = self._inner.finish()
        return result

    def abort(self) -> None:
        """Abort it."""
        self._inner.abort()

    def close(self) -> None:
        """Close it."""
        self._fault.at("close")
        self._inner.close()

    def _amid(self, moment: str, first: int) -> str:
        return self._fault.at(moment) if first >= _LATER_ITEM else ""


class FaultySource(_Faulty, Source):
    """A source with a fault."""

    def fill(self, out: Slot) -> int:
        """Fill."""
        corrupt = self._amid("mid-batch", self._first) == "corrupt-shape"
        count: int = self._inner.fill(_Short(out) if corrupt else out)
        self._amid("holding-output", self._first)
        self._first += count
        return count


class FaultyTransform(_Faulty, Transform):
    """A transform with a fault."""

    def process(self, item: Item, out: Slot) -> None:
        """Process."""
        self._amid("holding-input", item.first)
        corrupt = self._amid("mid-batch", item.first) == "corrupt-shape"
        self._inner.process(item, _Short(out) if corrupt else out)
        self._amid("holding-output", item.first)


class FaultySink(_Faulty, Sink):
    """A sink with a fault."""

    def consume(self, item: Item) -> None:
        """Consume."""
        self._amid("holding-input", item.first)
        self._inner.consume(item)
        self._amid("mid-batch", item.first)


def with_fault(stage: Stage, armed: Path) -> Stage:
    """Return ``stage`` with a fault that file ``armed`` triggers."""
    match stage:
        case Source():
            return FaultySource(stage, armed)
        case Transform():
            return FaultyTransform(stage, armed)
        case _:
            return FaultySink(stage, armed)
