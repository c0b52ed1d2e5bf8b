"""The five points and the box of a face, read off its mesh: the same in every frame, whoever found the face.

Detector and mesh differ by a few hundredths of the distance of the eyes, each in its own way. A face whose points
came now from the one and now from the other would jump, so they come from the mesh alone. It is read so that it agrees
with the detector in the mean of three speakers (717 frames of ``clip``, ``clip-second`` and ``clip-face-lost``): crop
and models were laid out for the detector's points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LIFT = 0.03
"""How far above the middle of its corners an eye is seen by the detector, over the distance of the eyes.

Measured: 0.027, 0.045 and 0.019 for the three speakers. The lids would say it too, but they blink.
"""
FOREHEAD = 0.10
"""How far above the mesh the detector's box begins, over the height of the mesh: 0.10, 0.09 and 0.11."""
CHEEK = 0.016
"""How far inside the mesh each side of the detector's box lies, over the width of the mesh: 0.012, 0.023, 0.012."""

_EYES = ((33, 133), (362, 263))
_NOSE = (1, 4)
_CORNERS = (61, 291)


def five_points(mesh: Floats) -> Floats:
    """Return eyes, nose and mouth corners of a mesh [468, 2]: float32 [5, 2], pixels, ordered as the detector's."""
    left, right = (mesh[list(eye)].mean(axis=0) for eye in _EYES)
    across = right - left
    up = np.array([across[1], -across[0]]) * LIFT
    return np.stack([left + up, right + up, mesh[list(_NOSE)].mean(axis=0), *mesh[list(_CORNERS)]]).astype(np.float32)


def box_of(mesh: Floats) -> Floats:
    """Return the box of a mesh [468, 2] as the detector would draw it: float32 [4], x0 y0 x1 y1 in pixels."""
    low, high = mesh.min(axis=0), mesh.max(axis=0)
    width, height = high - low
    return np.array([low[0] + CHEEK * width, low[1] - FOREHEAD * height, high[0] - CHEEK * width, high[1]], np.float32)


def unit_of(points: Floats) -> float:
    """Return the face unit of the five ``points`` [5, 2], in their pixels and at least 1.

    It is the distance of the eyes, or of eyes and mouth if that is larger: a turned head has its eyes closer together,
    a nodding one eyes and mouth.
    """
    left, right = points[0], points[1]
    down = (points[3] + points[4]) / 2 - (left + right) / 2
    return max(float(np.hypot(*(right - left))), float(np.hypot(*down)), 1.0)
