"""Choose one face and stay with it: the largest, the same one as before, through short gaps of the detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.face.detector import Detections

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
    """The detector's score when it last saw the face."""
    held: bool
    """The detector looked at this frame and did not see it."""

    @property
    def unit(self) -> float:
        """About the distance of the eyes in pixels, whichever way the face looks."""
        return max(_EYES * float(self.box[2] - self.box[0]), 1.0)


@dataclass(frozen=True)
class Choice:
    """What a look of the detector says about the face that is followed."""

    index: int | None
    """Which of the detections to go on with."""
    held: bool = False
    """None of them, but the face before is still there."""
    lost: bool = False
    """The face before is gone, whatever the index says."""


class Tracker:
    """Says at each look of the detector which face to go on with."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the gap of the face before."""
        self._gap = 0

    def choose(self, found: Detections, last: Floats | None, *, still_there: bool) -> Choice:
        """Return the choice among ``found``; ``last`` is the box [4] of the face before, None if there was none.

        ``still_there`` says whether that face can be seen in this frame by its mesh, should the detector have missed
        it: a gap of the detector is bridged, a cut to another scene is not.
        """
        chosen = _nearest(found, last)
        if chosen is None and last is not None:
            self._gap += 1
            if self._gap <= HOLD and still_there:
                return Choice(None, held=True)
            self._gap = 0
            return Choice(_nearest(found, None), lost=True)
        self._gap = 0
        return Choice(chosen)


def _nearest(found: Detections, last: Floats | None) -> int | None:
    """Return the index of the face to go on with; None if there is no face or the one before is missing."""
    if not len(found):
        return None
    sizes = found.boxes[:, 2:] - found.boxes[:, :2]
    areas = sizes.prod(axis=1)
    largest = int(areas.argmax())
    if last is None:
        return largest
    centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    moves = np.hypot(*(centres - (last[:2] + last[2:]) / 2).T) / max(float(last[2] - last[0]), 1.0)
    same = int(moves.argmin())
    if moves[same] > NEAR:
        return None
    return largest if areas[largest] > LARGER * areas[same] else same
