"""The pipeline's second stage: where the speaker's face and lips are, frame by frame, steady and without lag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from heygem_core.errors import BadInput
from heygem_core.lipsync.layout import AFTER_FACE
from heygem_core.lipsync.picture import ARRAYS, Picture, pictures
from heygem_core.pipeline.stage import Item, Job, Slot, Transform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heygem_core.lipsync.face.detector import Detections, Detector
    from heygem_core.lipsync.face.landmarks import Landmarks
    from heygem_core.lipsync.face.smoothing import OneEuro
    from heygem_core.lipsync.face.tracking import Face, Tracker
    from heygem_core.runtime.session import Provider

CONFIDENT = 0.5
"""Least confidence of the landmark model, of 1, at which a face that the detector missed counts as still there."""


@dataclass
class DetectFaces(Transform):
    """Adds ``faces`` float32 [B, 16] and ``lips`` float32 [B, 40, 2] to the frames and ``audio``, which pass.

    The layout of both is described in `heygem_core.lipsync.geometry`; a frame without a face has zeros. The face is
    the largest one, and stays the same one while it can be seen. ``batch`` is the largest B.

    ``finish`` returns ``{"frames_without_face", "frames_held", "several_faces", "provider", "warnings"}``: frames
    in which the detector saw no face, how many of these were bridged by holding the face, frames with more
    than one face. It raises `BadInput` when no frame had a face, unless the job says ``allow_no_face``.
    """

    provider: Provider = "auto"
    batch: int = 4
    name: str = field(default="face", init=False)
    produces = AFTER_FACE

    def open(self) -> None:
        """Load both models; raises AssetUnavailable and ProviderNotApplied."""
        # Imported here: a process that only configures the pipeline must not load OpenCV and onnxruntime.
        from heygem_core.lipsync.face.detector import Detector
        from heygem_core.lipsync.face.landmarks import Landmarks
        from heygem_core.lipsync.face.smoothing import LIPS, OneEuro
        from heygem_core.lipsync.face.tracking import Tracker

        self._detector: Detector = Detector(self.provider, self.batch)
        self._landmarks: Landmarks = Landmarks()
        self._tracker: Tracker = Tracker()
        self._smooth: OneEuro = OneEuro(LIPS)

    def start(self, job: Job) -> None:
        """Forget the faces of the job before."""
        self._job = job
        self._tracker.reset()
        self._smooth.reset()
        self._frames = self._without = self._held = self._several = 0

    def process(self, item: Item, out: Slot) -> None:
        """Find the face in each frame of ``item``."""
        frames = pictures(item)
        faces = out.allocate("faces", (item.count, 16), np.float32)
        lips = out.allocate("lips", (item.count, 40, 2), np.float32)
        for index, found in enumerate(self._detector.detect(frames)):
            self._frame(frames[index], found, faces[index], lips[index])
        for name in (*ARRAYS, "audio"):
            out.share(name, item)

    def finish(self) -> Mapping[str, Any]:
        """Return the counts; raises BadInput when there was no face at all."""
        if self._frames and self._without == self._frames and not self._job.get("allow_no_face", False):
            raise BadInput(f"No face in any of the {self._frames} frames of {self._job['video']}")
        session = self._detector.session
        several = f"{self._several} of {self._frames} frames show several faces; the largest is used"
        warnings = [session.warning, several if self._several else None]
        return {
            "frames_without_face": self._without,
            "frames_held": self._held,
            "several_faces": self._several,
            "provider": {"requested": session.requested, "applied": session.applied},
            "warnings": [warning for warning in warnings if warning],
        }

    def _frame(
        self,
        frame: Picture,
        found: Detections,
        row: NDArray[np.float32],
        lips: NDArray[np.float32],
    ) -> None:
        self._frames += 1
        self._without += not len(found)
        self._several += len(found) > 1
        face = self._tracker.update(found, lambda face: self._sees(frame, face))
        if face is None:
            row[:] = 0
            lips[:] = 0
            self._smooth.reset()
            return
        self._held += face.held
        row[0], row[1] = 1, face.score
        row[2:6] = face.box
        row[6:] = face.points.reshape(10)
        lips[:] = self._smooth(self._lips(frame, face), face.unit)

    def _sees(self, frame: Picture, face: Face) -> bool:
        return self._landmarks.mesh(frame, face.points)[1] > CONFIDENT

    def _lips(self, frame: Picture, face: Face) -> NDArray[np.float32]:
        from heygem_core.lipsync.face.landmarks import lips_of

        return lips_of(self._landmarks.mesh(frame, face.points)[0])
