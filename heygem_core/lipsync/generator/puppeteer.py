"""Runs the built-in puppet as a generator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.generator import puppet
from heygem_core.lipsync.generator.model import Model, Setup

Floats = NDArray[np.float32]


class Puppeteer:
    """A generator of the lower face out of the graph that `puppet.build` writes."""

    whole_face = False
    size = puppet.SIZE

    def __init__(self, path: Path, setup: Setup) -> None:
        channels = 3 + puppet.GUIDE_CHANNELS
        inputs = [(None, channels, self.size, self.size), (None, 1, 80, 16)]
        self.model = Model(path, inputs, (None, 3, self.size, self.size), setup)

    def guide(self, lips: Floats, faces: Floats, matrices: Floats) -> Floats:
        """Return the curves along the lips, see `puppet.guide`."""
        return puppet.guide(lips, faces, matrices, self.size)

    def prepare(self, crops: NDArray[np.uint8], guide: Floats) -> Floats:
        """Return float32 [B, 3 + K, R, R]: RGB in 0..1 and the guide."""
        pictures = crops.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        return np.concatenate([pictures, guide], axis=1)

    def generate(self, image: Floats, audio: Floats) -> NDArray[np.uint8]:
        """Return the moved faces, uint8 RGB [B, R, R, 3]."""
        pictures = self.model.run(image, audio).transpose(0, 2, 3, 1)
        return np.rint(np.clip(pictures, 0, 1) * 255).astype(np.uint8)
