"""Frames of a video beside those of its source, as small JPEGs for a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH = 400
"""Pixels; a report shows a few side by side."""
_QUALITY = 88


@dataclass(frozen=True)
class Pair:
    """Frame ``index`` of source and result, each as a JPEG file's bytes."""

    index: int
    source: bytes
    result: bytes


def pairs(source: Path, result: Path, count: int = 4) -> list[Pair]:
    """Return ``count`` frames spread evenly over both videos; raises `BadInput` for a file that cannot be read."""
    from heygem_core.lipsync.media import probe_video

    frames = min(probe_video(str(source)).frames, probe_video(str(result)).frames)
    # Evenly and not by how much they differ: a choice would flatter.
    chosen = sorted({(2 * i + 1) * frames // (2 * count) for i in range(count)})
    both = zip(_stills(source, chosen), _stills(result, chosen), strict=True)
    return [Pair(index, before, after) for index, (before, after) in zip(chosen, both, strict=True)]


def _stills(path: Path, chosen: Sequence[int]) -> Iterator[bytes]:
    from heygem_core.lipsync.media import probe_video
    from heygem_core.lipsync.media.player import RgbWriter, forwards

    info = probe_video(str(path))
    writer = RgbWriter(info)
    picture = np.empty((info.height, info.width, 3), np.uint8)
    wanted = set(chosen)
    for index, frame in enumerate(forwards(info)):
        if index in wanted:
            writer.write(frame, picture)
            yield _jpeg(picture)


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    import cv2

    height = round(rgb.shape[0] * WIDTH / rgb.shape[1])
    small = cv2.resize(rgb, (WIDTH, height), interpolation=cv2.INTER_AREA)
    _, file = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(file)
