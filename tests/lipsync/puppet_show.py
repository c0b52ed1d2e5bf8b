"""Drives face, generator and blend stage by hand, without processes: frames and sound in, moved frames out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.audio import windows
from heygem_core.lipsync.blend import Blend
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.generator import Generate
from heygem_core.pipeline.stage import DictSlot, Transform
from tests.lipsync import planar

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
BATCH = 4
JOB = {"video": "talk.mp4", "allow_no_face": False}


class Shown(NamedTuple):
    """What came out: the moved frames, and where the faces in the source are."""

    frames: Frames
    faces: Floats


class Show:
    """The three stages, opened once and used for one clip after the other."""

    def __init__(self) -> None:
        self._stages: list[Transform] = [DetectFaces(provider="cpu"), Generate(provider="cpu"), Blend()]
        for stage in self._stages:
            stage.open()

    def play(self, frames: Frames, samples: Floats, fps: float) -> Shown:
        """Give the face in `frames` [N, H, W, 3] the speech in `samples` (mono, 16 kHz)."""
        heard = windows(samples, fps, 0, len(frames))
        for stage in self._stages:
            stage.start(JOB)
        shown, faces = [], []
        for first in range(0, len(frames), BATCH):
            slot = DictSlot(first=first, count=len(frames[first : first + BATCH]))
            planar.put(slot, frames[first : first + BATCH])
            speech = heard[first : first + BATCH]
            slot.allocate("audio", speech.shape, speech.dtype)[:] = speech
            for stage in self._stages:
                out = DictSlot(first=first, count=slot.count)
                stage.process(slot, out)
                slot = out
                if "faces" in slot.names:
                    seen = slot["faces"]
            shown.append(planar.shown(slot))
            faces.append(seen)
        return Shown(np.concatenate(shown), np.concatenate(faces))
