"""Bring the lower face of every frame into one canonical square, upright and always at the same size.

The square reaches from the nose to below the chin. Its size comes from the eyes and the distance between eyes and
mouth: both are stable while somebody speaks, the chin is not. Turning the head shortens the one, nodding the
other, so the larger of the two is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heygem_core.lipsync.geometry import Floats, points, present

UNIT = 0.585
"""Length of one face unit (distance between the eyes, or from the eyes to the mouth) as a share of the square."""
MOUTH = (0.5, 0.30)
"""Where the middle between the mouth corners lies in the square, as shares of its side (x, y)."""
_CORNERS: Sequence[int] = (0, 10)


def align(faces: Floats, lips: Floats, size: int) -> Floats:
    """Return float32 [B,2,3]: for each frame the similarity from frame pixels to a square of `size` pixels.

    `faces` [B,16] and `lips` [B,40,2] as in `geometry`. A row without a face, or with points that coincide, gets zeros.
    """
    matrices = np.zeros((len(faces), 2, 3), np.float32)
    five = points(faces)
    for index in np.flatnonzero(present(faces)):
        left_eye, right_eye = five[index, 0], five[index, 1]
        left, right = (lips[index, corner].astype(np.float64) for corner in _CORNERS)
        middle = (left + right) / 2
        across = (right_eye - left_eye) + (right - left)
        length = float(np.hypot(*across))
        unit = max(np.hypot(*(right_eye - left_eye)), np.hypot(*(middle - (left_eye + right_eye) / 2)))
        if length < 1e-3:
            continue
        cosine, sine = across / length * (UNIT * size / unit)
        linear = np.array([[cosine, sine], [-sine, cosine]])
        matrices[index, :, :2] = linear
        matrices[index, :, 2] = np.array(MOUTH) * size - linear @ middle
    return matrices
