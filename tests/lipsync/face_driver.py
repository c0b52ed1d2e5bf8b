"""Drive the face stage without a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.face.detector import Detections
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync import planar

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
JOB = {"video": "talk.mp4", "allow_no_face": False}


def frames_of(name: str, every: int = 1, stop: int | None = None) -> Frames:
    """Return every n-th frame of a clip, or of its first ``stop`` frames: uint8 [N, H, W, 3]."""
    with av.open(str(fetch(name))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in islice(container.decode(video=0), stop)]
    return np.stack(frames[::every]).astype(np.uint8)


def item_of(frames: Frames, first: int = 0) -> DictSlot:
    """Return a slot with ``frames`` as the decoder hands them on, the index of the first as their speech."""
    item = DictSlot(first=first, count=len(frames))
    planar.put(item, frames)
    item.allocate("audio", (len(frames), 1, 80, 16), np.float32)[:] = first
    for name in item.names:
        item[name].setflags(write=False)
    return item


def run(
    stage: DetectFaces, frames: Frames, job: dict[str, Any] = JOB, slot: int = 4
) -> tuple[Floats, Floats, dict[str, Any]]:
    """Drive the stage over ``frames`` in slots of ``slot``; returns (faces, lips, summary)."""
    stage.start(job)
    faces: list[Floats] = []
    lips: list[Floats] = []
    for first in range(0, len(frames), slot):
        part = frames[first : first + slot]
        item = item_of(part, first)
        out = DictSlot()
        stage.process(item, out)
        assert set(out.names) == {*item.names, "faces", "lips"}
        for name in item.names:
            np.testing.assert_array_equal(out[name], item[name])
        faces.append(out["faces"])
        lips.append(out["lips"])
    return np.concatenate(faces), np.concatenate(lips), dict(stage.finish())


def detections(*boxes: Sequence[float]) -> Detections:
    """Make detections with plausible points out of boxes."""
    array = np.array(boxes, np.float32).reshape(-1, 4)
    size = (array[:, 2:] - array[:, :2])[:, None]
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Detections(array, np.full(len(array), 0.9, np.float32), array[:, None, :2] + points * size)
