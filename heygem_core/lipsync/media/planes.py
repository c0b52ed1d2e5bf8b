"""From decoded frames to the planes that travel, and from these to frames for the encoder."""

from __future__ import annotations

import av
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from heygem_core.lipsync.picture import FULL, Plane, colour

from .info import Colour, VideoInfo

LIMITED = 1
# For files in another pixel format than ours. From RGB, chroma is averaged.
_ROUNDING = Interpolation.BILINEAR | Interpolation.BITEXACT
# H.273 matrix numbers to swscale's; all others are taken for the default, BT.601, there and back alike.
_MATRICES = {1: Colorspace.ITU709, 4: Colorspace.FCC, 5: Colorspace.ITU601, 6: Colorspace.ITU601,
             7: Colorspace.SMPTE240M, 9: Colorspace.BT2020, 10: Colorspace.BT2020}  # fmt: skip


def pixel_format(width: int, height: int) -> str:
    """Return the pixel format for a picture of this size.

    yuv420p is what every player and browser decodes, but with halved chroma neither its planes nor H.264's
    cropping can express an odd size; yuv444p can. Software players show it, some hardware decoders do not,
    whereas a padded or scaled picture would be wrong everywhere.
    """
    return "yuv444p" if width % 2 or height % 2 else "yuv420p"


def output_colour(source: Colour) -> Colour:
    """Return the output's tags: the source's, and BT.709 for a source in RGB, which has no matrix to keep."""
    if source.matrix == 0:
        return Colour(matrix=1, range=LIMITED, primaries=source.primaries, transfer=source.transfer)
    return Colour(source.matrix, FULL if source.range == FULL else LIMITED, source.primaries, source.transfer)


class PlaneWriter:
    """Writes decoded frames, upright and in the output's size and pixel format, into given arrays.

    What already is in that format is copied as it is. ``colour`` float32 [3, 4] says what it means in RGB.
    """

    def __init__(self, info: VideoInfo, threads: int = 1) -> None:
        self._reformatter = VideoReformatter()
        self._turns = info.rotation // 90
        self._size = (info.height, info.width) if self._turns % 2 else (info.width, info.height)
        self._format = pixel_format(info.width, info.height)
        self._colour = output_colour(info.colour)
        self._threads = threads
        self.colour = colour(self._colour.matrix, self._colour.range)

    def write(self, frame: av.VideoFrame, luma: Plane, chroma: Plane) -> None:
        """Fill ``luma`` and ``chroma``; a frame of another size (the stream changed it) is scaled."""
        planes = self._fitting(frame).planes
        for plane, out in zip(planes, (luma, *chroma), strict=True):
            np.copyto(out, np.rot90(_view(plane), self._turns))

    def _fitting(self, frame: av.VideoFrame) -> av.VideoFrame:
        # Formats with a j have the same planes, and say beside that their levels are full.
        if (frame.width, frame.height) == self._size and frame.format.name.replace("yuvj", "yuv") == self._format:
            return frame
        return self._reformatter.reformat(
            frame,
            *self._size,
            format=self._format,
            dst_colorspace=_MATRICES.get(self._colour.matrix, Colorspace.ITU601),
            dst_color_range=_range(self._colour),
            interpolation=_ROUNDING,
            threads=self._threads,
        )


class FrameMaker:
    """Makes frames for the encoder out of planes; a frame is good until the next one is asked for."""

    def __init__(self, info: VideoInfo) -> None:
        tags = output_colour(info.colour)
        self._frame = av.VideoFrame(info.width, info.height, pixel_format(info.width, info.height))
        self._frame.colorspace, self._frame.color_range = tags.matrix, tags.range

    def frame(self, luma: Plane, chroma: Plane) -> av.VideoFrame:
        """Return the frame with these planes."""
        # An encoder that still holds the last one keeps it: this then becomes another.
        self._frame.make_writable()
        for plane, source in zip(self._frame.planes, (luma, *chroma), strict=True):
            np.copyto(_view(plane), source)
        return self._frame


def _range(tags: Colour) -> ColorRange:
    return ColorRange.JPEG if tags.range == FULL else ColorRange.MPEG


def _view(plane: VideoPlane) -> Plane:
    return np.ndarray((plane.height, plane.width), np.uint8, memoryview(plane), strides=(plane.line_size, 1))
