"""Measures whether a mouth moves with the sound, with MediaPipe's face mesh as an independent eye.

The picture is cut out as the model's authors do it, 1.5 times the box of the face, upright; nothing of the code under
test takes part. The gap between the inner lips is given over the distance of the outer eye corners.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Series = NDArray[np.float64]

RATE = 16_000
ENERGY_S = 0.1
"""Span of sound around the middle of a frame whose energy counts: about as long as a syllable's vowel."""
REACH = 3
"""How many frames the mouth may lead or lag."""
_SIDE = 192
_LIPS, _EYES = (13, 14), (33, 263)


class MouthMeter:
    """The landmark model, loaded once."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._net = cv2.dnn.readNetFromTFLite(str(fetch("landmarks")), cv2.dnn.ENGINE_CLASSIC)

    def mesh(self, frame: Frames, face: Floats) -> Series:
        """Return the 468 points of the face that `face` [16] tells of, in pixels of `frame`: float64 [468, 2]."""
        left_eye, right_eye = face[6:8].astype(np.float64), face[8:10].astype(np.float64)
        centre = (face[2:4] + face[4:6]).astype(np.float64) / 2
        side = 1.5 * float(max(face[4] - face[2], face[5] - face[3]))
        angle = float(np.degrees(np.arctan2(right_eye[1] - left_eye[1], right_eye[0] - left_eye[0])))
        matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, _SIDE / side)
        matrix[:, 2] += _SIDE / 2 - centre
        crop = cv2.warpAffine(frame, matrix, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
        self._net.setInput((crop.astype(np.float32) / 255).transpose(2, 0, 1)[None])
        found = np.asarray(self._net.forward("conv2d_20"), np.float64).reshape(468, 3)[:, :2]
        back = cv2.invertAffineTransform(matrix)
        placed: Series = found @ back[:, :2].T + back[:, 2]
        return placed

    def gaps(self, frames: Frames, faces: Floats) -> Series:
        """Return for each frame how far the lips are apart, over the distance of the outer eye corners."""
        result = []
        for frame, face in zip(frames, faces, strict=True):
            mesh = self.mesh(frame, face)
            upper, lower = mesh[list(_LIPS)]
            left, right = mesh[list(_EYES)]
            result.append(float(np.hypot(*(lower - upper)) / np.hypot(*(right - left))))
        return np.array(result)


def energy(samples: Floats, fps: float, count: int) -> Series:
    """Return the root mean square of the sound (mono, 16 kHz) around the middle of each of `count` frames."""
    total = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    middle = (np.arange(count) + 0.5) / fps
    edges = [((middle + side * ENERGY_S / 2) * RATE).astype(int).clip(0, len(samples)) for side in (-1, 1)]
    powers: Series = (total[edges[1]] - total[edges[0]]) / np.maximum(edges[1] - edges[0], 1)
    return np.sqrt(powers)


def agreement(gaps: Series, energies: Series) -> tuple[float, int]:
    """Return the best correlation of gap and energy within `REACH` frames, and by how many frames the mouth lags."""
    found = []
    for lag in range(-REACH, REACH + 1):
        mouth = gaps[max(lag, 0) : len(gaps) + min(lag, 0)]
        sound = energies[max(-lag, 0) : len(energies) - max(lag, 0)]
        found.append((float(np.corrcoef(mouth, sound)[0, 1]), lag))
    return max(found)
