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

from heygem_core.casebook import processes
from heygem_core.pipeline import Item, Job, Sink, Slot, Source, Transform
from heygem_core.pipeline.evidence import process_state
from heygem_core.runtime import environment

_PID, _SEEN = "audio_transfer.pid", "seen"
_DEADLINE_S = 20.0


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
            self._kill_the_waiting()
        self._made += 1
        out.allocate("frames", (1, 2, 2, 3), np.uint8)[:] = self._job["task"]
        return 1

    def _kill_the_waiting(self) -> None:
        """Kill audio_transfer once all it was given has reached the last stage, so that it sleeps for want of more."""
        pid = int((Path(self.folder) / _PID).read_text())
        deadline = time.monotonic() + _DEADLINE_S
        while _seen(self.folder) < self._made or process_state(pid) != "S":
            if time.monotonic() > deadline:
                raise TimeoutError(f"audio_transfer did not come to wait within {_DEADLINE_S:g} s")
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        processes.await_end([pid], _DEADLINE_S)


def _seen(folder: str) -> int:
    """Return how many frames of all jobs the last stage has seen."""
    path = Path(folder) / _SEEN
    return path.stat().st_size if path.exists() else 0


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

    folder: str
    name: str = "write_video"

    def start(self, job: Job) -> None:
        """Begin to count."""
        self._job = job
        self._foreign = 0

    def consume(self, item: Item) -> None:
        """Look whose frames these are, and leave word of it."""
        with (Path(self.folder) / _SEEN).open("ab") as seen:
            seen.write(b"." * item.count)
        self._foreign += int(np.count_nonzero((item["frames"] != self._job["task"]).any(axis=(1, 2, 3))))

    def finish(self) -> Mapping[str, Any]:
        """Return how many frames were another task's."""
        if self._job.get("leaves"):
            sys.exit(0)
        return {"foreign": self._foreign}
