"""A stage that prints far more than a pipe holds."""

from __future__ import annotations

import os
from dataclasses import dataclass

from heygem_core.pipeline import Item, Slot
from tests.pipeline.stages import Double


@dataclass
class Chatty(Double):
    """Writes a megabyte to stdout and stderr for every item, lines of every length."""

    name: str = "chatty"

    def process(self, item: Item, out: Slot) -> None:
        """Process."""
        for fd in (1, 2):
            os.write(fd, b"x" * 500_000 + b"\n" + b"line\n" * 100_000)
        super().process(item, out)
