"""Follow one face from frame to frame by its mesh, and ask the detector only when there is a reason to.

MediaPipe's face mesh does the same: the mesh of one frame says where to look for it in the next, which costs a fifth of
finding it anew. The detector is asked for the first face, whenever the mesh is not sure of what it sees, and on every
n-th frame, to find a larger face, to count them, and to confirm that what is followed is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.face.anatomy import box_of, five_points, unit_of
from heygem_core.lipsync.face.detector import Detections, Detector
from heygem_core.lipsync.face.landmarks import Landmarks
from heygem_core.lipsync.face.smoothing import HEAD, OneEuro
from heygem_core.lipsync.face.tracking import Face, Tracker

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

CONFIDENT = 0.5
"""Least confidence of the mesh, of 1, at which it counts as a face's."""
STRAY = 0.3
"""Farthest any of the five points may lie from where it was a frame before, in face units, before the detector is asked."""
AGREE = 0.35
"""Farthest any of the five points may lie from the detector's, in face units, for the mesh to be on the same face."""


@dataclass(frozen=True)
class Mesh:
    """A mesh, and what it is worth."""

    points: Floats
    """[468, 2], pixels."""
    five: Floats
    """[5, 2], pixels, as `five_points` reads them."""
    confidence: float
    """From 0 to 1."""

    def lies_at(self, points: Floats, tolerance: float) -> bool:
        """Tell whether none of the five points is farther from ``points`` [5, 2] than ``tolerance`` face units."""
        return float(np.hypot(*(self.five - points).T).max()) < tolerance * unit_of(points)


@dataclass(frozen=True)
class Sight:
    """What there is in one frame."""

    face: Face | None
    mesh: Floats | None
    """[468, 2] of that face, not smoothed."""
    found: int | None
    """How many faces the detector saw; None when it was not asked."""


class Follower:
    """Follows one face through a video; ``every`` is n, at most so many frames from one look of the detector to the
    next.
    """

    def __init__(self, detector: Detector, landmarks: Landmarks, every: int) -> None:
        self._detector = detector
        self._landmarks = landmarks
        self._every = every
        self._tracker = Tracker()
        self._smooth = OneEuro(HEAD)
        self.reset()

    def reset(self) -> None:
        """Forget the face; the next one is the largest."""
        self._face: Face | None = None
        self._since = 0
        self._tracker.reset()
        self._smooth.reset()

    def see(self, frame: Picture) -> Sight:
        """Return where the face is in the next ``frame``, uint8 RGB [H, W, 3]."""
        mesh = None if self._face is None else self._mesh(frame, self._face.points)
        self._since += 1
        if mesh is not None and self._face is not None and self._since < self._every and self._sure(mesh):
            return self._at(mesh, self._face.score, None)
        return self._look(frame, mesh)

    def _look(self, frame: Picture, mesh: Mesh | None) -> Sight:
        """Ask the detector; ``mesh`` is what the face before shows in this frame."""
        found = self._detector.detect(frame[None])[0]
        still_there = mesh is not None and mesh.confidence > CONFIDENT
        choice = self._tracker.choose(found, None if self._face is None else self._face.box, still_there=still_there)
        if choice.held and self._face is not None and mesh is not None:
            return self._at(mesh, self._face.score, len(found), held=True)
        if choice.lost:
            self.reset()
        if choice.index is None:
            return Sight(None, None, len(found))
        points, score = found.points[choice.index], float(found.scores[choice.index])
        if mesh is None or choice.lost or not self._sure(mesh) or not mesh.lies_at(points, AGREE):
            mesh = self._mesh(frame, points)
            if mesh.confidence <= CONFIDENT:
                return self._doubtful(found, choice.index, mesh)
            # Seen from where the next frames will see it, or it would shift from the first to the second.
            mesh = self._mesh(frame, mesh.five)
        self._since = 0
        return self._at(mesh, score, len(found))

    def _sure(self, mesh: Mesh) -> bool:
        """Tell whether the ``mesh`` is the face's of the frame before, moved as faces move."""
        if self._face is None or mesh.confidence <= CONFIDENT:
            return False
        return mesh.lies_at(self._face.points, STRAY)

    def _at(self, mesh: Mesh, score: float, found: int | None, *, held: bool = False) -> Sight:
        if held:
            self._since = self._every
        return self._seen(Face(box_of(mesh.points), mesh.five, score, held), mesh, found)

    def _doubtful(self, found: Detections, index: int, mesh: Mesh) -> Sight:
        """Go by the detector alone, and ask it again in the next frame."""
        self._since = self._every
        face = Face(found.boxes[index], found.points[index], float(found.scores[index]), held=False)
        return self._seen(face, mesh, len(found))

    def _seen(self, raw: Face, mesh: Mesh, found: int | None) -> Sight:
        together = self._smooth(np.concatenate([raw.box.reshape(2, 2), raw.points]), raw.unit)
        self._face = Face(together[:2].reshape(4), together[2:], raw.score, raw.held)
        return Sight(self._face, mesh.points, found)

    def _mesh(self, frame: Picture, points: Floats) -> Mesh:
        mesh, confidence = self._landmarks.mesh(frame, points)
        return Mesh(mesh, five_points(mesh), confidence)
