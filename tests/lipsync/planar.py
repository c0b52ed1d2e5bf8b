"""Pictures for the stages out of RGB, and back, by arithmetic of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.picture import Picture, Rgb
from heygem_core.pipeline.stage import DictSlot, Item

JPEG = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])
"""From full-range BT.601 to RGB, as the JPEG file interchange format gives it; nothing is lost but roundings."""
COLOUR = np.column_stack([JPEG, JPEG @ [0, -128, -128]]).astype(np.float32)


def planes(frames: Rgb) -> NDArray[np.uint8]:
    """Return [..., 3, H, W] for RGB [..., H, W, 3]."""
    levels = frames @ np.linalg.inv(JPEG).T + [0, 128, 128]
    return np.moveaxis(np.rint(levels).clip(0, 255).astype(np.uint8), -1, -3)


def picture(frame: Rgb) -> Picture:
    """Return one frame with chroma for every pixel."""
    luma, *chroma = planes(frame)
    return Picture(luma, np.stack(chroma), COLOUR)


def pictures(frames: Rgb) -> list[Picture]:
    """Return frames [N, H, W, 3]."""
    return [picture(frame) for frame in frames]


def put(slot: DictSlot, frames: Rgb) -> None:
    """Put frames [B, H, W, 3] into a slot, as the decoder does."""
    levels = planes(frames)
    count, _, height, width = levels.shape
    slot.allocate("luma", (count, height, width), np.uint8)[:] = levels[:, 0]
    slot.allocate("chroma", (count, 2, height, width), np.uint8)[:] = levels[:, 1:]
    slot.allocate("colour", (count, 3, 4), np.float32)[:] = COLOUR


def shown(item: Item, colour: NDArray[np.float32] = COLOUR) -> Rgb:
    """Return what is in a slot as RGB [B, H, W, 3]; halved chroma is repeated."""
    luma, chroma = item["luma"], item["chroma"]
    for axis in (2, 3):
        chroma = np.repeat(chroma, luma.shape[axis - 1] // chroma.shape[axis], axis=axis)
    levels = np.concatenate([luma[:, None], chroma], axis=1).astype(np.float64)
    rgb = np.moveaxis(levels, 1, -1) @ colour[:, :3].T + colour[:, 3]
    return np.rint(rgb).clip(0, 255).astype(np.uint8)


def kept(frames: Rgb) -> Rgb:
    """Return frames as they are after `put`: to the bit what a stage that changes nothing lets through."""
    return np.stack([shown(slot)[0] for slot in map(_alone, frames)])


def _alone(frame: Rgb) -> DictSlot:
    slot = DictSlot(count=1)
    put(slot, frame[None])
    return slot
