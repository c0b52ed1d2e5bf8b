"""CenterFace, a face detector with five points per face, run at a reduced size.

The model and its decoding: Xu et al., CenterFace, 2019. Every cell of a grid of 4 x 4 pixels says how likely a
face is centred in it, how large it would be, and where its points would lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.assets import ASSETS, built, fetch
from heygem_core.lipsync.picture import Picture, reduced
from heygem_core.runtime.session import Provider, Session, create_session

Floats = NDArray[np.float32]

PIXELS = 320 * 256
"""About how many pixels the detector looks at; faces down to about 1/16 of the picture's width are found."""
THRESHOLD = 0.5
"""Least score of a face. On the default clips the true faces score above 0.6, and nothing else above 0.3."""
OVERLAP = 0.3
"""Largest intersection over union of two faces."""

_STRIDE = 32
_CELL = 4


@dataclass(frozen=True)
class Detections:
    """The faces of one frame, in frame pixels, best score first."""

    boxes: Floats
    """[N, 4]: x0, y0, x1, y1."""
    scores: Floats
    """[N], from `THRESHOLD` to 1."""
    points: Floats
    """[N, 5, 2]: the eye, nose and mouth corner points, eyes and corners from left to right in the picture."""

    def __len__(self) -> int:
        return len(self.scores)


class Detector:
    """CenterFace on frames of one size per call; the picture is reduced to about `PIXELS` pixels."""

    def __init__(self, provider: Provider = "cpu", batch: int = 4) -> None:
        self.session: Session = create_session(_dynamic_model(), provider, threads=1)
        self._batch = batch
        self._input: Floats = np.empty((0, 3, 0, 0), np.float32)

    def detect(self, frames: Sequence[Picture]) -> list[Detections]:
        """Return the faces of each of ``frames``, all of one size and at most as many as the batch."""
        width, height = frames[0].size
        small = reduced_size(width, height)
        if self._input.shape != (self._batch, 3, small[1], small[0]):
            self._input = np.zeros((self._batch, 3, small[1], small[0]), np.float32)
        for index, frame in enumerate(frames):
            self._input[index] = reduced(frame, small).transpose(2, 0, 1)
        outputs = self.session.session.run(None, {"image": self._input})
        scale = np.array([width / small[0], height / small[1]], np.float32)
        return [_decode([output[index] for output in outputs], scale) for index in range(len(frames))]


def reduced_size(width: int, height: int) -> tuple[int, int]:
    """Return (width, height) of about `PIXELS` pixels and nearly the same shape, in multiples of 32."""
    factor = (PIXELS / (width * height)) ** 0.5
    sides = (max(round(side * factor / _STRIDE), 1) * _STRIDE for side in (width, height))
    return next(sides), next(sides)


def _dynamic_model() -> Path:
    """Return CenterFace with free batch, height and width.

    The published file is fixed to 10 pictures of 32 x 32 and lists its weights as inputs, which keeps
    onnxruntime from folding them: without them it is 2.6 times as fast.
    """
    source = fetch("centerface")
    return built(f"centerface-dynamic-{ASSETS['centerface'].sha256[:8]}.onnx", lambda path: _free(source, path))


def _free(source: Path, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(source)
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}
    (image,) = (value for value in graph.input if value.name not in weights)
    for node in graph.node:
        node.input[:] = ["image" if name == image.name else name for name in node.input]
    used = {name for node in graph.node for name in node.input}
    needed = [weight for weight in graph.initializer if weight.name in used]
    del graph.initializer[:], graph.input[:]
    graph.initializer.extend(needed)
    graph.input.append(helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 3, "H", "W"]))
    for output in graph.output:
        channels = output.type.tensor_type.shape.dim[1].dim_value
        output.CopyFrom(helper.make_tensor_value_info(output.name, TensorProto.FLOAT, ["B", channels, "h", "w"]))
    onnx.save(model, path)


def _decode(maps: list[Floats], scale: Floats) -> Detections:
    """Turn one frame's maps [1|2|2|10, h, w] into detections; ``scale`` [2] is frame pixels per input pixel."""
    heat, size, offset, points = maps
    rows, columns = np.nonzero(heat[0] > THRESHOLD)
    scores = heat[0, rows, columns]
    tall, wide = np.exp(size[:, rows, columns]) * _CELL
    top = (rows + offset[0, rows, columns] + 0.5) * _CELL - tall / 2
    left = (columns + offset[1, rows, columns] + 0.5) * _CELL - wide / 2
    boxes = np.stack([left, top, wide, tall], axis=1)
    best = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), THRESHOLD, OVERLAP)
    kept = np.asarray(best, np.intp).reshape(-1)
    at = points[:, rows[kept], columns[kept]].reshape(5, 2, len(kept))
    x = left[kept] + at[:, 1] * wide[kept]
    y = top[kept] + at[:, 0] * tall[kept]
    corners = np.concatenate([boxes[kept, :2], boxes[kept, :2] + boxes[kept, 2:]], axis=1)
    return Detections(
        (corners * np.tile(scale, 2)).astype(np.float32),
        scores[kept].astype(np.float32),
        (np.stack([x.T, y.T], axis=2) * scale).astype(np.float32),
    )
