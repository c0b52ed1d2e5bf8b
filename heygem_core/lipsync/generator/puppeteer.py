"""Runs the built-in puppet as a generator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.generator import puppet
from heygem_core.lipsync.generator.contract import Contract, read
from heygem_core.lipsync.generator.model import Model, Setup
from heygem_core.lipsync.generator.puppet_graph import Value

Floats = NDArray[np.float32]


class Puppeteer:
    """A generator of the lower face out of the graph that `puppet.build` writes."""

    whole_face = False
    size = puppet.SIZE

    def __init__(self, path: Path, setup: Setup) -> None:
        picture = (None, 3 + puppet.GUIDE_CHANNELS, self.size, self.size)
        contract = Contract(picture, (None, 1, 80, 16), (None, 3, self.size, self.size))
        sheet = (puppet.GUIDE_CHANNELS, puppet.GUIDE_ROWS)
        self.model = Model(read(path, contract), self.size, setup, self.before, guide=sheet)

    def before(self, rgb: Value, guide: Value | None, audio: Value) -> tuple[Value, Value]:
        """Lay the guide's rows into a channel of their own: [B, 3 + K, R, R]."""
        if guide is None:
            raise ValueError("the puppet has a guide")
        sheet = guide.graph.op("Pad", guide, [0, 0, 0, 0, 0, 0, self.size - puppet.GUIDE_ROWS, 0])
        return rgb.graph.op("Concat", rgb, sheet, axis=1), audio

    def guide(self, lips: Floats, faces: Floats, matrices: Floats) -> Floats:
        """Return the curves along the lips, the rows of `puppet.guide` that hold something: [B, K, N, R]."""
        return puppet.guide(lips, faces, matrices, self.size)[:, :, : puppet.GUIDE_ROWS]

    def generate(self, crops: NDArray[np.uint8], guide: Floats | None, audio: Floats) -> NDArray[np.uint8]:
        """Return the moved faces, uint8 RGB [B, R, R, 3]."""
        return self.model.run(crops, audio, guide)
