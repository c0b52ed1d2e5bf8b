"""Follow one face from frame to frame by its mesh, and ask the detector only when there is a reason to.

MediaPipe's face mesh does the same: the mesh of one frame says where to look for it in the next, which costs a fifth
of finding it anew. The detector is asked for the first face, whenever the mesh is not sure of what it sees or the
picture may have been cut, and on every n-th frame, to find a larger face, to count them, and to confirm that what is
followed is one. A detection that agrees with the mesh changes nothing: the mesh goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.face.anatomy import box_of, five_points, unit_of
from heygem_core.lipsync.face.change import Change
from heygem_core.lipsync.face.detector import Detections, Detector
from heygem_core.lipsync.face.landmarks import Landmarks
from heygem_core.lipsync.face.smoothing import HEAD, OneEuro
from heygem_core.lipsync.face.tracking import Face, Tracker
from heygem_core.lipsync.picture import Picture

Floats = NDArray[np.float32]

CONFIDENT = 0.5
"""Least confidence of the mesh, of 1, at which it counts as a face's."""
REST = 0.03
"""How far a face may move, in face units, before the place at which its mesh is looked for moves along.

So the mesh of a picture that rests stays the same to the bit.
"""
SETTLE = 6
"""Most meshes that are taken until a new face's one rests; nearly always the first does."""
MOVED = 0.12
"""From how far on, in face units, the mesh of a face that moved is taken once more, from where the face is now.

Also how far a face may have moved where the picture may have been cut; beyond, the detector says where it is.
"""
STRAY = 0.2
"""Farthest any of the five points may move from one frame to the next, in face units, before the detector is asked.

A speaker's head moves by up to 0.09 (three clips, 812 frames). Of 2500 cuts from one speaker to another, simulated at
any size and place, confidence and this bound let 10 pass with lips off by 0.1 or more; 45 with a bound of 0.3. Such
cuts are what `Change` is for.
"""
AGREE = 0.35
"""Farthest any of the five points may lie from the detector's, in face units, for the mesh to be on the same face."""


@dataclass(frozen=True)
class Mesh:
    """A mesh, and what it is worth."""

    place: Floats
    """[5, 2], pixels: the five points by which it was looked for."""
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
        self._change = Change()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next face is the largest."""
        self._change.reset()
        self._forget()

    def _forget(self) -> None:
        self._face: Face | None = None
        self._place: Floats = np.zeros((5, 2), np.float32)
        self._since = 0
        self._tracker.reset()
        self._smooth.reset()

    def see(self, frame: Picture) -> Sight:
        """Return where the face is in the next ``frame``."""
        cut = self._change(frame)
        self._since += 1
        if self._face is None:
            return self._look(frame, None)
        before = self._place
        mesh = self._mesh(frame, before)
        if not mesh.lies_at(before, MOVED):
            # Looked for where the face was, not where it is, its lips would lag.
            mesh = self._mesh(frame, mesh.five)
        sure = mesh.confidence > CONFIDENT and mesh.lies_at(before, MOVED if cut else STRAY)
        if sure and not cut and self._since < self._every:
            return self._at(mesh, self._face.score, None)
        # After a cut, a face that lies elsewhere is not the one before, however confident its mesh.
        return self._look(frame, mesh, sure=sure, still_there=sure or (not cut and mesh.confidence > CONFIDENT))

    def _look(self, frame: Picture, mesh: Mesh | None, *, sure: bool = False, still_there: bool = False) -> Sight:
        """Ask the detector.

        ``mesh`` shows the face before in this frame; it is good to go on with if ``sure``, and enough to bridge a gap
        of the detector if ``still_there``.
        """
        found = self._detector.detect([frame])[0]
        choice = self._tracker.choose(found, None if self._face is None else self._face.box, still_there=still_there)
        if choice.held and self._face is not None and mesh is not None:
            return self._at(mesh, self._face.score, len(found), held=True)
        if choice.lost:
            self._forget()
        if choice.index is None:
            return Sight(None, None, len(found))
        points, score = found.points[choice.index], float(found.scores[choice.index])
        if mesh is None or choice.lost or not sure or not mesh.lies_at(points, AGREE):
            mesh = self._mesh(frame, points)
            if mesh.confidence <= CONFIDENT:
                return self._doubtful(found, choice.index, mesh)
            mesh = self._settled(frame, mesh)
        self._since = 0
        return self._at(mesh, score, len(found))

    def _settled(self, frame: Picture, mesh: Mesh) -> Mesh:
        """Return the mesh from where the next frames will look for it, or it would shift in the first of them."""
        place = mesh.five
        for _ in range(SETTLE):
            mesh = self._mesh(frame, place)
            if mesh.lies_at(place, REST):
                break
            # Half of the way: the whole of it leads to and fro in some faces.
            place = ((place + mesh.five) / 2).astype(np.float32)
        return mesh

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
        rests = mesh.confidence <= CONFIDENT or mesh.lies_at(mesh.place, REST)
        self._place = mesh.place if rests else mesh.five
        return Sight(self._face, mesh.points, found)

    def _mesh(self, frame: Picture, points: Floats) -> Mesh:
        mesh, confidence = self._landmarks.mesh(frame, points)
        return Mesh(points, mesh, five_points(mesh), confidence)
