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

    from heygem_core.lipsync.face.detector import Detector
    from heygem_core.lipsync.face.following import Follower
    from heygem_core.lipsync.face.smoothing import OneEuro
    from heygem_core.runtime.session import Provider

EVERY = 8
"""Most frames from one look of the detector to the next.

Processor time of the stage per frame of the default clip at 1920 x 1080, all in one run: 14.3 ms at 1, 8.6 at 2, 6.1
at 4, 4.7 at 8, 4.0 at 16, 3.6 at 32. At all six, faces and lips of ``clip`` and ``clip-second`` are the same to the
bit. What grows is how long a larger face, or a mesh that slipped, goes unnoticed: at 8 a third of a second.
"""


@dataclass
class DetectFaces(Transform):
    """Adds ``faces`` float32 [B, 16] and ``lips`` float32 [B, 40, 2] to the frames and ``audio``, which pass.

    The layout of both is described in `heygem_core.lipsync.geometry`; a frame without a face has zeros. The face is
    the largest one, and stays the same one while it can be seen.

    The detector looks at the first frame, where the mesh of the face is in doubt, and at least at every ``every``-th
    frame; in the frames between, the mesh itself says whether the face is there. What comes out does not depend on B.

    ``finish`` returns ``{"frames_searched", "frames_without_face", "frames_held", "several_faces", "provider",
    "warnings"}``: frames that the detector looked at; of these, those in which it saw no face, those that were bridged
    because the mesh still saw the face that it missed, and those with more than one face. Every frame in which there
    may be none is searched, so none is missing there. It raises `BadInput` when no frame had a face, unless the job
    says ``allow_no_face``.
    """

    provider: Provider = "auto"
    every: int = EVERY
    name: str = field(default="face", init=False)
    produces = AFTER_FACE

    def open(self) -> None:
        """Load both models; raises AssetUnavailable and ProviderNotApplied."""
        # Imported here: a process that only configures the pipeline must not load OpenCV and onnxruntime.
        from heygem_core.lipsync.face.detector import Detector
        from heygem_core.lipsync.face.following import Follower
        from heygem_core.lipsync.face.landmarks import Landmarks
        from heygem_core.lipsync.face.smoothing import LIPS, OneEuro

        self._detector: Detector = Detector(self.provider, batch=1)
        self._follower: Follower = Follower(self._detector, Landmarks(), self.every)
        self._smooth: OneEuro = OneEuro(LIPS)

    def start(self, job: Job) -> None:
        """Forget the faces of the job before."""
        self._job = job
        self._follower.reset()
        self._smooth.reset()
        self._searched = self._frames = self._without = self._held = self._several = 0

    def process(self, item: Item, out: Slot) -> None:
        """Find the face in each frame of ``item``."""
        frames = pictures(item)
        faces = out.allocate("faces", (item.count, 16), np.float32)
        lips = out.allocate("lips", (item.count, 40, 2), np.float32)
        for index in range(item.count):
            self._frame(frames[index], faces[index], lips[index])
        for name in (*ARRAYS, "audio"):
            out.share(name, item)

    def finish(self) -> Mapping[str, Any]:
        """Return the counts; raises BadInput when there was no face at all."""
        if self._frames and self._without == self._frames and not self._job.get("allow_no_face", False):
            raise BadInput(f"No face in any of the {self._frames} frames of {self._job['video']}")
        session = self._detector.session
        several = f"{self._several} of {self._searched} frames searched show several faces; the largest is used"
        warnings = [session.warning, several if self._several else None]
        return {
            "frames_searched": self._searched,
            "frames_without_face": self._without,
            "frames_held": self._held,
            "several_faces": self._several,
            "provider": {"requested": session.requested, "applied": session.applied},
            "warnings": [warning for warning in warnings if warning],
        }

    def _frame(self, frame: Picture, row: NDArray[np.float32], lips: NDArray[np.float32]) -> None:
        from heygem_core.lipsync.face.landmarks import lips_of

        sight = self._follower.see(frame)
        self._frames += 1
        if sight.found is not None:
            self._searched += 1
            self._without += sight.found == 0
            self._several += sight.found > 1
        if sight.face is None or sight.mesh is None:
            row[:] = 0
            lips[:] = 0
            self._smooth.reset()
            return
        face = sight.face
        self._held += face.held
        row[0], row[1] = 1, face.score
        row[2:6] = face.box
        row[6:] = face.points.reshape(10)
        lips[:] = self._smooth(lips_of(sight.mesh), face.unit)
