"""Pictures as video files have them: a plane of luma, two smaller planes of chroma, and what they mean in RGB.

Frames travel through the pipeline as they were decoded and reach the encoder untouched but for the mouth: turning whole
frames into RGB and back took a fifth of a 1080p job's processor time, twice the bytes in every slot, and rounded every
pixel. What a model looks at is small; only that becomes RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from heygem_core.pipeline.stage import Item

Plane = NDArray[np.uint8]
Rgb = NDArray[np.uint8]
"""[H, W, 3]."""
Floats = NDArray[np.float32]

ARRAYS = ("luma", "chroma", "colour")
"""The arrays of a slot that pictures are made of."""
FULL = 2
"""H.273's number for levels from 0 to 255; luma has 16 to 235 otherwise, chroma 16 to 240."""
_BT601 = (0.299, 0.114)
_RED_BLUE = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
"""Shares of red and blue in luma by the matrix's number (ITU-T H.273, table 4); all others are BT.601's, as swscale
takes them."""
_SITE = (0.0, 0.5)
"""Where the first sample of halved chroma lies, in luma pixels (x, y): H.264's default, chroma_sample_loc_type 0."""


@dataclass(frozen=True)
class Picture:
    """One frame. The arrays are views of a slot's, and may be written where the slot's may."""

    luma: Plane
    """[H, W]."""
    chroma: Plane
    """[2, h, w]: blue and red difference; h and w are H and W, or half of them where both are even."""
    colour: Floats
    """[3, 4]: the affine map from (luma, blue, red) to RGB in 0..255, see `colour`."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.luma.shape
        return width, height

    @property
    def halved(self) -> bool:
        """Whether there is one sample of chroma for four pixels."""
        return self.chroma.shape[1:] != self.luma.shape


def pictures(item: Item) -> list[Picture]:
    """Return the frames of a slot."""
    return [Picture(*planes) for planes in zip(*(item[name] for name in ARRAYS), strict=True)]


def chroma_shape(width: int, height: int) -> tuple[int, int, int]:
    """Return the shape of a frame's chroma: halved, but for odd sizes, which halving could not express."""
    return (2, height, width) if width % 2 or height % 2 else (2, height // 2, width // 2)


def colour(matrix: int, levels: int) -> Floats:
    """Return float32 [3, 4], the map from levels of luma and chroma to RGB; both numbers are those of ITU-T H.273."""
    red, blue = _RED_BLUE.get(matrix, _BT601)
    green = 1 - red - blue
    scale, offset, reach = (1.0, 0.0, 255.0) if levels == FULL else (255 / 219, 16.0, 224.0)
    per_blue, per_red = 2 * (1 - blue) * 255 / reach, 2 * (1 - red) * 255 / reach
    linear = np.array([
        [scale, 0, per_red],
        [scale, -per_blue * blue / green, -per_red * red / green],
        [scale, per_blue, 0],
    ])  # fmt: skip
    return np.column_stack([linear, -linear @ [offset, 128, 128]]).astype(np.float32)


def back(colour: Floats) -> NDArray[np.float64]:
    """Return [3, 4], the map from RGB to luma and chroma; its last column is what black is."""
    linear = np.linalg.inv(colour[:, :3].astype(np.float64))
    return np.column_stack([linear, -linear @ colour[:, 3]])


def rgb(picture: Picture) -> Rgb:
    """Return the whole picture."""
    import cv2

    planes = [cv2.resize(plane, picture.size, interpolation=cv2.INTER_LINEAR) for plane in picture.chroma]
    return _rgb([picture.luma, *planes], picture.colour)


def reduced(picture: Picture, size: tuple[int, int]) -> Rgb:
    """Return the whole picture at a smaller ``size`` (width, height)."""
    return _rgb([_shrunk(plane, size) for plane in (picture.luma, *picture.chroma)], picture.colour)


def _shrunk(plane: Plane, size: tuple[int, int]) -> Plane:
    import cv2

    # Halving is what OpenCV has vector code for: 0.6 ms instead of 1.9 for the luma of a 1080p frame. The last step
    # stays a large one, which averages over whole pixels: many faces are only just found.
    while plane.shape[1] >= 4 * size[0] and plane.shape[0] >= 4 * size[1]:
        half = (plane.shape[1] // 2, plane.shape[0] // 2)
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def square(picture: Picture, matrix: Sequence[Sequence[float]] | NDArray[np.floating], side: int, *,
           dark: bool = False) -> Rgb:  # fmt: skip
    """Return the square of ``side`` pixels that ``matrix`` [2, 3], from frame to square, cuts out.

    Beyond the picture its border goes on, or with ``dark`` it is black there.
    """
    import cv2

    border = cv2.BORDER_CONSTANT if dark else cv2.BORDER_REPLICATE
    # Several squares are cut out of every frame, and only the dark ones need the inverse.
    black = back(picture.colour)[:, 3] if dark else np.zeros(3)
    maps = (matrix, *[on_chroma(matrix, picture)] * 2)
    planes = zip((picture.luma, *picture.chroma), maps, black, strict=True)
    return _rgb(
        [cv2.warpAffine(plane, np.asarray(to), (side, side), borderMode=border, borderValue=float(level))
         for plane, to, level in planes],
        picture.colour,
    )  # fmt: skip


def on_chroma(matrix: Sequence[Sequence[float]] | NDArray[np.floating], picture: Picture) -> NDArray[np.float64]:
    """Return what ``matrix`` [2, 3], which leads from the frame's pixels, is from those of its chroma planes."""
    there = np.array(matrix, np.float64)
    if picture.halved:
        there[:, 2] += there[:, :2] @ _SITE
        there[:, :2] *= 2
    return there


def _rgb(planes: Sequence[Plane], colour: Floats) -> Rgb:
    import cv2

    return np.asarray(cv2.transform(cv2.merge(planes), colour), np.uint8)
