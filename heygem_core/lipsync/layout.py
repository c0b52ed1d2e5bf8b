"""Which arrays a slot holds after each stage: their dtypes, and their shapes without the frames' axis."""

from __future__ import annotations

from heygem_core.pipeline.stage import Produces

_PLANES: Produces = {"luma": ("uint8", (None, None)), "chroma": ("uint8", (2, None, None))}
"""The frames' planes [B, H, W] and [B, 2, h, w], see `heygem_core.lipsync.picture`."""
_FRAMES: Produces = {**_PLANES, "colour": ("float32", (3, 4))}
"""And the map [B, 3, 4] from them to RGB."""
_AUDIO: Produces = {"audio": ("float32", (1, 80, 16))}
"""Mel windows [B, 1, 80, 16], see `heygem_core.lipsync.audio`."""
_FACES: Produces = {"faces": ("float32", (16,))}
"""As `heygem_core.lipsync.geometry` describes them, as are the lips."""
_LIPS: Produces = {"lips": ("float32", (40, 2))}
_PATCH: Produces = {"patch": ("uint8", (None, None, 3)), "matrix": ("float32", (2, 3))}
"""The drawn square [B, R, R, 3], and the affine map from frame to square."""

AFTER_DECODE: Produces = {**_FRAMES, **_AUDIO}
AFTER_FACE: Produces = {**_FRAMES, **_AUDIO, **_FACES, **_LIPS}
AFTER_GENERATOR: Produces = {**_FRAMES, **_FACES, **_PATCH}
AFTER_BLEND: Produces = _PLANES
