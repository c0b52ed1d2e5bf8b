"""Stages of which each job says what befalls it: a killed reader, a late item, a writer that leaves, a cold start."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Transform
from heygem_core.runtime import environment

_PID = "audio_transfer.pid"
_DRAINS_S = 0.3
"""Until the stage behind has passed on what it was given, and waits for more."""


@dataclass
class NumberedVideo(Source):
    """Makes ``job["items"]`` frames, each full of ``job["task"]``.

    With ``job["kills_at"]`` it lets audio_transfer run dry at that frame and kills it while it waits for input.
    """

    folder: str
    name: str = "drivered_video"

    def start(self, job: Job) -> None:
        """Begin at the first frame."""
        self._job = job
        self._made = 0

    def fill(self, out: Slot) -> int:
        """Make one frame."""
        if self._made == self._job["items"]:
            return 0
        if self._made == self._job.get("kills_at"):
            time.sleep(_DRAINS_S)
            os.kill(int((Path(self.folder) / _PID).read_text()), signal.SIGKILL)
            time.sleep(_DRAINS_S)
        self._made += 1
        out.allocate("frames", (1, 2, 2, 3), np.uint8)[:] = self._job["task"]
        return 1


@dataclass
class PassesOn(Transform):
    """Passes frames on, the first of a job after ``job["first_s"]``; loads ``model`` when it opens, if there is one."""

    folder: str
    model: bytes = b""
    name: str = "audio_transfer"

    def open(self) -> None:
        """Leave the pid where the source finds it, and load."""
        (Path(self.folder) / _PID).write_text(str(os.getpid()))
        if self.model:
            environment.prepare()
            import av  # noqa: F401 - what it costs to load is the point
            import cv2  # noqa: F401 - as above
            import onnxruntime

            onnxruntime.InferenceSession(self.model, providers=["CPUExecutionProvider"])

    def start(self, job: Job) -> None:
        """Take over what the job says of its first frame."""
        self._first_s = job.get("first_s", 0.0)

    def process(self, item: Item, out: Slot) -> None:
        """Pass one item on."""
        time.sleep(self._first_s)
        self._first_s = 0.0
        out.forward("frames", item)


@dataclass
class ChecksTask(Sink):
    """Counts the frames, and those of another task; with ``job["leaves"]`` it ends its process instead of finishing."""

    name: str = "write_video"

    def start(self, job: Job) -> None:
        """Begin to count."""
        self._job = job
        self._foreign = 0

    def consume(self, item: Item) -> None:
        """Look whose frames these are."""
        self._foreign += int(np.count_nonzero((item["frames"] != self._job["task"]).any(axis=(1, 2, 3))))

    def finish(self) -> Mapping[str, Any]:
        """Return how many frames were another task's."""
        if self._job.get("leaves"):
            sys.exit(0)
        return {"foreign": self._foreign}
