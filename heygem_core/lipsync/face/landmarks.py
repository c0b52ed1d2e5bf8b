"""468 points of a face, of which the lips are used: MediaPipe's face mesh, run by OpenCV.

The model wants a face that stands upright in the middle of a square 1.5 times its size (MediaPipe's
``face_landmark_front`` graph). Eyes and mouth say where that is, better than the detector's box, which takes in more or
less of hair and chin.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.face.anatomy import unit_of
from heygem_core.lipsync.geometry import INNER_LIPS, OUTER_LIPS, inverse, transform
from heygem_core.lipsync.picture import Picture, square

Floats = NDArray[np.float32]

SIZE = 192
"""Side of the model's input."""
MARGIN = 3.8
"""Side of the square over the distance of the eyes, or of eyes and mouth if that is larger.

Chosen by how well the lips of a picture tilted by 10° and 20° are the tilted lips of the picture, for eight pictures of
four people: off by 1.7 % of the distance of the eyes, at most 3.4 %; 1.9 and 6.2 % at 3.2, 2.4 and 5.4 % at 4.1, and
2.8 and 7.5 % with place and size of the detector's box.

Not larger: a face that is followed by its own mesh passes an error of size on to the next frame. Of 18 pictures of nine
people, at most 63 % of it at 3.8, 21 % at 3.6; from 3.9 on it can grow.
"""

_LIPS = np.array(OUTER_LIPS + INNER_LIPS)
_UPPER, _LOWER = 13, 14
_EYES = (33, 263)


class Landmarks:
    """The face mesh model; one face takes about 2 ms of one core."""

    def __init__(self) -> None:
        # Stages are parallel to each other; a pool of threads in each would only make them compete.
        cv2.setNumThreads(1)
        # The classic engine alone gives two outputs in one pass.
        self._net = cv2.dnn.readNetFromTFLite(str(fetch("landmarks")), cv2.dnn.ENGINE_CLASSIC)

    def mesh(self, frame: Picture, points: Floats) -> tuple[Floats, float]:
        """Return (all points, confidence) of the face with the five ``points`` [5, 2] of the detector.

        The points are float32 [468, 2] in the frame's pixels. The confidence, from 0 to 1, says how sure the model is
        that it looks at a face.
        """
        matrix = _upright(points)
        crop = square(frame, matrix, SIZE, dark=True)
        self._net.setInput((crop.astype(np.float32) / 255).transpose(2, 0, 1)[None])
        mesh, flag = self._net.forward(["conv2d_20", "conv2d_30"])
        found = mesh.reshape(-1, 3)[:, :2]
        confidence = 1 / (1 + np.exp(-float(flag.reshape(()))))
        return transform(inverse(matrix), found).astype(np.float32), confidence


def lips_of(mesh: Floats) -> Floats:
    """Return the lips out of a mesh [468, 2]: float32 [40, 2] in the order that `geometry` describes."""
    lips: Floats = mesh[_LIPS]
    return lips


def mouth_gap(mesh: Floats) -> float:
    """Return how far the mouth is open: the gap between the inner lips over the distance of the outer eye corners."""
    eyes = mesh[_EYES[1]] - mesh[_EYES[0]]
    return float(np.hypot(*(mesh[_LOWER] - mesh[_UPPER])) / np.hypot(*eyes))


def _upright(points: Floats) -> NDArray[np.float64]:
    """Return the similarity [2, 3] from frame pixels to the model's input, the eyes on a level line."""
    left_eye, right_eye, _, left_corner, right_corner = points.astype(np.float64)
    eyes, mouth = (left_eye + right_eye) / 2, (left_corner + right_corner) / 2
    across = right_eye - left_eye
    cosine, sine = across / max(float(np.hypot(*across)), 1e-6) * (SIZE / (MARGIN * unit_of(points)))
    linear = np.array([[cosine, sine], [-sine, cosine]])
    return np.concatenate([linear, (SIZE / 2 - linear @ ((eyes + mouth) / 2))[:, None]], axis=1)
