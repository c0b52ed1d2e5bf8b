"""468 points of a face, of which the lips are used: MediaPipe's face mesh, run by OpenCV.

The model wants a face that stands upright in a square 1.5 times its size (MediaPipe's
``face_landmark_front`` graph), so the picture is turned by the line through the eyes first.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.geometry import INNER_LIPS, OUTER_LIPS, inverse, transform

Floats = NDArray[np.float32]

SIZE = 192
"""Side of the model's input."""
MARGIN = 1.5
"""Side of the square over the longer side of the face's box."""

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

    def mesh(self, frame: NDArray[np.uint8], box: Floats, points: Floats) -> tuple[Floats, float]:
        """Return (all points, confidence) of the face in ``box`` [4] with five ``points`` [5, 2].

        ``frame`` is uint8 RGB [H, W, 3]; the points are float32 [468, 2] in its pixels. The confidence, from 0 to
        1, says how sure the model is that it looks at a face.
        """
        matrix = _upright(box, points)
        crop = cv2.warpAffine(frame, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
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


def _upright(box: Floats, points: Floats) -> NDArray[np.float64]:
    """Return the similarity [2, 3] from frame pixels to the model's input, the eyes on a level line."""
    centre = (box[:2] + box[2:]).astype(np.float64) / 2
    scale = SIZE / (MARGIN * float(max(box[2] - box[0], box[3] - box[1])))
    across = (points[1] - points[0]).astype(np.float64)
    cosine, sine = across / max(float(np.hypot(*across)), 1e-6) * scale
    linear = np.array([[cosine, sine], [-sine, cosine]])
    return np.concatenate([linear, (SIZE / 2 - linear @ centre)[:, None]], axis=1)
