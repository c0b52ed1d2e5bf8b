"""Where things are on a face: the layout of `faces` and `lips`, and the few affine operations the stages share.

`faces` float32 [B,16]: present, score, box x0 y0 x1 y1, then five points x y in image order
(left eye, right eye, nose, left mouth corner, right mouth corner, as the picture shows them).
`lips` float32 [B,40,2]: 20 points of the outer, then 20 of the inner outline. Each outline starts at the corner on the
left of the picture, runs along the lower lip to the right corner (its point 10) and back along the upper lip.
All coordinates are pixels of the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
"""Indices of the outer outline among MediaPipe's 468 face landmarks."""
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
"""Indices of the inner outline among MediaPipe's 468 face landmarks."""
POINTS = slice(6, 16)
"""The five points within a row of `faces`."""


def present(faces: Floats) -> NDArray[np.bool_]:
    """Tell, for each row of `faces` [B,16], whether it holds a face: bool [B]."""
    return faces[:, 0] > 0.5


def points(faces: Floats) -> NDArray[np.float64]:
    """Return the five points of `faces` [B,16] as float64 [B,5,2], pixels."""
    return faces[:, POINTS].astype(np.float64).reshape(-1, 5, 2)


def transform(matrix: NDArray[np.floating], coordinates: NDArray[np.floating]) -> NDArray[np.float64]:
    """Apply one affine `matrix` [2,3] to `coordinates` [...,2]; returns float64 of the same shape."""
    linear = np.asarray(matrix, np.float64)
    moved: NDArray[np.float64] = np.asarray(coordinates, np.float64) @ linear[:, :2].T + linear[:, 2]
    return moved


def inverse(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Invert one affine `matrix` [2,3]; raises numpy.linalg.LinAlgError when it is singular."""
    linear = np.asarray(matrix, np.float64)
    back = np.linalg.inv(linear[:, :2])
    return np.concatenate([back, -back @ linear[:, 2:]], axis=1)


def scale_of(matrix: NDArray[np.floating]) -> float:
    """Return by which factor the affine `matrix` [2,3] enlarges lengths (root of its area factor)."""
    linear = np.asarray(matrix, np.float64)[:, :2]
    return float(np.sqrt(abs(np.linalg.det(linear))))


def smoothstep(low: float, high: float, values: NDArray[np.floating]) -> Floats:
    """Return 0 below `low`, 1 above `high` and a cubic between, as float32 of the shape of `values`."""
    position = np.clip((np.asarray(values, np.float32) - low) / (high - low), 0.0, 1.0)
    result: Floats = (position * position * (3.0 - 2.0 * position)).astype(np.float32)
    return result
