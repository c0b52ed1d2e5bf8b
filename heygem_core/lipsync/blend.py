"""The pipeline's fourth stage: the generated square goes back into the frame, seen only on the lower face."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.crop import MOUTH, UNIT
from heygem_core.lipsync.geometry import Floats, inverse, present, smoothstep, transform
from heygem_core.lipsync.layout import AFTER_BLEND
from heygem_core.lipsync.picture import Picture, Plane, back, on_chroma, square
from heygem_core.pipeline.stage import Item, Job, Slot, Transform

Patch = NDArray[np.uint8]
Box = tuple[int, int, int, int]

SAME, OTHER = 4.0, 20.0
"""Difference in grey levels up to which a place counts as unchanged, and from which on as redrawn."""


@dataclass
class Blend(Transform):
    """Replaces the lower face in the frames by `patch`, read through the inverse of `matrix`.

    Takes the frames, `faces` float32 [B,16], `patch` uint8 RGB [B,R,R,3] and `matrix` float32 [B,2,3] (frame to patch);
    gives the frames' planes. What the mask does not cover stays equal to the bit. A face that turns up in the
    middle of a clip is faded in over `fade` frames; one that leaves is faded out as far as the slot shows it coming.
    """

    fade: int = 4
    name: str = field(default="blend", init=False)
    produces = AFTER_BLEND

    def start(self, job: Job) -> None:  # noqa: ARG002 - the signature is the engine's
        """Forget the job before."""
        # A clip that begins with a face shows the moved one from its first frame on.
        self._strength = 1.0

    def process(self, item: Item, out: Slot) -> None:
        """Copy the frames and paste each face's patch into the copy."""
        planes = [out.forward(name, item) for name in ("luma", "chroma")]
        frames = [Picture(*parts) for parts in zip(*planes, item["colour"], strict=True)]
        strengths = self._strengths(present(item["faces"]))
        for index in np.flatnonzero(strengths):
            paste(frames[index], item["patch"][index], item["matrix"][index], float(strengths[index]))

    def _strengths(self, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
        step = 1.0 / self.fade
        result = np.zeros(len(seen))
        for index, there in enumerate(seen):
            self._strength = min(self._strength + step, 1.0) if there else 0.0
            result[index] = self._strength
        for index in range(len(seen) - 2, -1, -1):
            result[index] = min(result[index], result[index + 1] + step)
        return np.where(seen, result, 0.0)


@lru_cache(maxsize=4)
def mask(size: int) -> Floats:
    """Return float32 [R,R] in 0..1: where a square of `size` pixels shows in the frame; 0 at its border."""
    centres = (np.arange(size) + 0.5) / size
    across = np.abs(centres - MOUTH[0])[None, :]
    down = (centres - MOUTH[1])[:, None]
    vertical = np.where(down < 0, down / (0.42 * UNIT), down / (1.14 * UNIT))
    distance = np.sqrt((across / (0.80 * UNIT)) ** 2 + vertical**2)
    shown = 1.0 - smoothstep(0.78, 1.0, distance)
    shown.flags.writeable = False
    return shown


def paste(frame: Picture, patch: Patch, matrix: Floats, strength: float = 1.0) -> None:
    """Blend `patch` RGB [R,R,3] into `frame` in place; `matrix` [2,3] leads from frame to patch pixels.

    Only pixels under the mask change, and `strength` scales it. Where the patch shows what the frame had there, the
    frame keeps its own, finer grain.
    """
    import cv2

    size = len(patch)
    source = square(frame, matrix, size)
    change = patch.astype(np.float32) - source
    largest = np.maximum.reduce(cv2.split(cv2.absdiff(patch, source)))
    redrawn = smoothstep(SAME, OTHER, cv2.blur(largest.astype(np.float32), (9, 9)))
    shown = mask(size) * np.float32(strength)
    # Redrawn places replace the frame, others add their change to it; both are linear, so one warp brings them back,
    # and what they add can be told in luma and chroma as well as in RGB.
    weight = redrawn * shown
    to_planes = back(frame.colour)
    added = cv2.transform(change * shown[..., None] + source * weight[..., None], to_planes[:, :3])
    added += weight[..., None] * to_planes[:, 3].astype(np.float32)
    _mix([frame.luma], matrix, added[..., :1], weight)
    _mix(list(frame.chroma), on_chroma(matrix, frame), added[..., 1:], weight)


def _mix(planes: list[Plane], matrix: NDArray[np.floating], added: Floats, weight: Floats) -> None:
    """Take `weight` [R,R] of `planes` [h,w] away and give them `added` [R,R,N] instead, where the square lies."""
    import cv2

    box = _box(planes[0].shape, matrix, len(weight))
    if box is None:
        return
    left, top, right, bottom = box
    shifted = np.array(matrix, np.float64)
    shifted[:, 2] += shifted[:, :2] @ (left, top)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    placed = cv2.warpAffine(np.dstack([added, weight]), shifted, (right - left, bottom - top), flags=flags)
    for index, plane in enumerate(planes):
        region = plane[top:bottom, left:right]
        mixed = region - region * placed[..., -1] + placed[..., index]
        region[:] = np.rint(mixed).clip(0, 255)


def _box(shape: tuple[int, ...], matrix: NDArray[np.floating], size: int) -> Box | None:
    """Return left, top, right, bottom of the part of the plane that the square covers, or None."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    placed = transform(inverse(matrix), corners)
    low = np.maximum(np.floor(placed.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(placed.max(axis=0)) + 1, (shape[1], shape[0])).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
