"""Choose one face and stay with it: the largest, the same one as before, through short gaps of the detector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.face.detector import Detections
from heygem_core.lipsync.face.smoothing import HEAD, OneEuro

Floats = NDArray[np.float32]

HOLD = 3
"""Longest gap, in frames, that is bridged; longer ones are seen as a face that has gone."""
NEAR = 0.6
"""Farthest move of the face from one frame to the next, as a share of its width."""
LARGER = 1.5
"""By how much, in area, another face must be larger to be taken instead of the present one."""
_EYES = 0.45
"""Distance of the eyes as a share of the box's width, for a frontal face."""


@dataclass(frozen=True)
class Face:
    """The chosen face in one frame, smoothed, in frame pixels."""

    box: Floats
    """[4]: x0, y0, x1, y1."""
    points: Floats
    """[5, 2], in the order of `Detections.points`."""
    score: float
    """The detector's score; the last one for a face that is held."""
    held: bool
    """The detector did not see it in this frame."""

    @property
    def unit(self) -> float:
        """About the distance of the eyes in pixels, whichever way the face looks."""
        return max(_EYES * float(self.box[2] - self.box[0]), 1.0)


class Tracker:
    """Follows one face through a video."""

    def __init__(self) -> None:
        self._smooth = OneEuro(HEAD)
        self.reset()

    def reset(self) -> None:
        """Forget the face; the next one is the largest."""
        self._face: Face | None = None
        self._gap = 0
        self._smooth.reset()

    def update(self, found: Detections, still_there: Callable[[Face], bool]) -> Face | None:
        """Return the face in the next frame, or None when there is none.

        ``still_there`` is asked whether the last face can be seen in this frame, where the detector missed it: a
        gap of the detector is bridged, a cut to another scene is not.
        """
        chosen = self._choose(found)
        if chosen is None and self._face is not None:
            self._gap += 1
            if self._gap <= HOLD and still_there(self._face):
                self._face = Face(self._face.box, self._face.points, self._face.score, held=True)
                return self._face
            self.reset()
            chosen = self._choose(found)
        if chosen is None:
            return None
        self._gap = 0
        self._face = self._smoothed(found, chosen)
        return self._face

    def _choose(self, found: Detections) -> int | None:
        """Return the index of the face to go on with; None if there is no face or the present one is missing."""
        if not len(found):
            return None
        sizes = found.boxes[:, 2:] - found.boxes[:, :2]
        areas = sizes.prod(axis=1)
        largest = int(areas.argmax())
        if self._face is None:
            return largest
        last = self._face.box
        centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
        moves = np.hypot(*(centres - (last[:2] + last[2:]) / 2).T) / max(float(last[2] - last[0]), 1.0)
        same = int(moves.argmin())
        if moves[same] > NEAR:
            return None
        return largest if areas[largest] > LARGER * areas[same] else same

    def _smoothed(self, found: Detections, index: int) -> Face:
        box, points = found.boxes[index], found.points[index]
        raw = Face(box, points, float(found.scores[index]), held=False)
        together = self._smooth(np.concatenate([box.reshape(2, 2), points]), raw.unit)
        return Face(together[:2].reshape(4), together[2:], raw.score, held=False)
