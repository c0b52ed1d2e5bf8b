"""Frames of a video beside those of its source, cut to where they differ, as small JPEGs for a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""RGB, [H,W,3]."""

WIDTH = 400
"""Pixels of a picture at most; a report shows a few side by side."""
_QUALITY = 88
_SMOOTH = 15
"""Pixels over which a difference is averaged: what two encodings make differ is finer and cancels out."""
_DIFFERS = 6.0
"""Grey levels; on the default clip what re-encoding makes differ stays below 2, a moved mouth is above 9."""
_MARGIN = 0.8
"""Of the differing part's size, on each side: a mouth is judged within its face."""


@dataclass(frozen=True)
class Pair:
    """Frame ``index`` of source and result, each as a JPEG file's bytes."""

    index: int
    source: bytes
    result: bytes


def pairs(source: Path, result: Path, count: int = 4) -> list[Pair]:
    """Return ``count`` frames spread evenly over both videos, all cut alike; raises `BadInput` for an unreadable file.

    Both must be of one size.
    """
    from heygem_core.lipsync.media import probe_video

    frames = min(probe_video(str(source)).frames, probe_video(str(result)).frames)
    # Evenly and not by how much they differ: a choice would flatter.
    chosen = sorted({(2 * i + 1) * frames // (2 * count) for i in range(count)})
    before, after = _stills(source, chosen), _stills(result, chosen)
    rows, columns = where_different(before, after)
    return [
        Pair(index, _jpeg(old[rows, columns]), _jpeg(new[rows, columns]))
        for index, old, new in zip(chosen, before, after, strict=True)
    ]


def where_different(before: Sequence[Picture], after: Sequence[Picture]) -> tuple[slice, slice]:
    """Return rows and columns of the part in which any pair differs, with a margin; everything if none does."""
    import cv2

    height, width = before[0].shape[:2]
    differs = np.zeros((height, width), bool)
    for old, new in zip(before, after, strict=True):
        brighter = new.mean(axis=2, dtype=np.float32) - old.mean(axis=2, dtype=np.float32)
        differs |= np.abs(cv2.blur(brighter, (_SMOOTH, _SMOOTH))) > _DIFFERS
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0, height), slice(0, width)
    return _widened(rows, height), _widened(columns, width)


def _widened(places: NDArray[np.intp], size: int) -> slice:
    first, last = int(places[0]), int(places[-1]) + 1
    margin = round(_MARGIN * (last - first))
    return slice(max(0, first - margin), min(size, last + margin))


def _stills(path: Path, chosen: Sequence[int]) -> list[Picture]:
    from heygem_core.lipsync import picture as planar
    from heygem_core.lipsync.media import probe_video
    from heygem_core.lipsync.media.planes import PlaneWriter
    from heygem_core.lipsync.media.player import forwards

    info = probe_video(str(path))
    writer = PlaneWriter(info)
    wanted = set(chosen)
    pictures = []
    for index, frame in enumerate(forwards(info)):
        if index in wanted:
            luma = np.empty((info.height, info.width), np.uint8)
            chroma = np.empty(planar.chroma_shape(info.width, info.height), np.uint8)
            writer.write(frame, luma, chroma)
            pictures.append(planar.rgb(planar.Picture(luma, chroma, writer.colour)))
    return pictures


def _jpeg(rgb: Picture) -> bytes:
    import cv2

    width = min(WIDTH, rgb.shape[1])
    height = round(rgb.shape[0] * width / rgb.shape[1])
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    _, file = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(file)
