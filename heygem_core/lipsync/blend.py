"""Put the generated square back into the frame, seen only where it belongs: on the lower face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.crop import MOUTH, UNIT
from heygem_core.lipsync.geometry import inverse, present, smoothstep, transform
from heygem_core.pipeline.stage import Item, Job, Slot, Transform

Picture = NDArray[np.uint8]
Mask = NDArray[np.float32]


@dataclass
class Blend(Transform):
    """Replaces the lower face in `frames` by `patch`, read through the inverse of `matrix`.

    Takes `frames` uint8 [B,H,W,3], `faces` float32 [B,16], `patch` uint8 [B,R,R,3] and `matrix` float32 [B,2,3]
    (frame to patch); gives `frames`. What the mask does not cover stays equal to the bit. The patch appears and
    disappears over `fade` frames, so that a face lost or found does not jump.
    """

    name: str = "blend"
    fade: int = 4

    def start(self, job: Job) -> None:  # noqa: ARG002
        """Forget the job before."""
        self._strength = 0.0
        self._first = True

    def process(self, item: Item, out: Slot) -> None:
        """Copy the frames and paste each face's patch into the copy."""
        frames = out.forward("frames", item)
        strengths = self._strengths(present(item["faces"]))
        for index in np.flatnonzero(strengths):
            paste(frames[index], item["patch"][index], item["matrix"][index], float(strengths[index]))

    def _strengths(self, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
        step = 1.0 / self.fade
        result = np.zeros(len(seen))
        for index, there in enumerate(seen):
            if self._first:
                self._strength, self._first = float(there), False
            self._strength = min(self._strength + step, 1.0) if there else 0.0
            result[index] = self._strength
        return result


def mask(size: int) -> Mask:
    """Return float32 [R,R] in 0..1: where a square of `size` pixels shows in the frame; 0 at its border."""
    centres = (np.arange(size) + 0.5) / size
    across = np.abs(centres - MOUTH[0])[None, :]
    down = (centres - MOUTH[1])[:, None]
    up, low = 0.36 * UNIT, 1.14 * UNIT
    vertical = np.where(down < 0, down / up, down / low)
    distance = np.sqrt((across / (0.80 * UNIT)) ** 2 + vertical**2)
    return 1.0 - smoothstep(0.78, 1.0, distance)


def paste(frame: Picture, patch: Picture, matrix: NDArray[np.float32], strength: float = 1.0) -> None:
    """Blend `patch` [R,R,3] into `frame` [H,W,3] in place; `matrix` [2,3] leads from frame to patch pixels.

    Only pixels under the mask change, `strength` scales it.
    """
    import cv2

    size = len(patch)
    box = _box(frame.shape, matrix, size)
    if box is None:
        return
    left, top, right, bottom = box
    region = frame[top:bottom, left:right]
    shifted = matrix.astype(np.float64).copy()
    shifted[:, 2] += shifted[:, :2] @ (left, top)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shape = (right - left, bottom - top)
    placed = cv2.warpAffine(patch, shifted, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpAffine(mask(size) * np.float32(strength), shifted, shape, flags=flags)[..., None]
    mixed = region + (placed.astype(np.float32) - region) * weight
    np.copyto(region, np.rint(mixed).astype(np.uint8), where=weight > 0)


def _box(shape: tuple[int, ...], matrix: NDArray[np.float32], size: int) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of the part of the frame that the square covers, or None."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    placed = transform(inverse(matrix), corners)
    low = np.maximum(np.floor(placed.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(placed.max(axis=0)) + 1, (shape[1], shape[0])).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
