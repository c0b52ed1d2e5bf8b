"""The stages of the reported topology as stages of the core pipeline, with the same faults on demand."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Transform

Fault = Literal["wedge", "die", "raise", "dataloader"]


@dataclass
class DriveredVideo(Source):
    """Makes ``job["items"]`` items of one frame each, ``height`` × ``width`` × 3, as the producer does."""

    height: int = 90
    width: int = 160
    name: str = "drivered_video"

    def start(self, job: Job) -> None:
        """Begin at the first frame."""
        self._left = int(job["items"])
        self._noise = np.random.default_rng(0)

    def fill(self, out: Slot) -> int:
        """Make one frame."""
        if self._left == 0:
            return 0
        self._left -= 1
        frames = out.allocate("frames", (1, self.height, self.width, 3), np.uint8)
        frames[:] = self._noise.integers(0, 256, frames.shape, np.uint8)
        return 1


@dataclass
class AudioTransfer(Transform):
    """Passes frames on, ``item_s`` seconds each; ``fault`` strikes after ``takes`` items.

    ``takes`` 0 is a fault while the models load, None is never.
    """

    takes: int | None = None
    fault: Fault = "wedge"
    item_s: float = 0.0
    name: str = "audio_transfer"

    def open(self) -> None:
        """Load the models."""
        self._taken = 0
        if self.fault == "dataloader":
            self._load_dataloader()
        if self.takes == 0:
            self._break()

    def process(self, item: Item, out: Slot) -> None:
        """Pass one item on."""
        self._taken += 1
        time.sleep(self.item_s)
        if self._taken == self.takes:
            self._break()
        out.forward("frames", item)

    def _break(self) -> None:
        match self.fault:
            case "wedge":
                wedge()
            case "die":
                sys.exit(1)
            case "raise":
                raise RuntimeError("the model is no model")
            case "dataloader":
                self._load_dataloader()()

    @staticmethod
    def _load_dataloader() -> Callable[[], int]:
        """Return the DataLoader that hangs; importing torch takes seconds and belongs into ``open``."""
        from heygem_core.casebook.dataloader import load_forked

        return load_forked


@dataclass
class WriteVideo(Sink):
    """Counts the frames."""

    name: str = "write_video"

    def start(self, job: Job) -> None:
        """Begin to count; the job has nothing to say to this stage."""
        del job
        self._frames = 0

    def consume(self, item: Item) -> None:
        """Count the frames of one item."""
        self._frames += item.count

    def finish(self) -> Mapping[str, Any]:
        """Return how many there were."""
        return {"frames": self._frames}


def wedge() -> None:
    """Wait for a lock that nobody will release: alive, and never on the CPU again."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
