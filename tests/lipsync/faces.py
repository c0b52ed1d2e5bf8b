"""Clips that show a face, cut from the default clip, in any size, rate and shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch
from tests.lipsync.media.clips import Clip

Picture = NDArray[np.uint8]


@cache
def speaker(count: int = 48) -> tuple[Picture, ...]:
    """Return the first frames of the default clip, RGB [480,640,3]."""
    with av.open(str(fetch("clip"))) as container:
        frames = container.decode(video=0)
        return tuple(np.asarray(next(frames).to_ndarray(format="rgb24"), np.uint8) for _ in range(count))


def plain(picture: Picture, _: int) -> Picture:
    """Change nothing."""
    return picture


def doubled(picture: Picture, _: int) -> Picture:
    """Put the speaker beside himself, smaller: two faces."""
    small = cv2.resize(picture, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    wide = np.full((picture.shape[0], picture.shape[1] + small.shape[1], 3), 90, np.uint8)
    wide[:, : picture.shape[1]] = picture
    wide[: small.shape[0], picture.shape[1] :] = small
    return wide


def lost_in_between(picture: Picture, index: int) -> Picture:
    """Hide everything in the second third of 24 frames."""
    return np.full_like(picture, 120) if 8 <= index < 16 else picture


@dataclass
class FaceClip(Clip):
    """A clip of the speaker; ``change`` is done to each picture before it is scaled to the clip's size."""

    frames: int = 24
    width: int = 320
    height: int = 240
    change: Callable[[Picture, int], Picture] = field(default=plain)

    def picture(self, index: int) -> Picture:
        """Return frame ``index``, RGB [H,W,3]."""
        changed = self.change(speaker()[index % len(speaker())], index)
        size = (self.height, self.width) if self.rotation in {90, 270, -90} else (self.width, self.height)
        scaled = cv2.resize(changed, size, interpolation=cv2.INTER_AREA)
        # A file with rotation stores its pictures lying down; players turn them by that angle to stand.
        turns = self.rotation // 90 % 4
        return np.ascontiguousarray(np.rot90(scaled, -turns)).astype(np.uint8)
