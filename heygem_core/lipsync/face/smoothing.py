"""Take the jitter out of points on a face without making them lag behind it.

The one-euro filter (Casiez, Roussel, Vogel, CHI 2012): a low-pass whose cutoff rises with speed. A still face is
smoothed hard, where jitter would be seen; a moving one hardly at all, where lag would be. The points of one
call share one speed, which is far less noisy than each point's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STILL = 0.1
"""Share of each new frame that is taken over while the points rest."""
JUMP = 0.6
"""A move of the points' centre, in units per frame, that no head makes: a cut, so the filter starts afresh."""


@dataclass(frozen=True)
class Response:
    """How fast a filter follows: the share of a new frame grows by ``rise`` for each unit per frame of speed, up to
    1, and ``speed`` is the share of a new frame in the speed itself.
    """

    rise: float
    speed: float


HEAD = Response(24.0, 0.3)
"""For what moves with the head. Measured on a still picture with camera noise, and on one that swings by up to 3
pixels per frame: jitter falls from 0.56 to 0.04 pixels, and the swing is followed 0.05 frames late (0.3 with a rise of
16)."""
LIPS = Response(32.0, 0.5)
"""For lips, which open and close within a few frames. Measured likewise: jitter falls to a sixth, and on the default
clip the gap between the lips follows 0.2 frames late (with a rise of 16 and a speed of 0.3 it would be 0.6)."""


class OneEuro:
    """Smooths one set of points over consecutive frames; causal, the first frame passes unchanged."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next points pass unchanged."""
        self._last: Floats | None = None
        self._velocity: Floats = np.zeros((0, 2), np.float32)

    def __call__(self, points: Floats, unit: float) -> Floats:
        """Return ``points`` [N, 2] smoothed; ``unit`` is the distance of the eyes, in the points' own pixels."""
        if self._last is None or float(np.hypot(*(points - self._last).mean(axis=0))) > JUMP * unit:
            self._velocity = np.zeros_like(points)
            self._last = points.copy()
            return points
        move = (points - self._last) / np.float32(unit)
        self._velocity = self._velocity + np.float32(self._response.speed) * (move - self._velocity)
        speed = float(np.sqrt((self._velocity**2).sum(axis=1).mean()))
        share = min(STILL + self._response.rise * speed, 1.0)
        self._last = self._last + np.float32(share) * (points - self._last)
        return self._last.copy()
