"""Somebody's own ONNX export of Wav2Lip, or of a model with the same inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.errors import BadModel
from heygem_core.lipsync.generator.contract import Contract, read
from heygem_core.lipsync.generator.model import Model, Setup
from heygem_core.lipsync.generator.puppet_graph import Value
from heygem_core.lipsync.generator.surround import blackened, swapped

Floats = NDArray[np.float32]

CHANNELS = 6
"""The face with its lower half blackened, then the same face as it is."""
_CONTRACT = Contract((None, CHANNELS, None, None), (None, 1, 80, 16), (None, 3, None, None))


class Wav2Lip:
    """A generator of whole faces: [B,6,R,R] and [B,1,80,16] to [B,3,R,R], BGR in 0..1, R as the model has it.

    The published model has R = 96; others have 192, 256, 288 or 384.
    """

    whole_face = True

    def __init__(self, path: Path, setup: Setup) -> None:
        accepted = read(path, _CONTRACT)
        height, width = accepted.shape[2:]
        if height != width:
            raise BadModel(f"model {str(path)!r} takes faces of {width} x {height} pixels, expected a square")
        self.size = height or 96
        self.model = Model(accepted, self.size, setup, self.before, bgr=True)

    def before(self, rgb: Value, guide: Value | None, audio: Value) -> tuple[Value, Value]:  # noqa: ARG002
        """Stack [B, 6, R, R] as Wav2Lip's ``inference.py`` does: masked first, BGR, over 255."""
        faces = swapped(rgb)
        masked = blackened(faces, self.size, slice(self.size // 2, None), slice(None))
        return faces.graph.op("Concat", masked, faces, axis=1), audio

    def guide(self, lips: Floats, faces: Floats, matrices: Floats) -> None:
        """Want to know nothing beside the pictures."""

    def generate(self, crops: NDArray[np.uint8], guide: Floats | None, audio: Floats) -> NDArray[np.uint8]:
        """Return the generated faces, uint8 RGB [B, R, R, 3]."""
        return self.model.run(crops, audio, guide)
