"""The built-in generator: a face moved like a puppet's, drawn by a small ONNX graph that is built here.

There are no learned weights in it. From the mel window the graph reads how far the mouth should be open and how wide;
from the curves that `guide` adds to the picture it knows where the lips are. It closes what the source mouth has open,
opens it again as far as the speech asks, takes lower lip, chin and a little of the upper lip along, and fills the gap:
with the source's own teeth where they were to be seen, else with a painted inside in the colours of the face.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from heygem_core.lipsync.crop import UNIT
from heygem_core.lipsync.geometry import Floats, transform

SIZE = 256
"""Side in pixels of the square that the graph takes and gives."""
GUIDE_CHANNELS = 1
"""Channels that `guide` adds to the picture."""
_SOURCES = ("../crop.py", "puppet.py", "puppet_graph.py", "puppet_model.py")
_DIGEST = hashlib.sha256(b"".join((Path(__file__).parent / name).read_bytes() for name in _SOURCES)).hexdigest()
FILE_NAME = f"puppet-{_DIGEST[:12]}.onnx"
"""Name for a cached copy; it changes with the code that makes the graph, so that no stale copy is ever used."""

GUIDE_ROWS = 6
"""Rows of that channel that hold something."""
_APART = 0.03
"""Gap in face units from which on lips are surely apart; the landmark model sees up to 0.02 between closed ones."""


def guide(lips: Floats, faces: Floats, matrix: Floats, size: int) -> Floats:
    """Return float32 [B,1,R,R]: the extra channel, whose first rows hold one value per column of the crop.

    Row 0 and 1: upper and lower edge of the inner lips, in shares of R from the top; 2: how much a column takes part in
    opening (1 in the middle of the mouth, 0 at its corners); 3: the same for the jaw; 4: whether the source shows
    its own teeth there; 5: how a column moves when the mouth gets narrower.
    `lips` [B,40,2] in frame pixels, `faces` [B,16], `matrix` [B,2,3] from `crop.align`.
    """
    sheet = np.zeros((len(lips), GUIDE_CHANNELS, size, size), np.float32)
    for index in np.flatnonzero(faces[:, 0] > 0.5):
        inner = transform(matrix[index], lips[index, 20:]) / size
        sheet[index, 0, :GUIDE_ROWS] = _curves(inner, size)
    return sheet


def _curves(inner: Any, size: int) -> Floats:
    """Turn the 20 points of the inner outline, in shares of the crop, into the rows described in `guide`."""
    columns = (np.arange(size) + 0.5) / size
    lower = inner[:11]
    upper = np.concatenate([inner[10:], inner[:1]])[::-1]
    low, high = _follow(columns, lower), _follow(columns, upper)
    seam = (low + high) / 2
    gap = np.maximum(low - high, 0)
    half_gap = gap * np.clip(gap / (_APART * UNIT), 0, 1) / 2
    left, right = inner[0, 0], inner[10, 0]
    centre, half = (left + right) / 2, max((right - left) / 2, 0.02)
    place = (columns - centre) / half
    profile = np.clip(1 - (place / 0.97) ** 2, 0, 1) ** 1.0
    jaw = np.exp(-0.5 * ((columns - centre) / (0.42 * UNIT)) ** 2)
    teeth = np.clip((2 * half_gap / UNIT - 0.05) / 0.06, 0, 1)
    spread = place * np.exp(0.5 - 0.5 * place**2)
    rows = np.stack([seam - half_gap, seam + half_gap, profile, jaw, teeth, spread])
    return rows.astype(np.float32)


def _follow(columns: Any, line: Any) -> Any:
    """Read the height of a line of points at every column, smoothly, level beyond its ends."""
    across = np.maximum.accumulate(line[:, 0])
    height = np.interp(columns, across, line[:, 1])
    reach = max(len(columns) // 40, 1)
    kernel = np.hanning(2 * reach + 3)
    padded = np.pad(height, reach + 1, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")


def build(path: Path) -> None:
    """Write the graph to `path`; the same source gives the same bytes.

    Inputs: `image` float32 [B,4,R,R], RGB in 0..1 and the channel of `guide`; `audio` float32 [B,1,80,16], the log-mel
    window. Output: `picture` float32 [B,3,R,R] in 0..1. R is `SIZE`; B is free.
    """
    from heygem_core.lipsync.generator.puppet_model import model

    path.write_bytes(model(SIZE).SerializeToString(deterministic=True))
