"""Somebody's own ONNX export of Wav2Lip, or of a model with the same inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.errors import BadModel
from heygem_core.lipsync.generator.model import Model, Setup

Floats = NDArray[np.float32]

CHANNELS = 6
"""The face with its lower half blackened, then the same face as it is."""


class Wav2Lip:
    """A generator of whole faces: [B,6,R,R] and [B,1,80,16] to [B,3,R,R], BGR in 0..1, R as the model has it.

    The published model has R = 96; others have 192, 256, 288 or 384.
    """

    whole_face = True

    def __init__(self, path: Path, setup: Setup) -> None:
        inputs = [(None, CHANNELS, None, None), (None, 1, 80, 16)]
        self.model = Model(path, inputs, (None, 3, None, None), setup)
        height, width = self.model.dimension(0, 2), self.model.dimension(0, 3)
        if height != width:
            raise BadModel(f"model {str(path)!r} takes faces of {width} x {height} pixels, expected a square")
        self.size = height or 96

    def guide(self, lips: Floats, faces: Floats, matrices: Floats) -> Floats:  # noqa: ARG002
        """Return no extra channels."""
        return np.zeros((len(faces), 0, self.size, self.size), np.float32)

    def prepare(self, crops: NDArray[np.uint8], guide: Floats) -> Floats:  # noqa: ARG002
        """Return float32 [B, 6, R, R] as Wav2Lip's ``inference.py`` stacks them: masked first, BGR, over 255."""
        faces = np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        masked = faces.copy()
        masked[:, :, self.size // 2 :] = 0
        return np.concatenate([masked, faces], axis=1)

    def generate(self, image: Floats, audio: Floats) -> NDArray[np.uint8]:
        """Return the generated faces, uint8 RGB [B, R, R, 3]."""
        result = self.model.run(image, audio)
        if result.shape[2:] != image.shape[2:]:
            width, height = result.shape[:1:-1]
            raise BadModel(f"the model returned faces of {width} x {height} pixels, expected {self.size} x {self.size}")
        faces = result[:, ::-1].transpose(0, 2, 3, 1)
        return np.rint(np.clip(faces, 0, 1) * 255).astype(np.uint8)
