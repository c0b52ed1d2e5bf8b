"""Stages that do nothing but pass arrays on: what remains is the engine."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Transform


@dataclass
class Makes(Source):
    """Makes ``job["items"]`` items of ``rows`` × ``row_bytes`` bytes, never written."""

    rows: int
    row_bytes: int
    name: str = "makes"

    def start(self, job: Job) -> None:
        """Begin."""
        self._left = int(job["items"])

    def fill(self, out: Slot) -> int:
        """Reserve one item."""
        if not self._left:
            return 0
        self._left -= 1
        out.allocate("x", (self.rows, self.row_bytes), "uint8")
        return self.rows


@dataclass
class Passes(Transform):
    """Has the array go on."""

    name: str = "passes"

    def process(self, item: Item, out: Slot) -> None:
        """Share it."""
        out.share("x", item)


class Drops(Sink):
    """Takes the items."""

    name = "drops"

    def consume(self, item: Item) -> None:
        """Look at nothing."""
