"""Playing a video's frames at a constant rate, forwards, backwards and for ever, in bounded memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from typing import Literal

import av
from av.container import InputContainer

from .info import VideoInfo, round_half_up
from .reading import broken, opened, seconds_of, video_stream

Loop = Literal["pingpong", "forward"]

HELD_BYTES = 32 << 20
HELD_FRAMES = 16
"""Backwards, at least so many frames are held whatever their size: each chunk is decoded from its key frame."""
STEP_BACK = 4
"""Seconds to seek further back, and then times as many again, where an index led past the wanted frame."""


def _decoded(info: VideoInfo, seconds: Fraction | None, threads: int) -> Generator[av.VideoFrame, None, None]:
    """Yield frames from the key frame at or before ``seconds`` (None: from the start) to the end."""
    origin = info.start_s or Fraction(0)
    now = max(0.0, float((seconds or origin) - origin))
    with opened(info.path) as container:
        stream = video_stream(container, info.path)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        if seconds is not None and not _seek(container, stream, seconds):
            return
        try:
            for frame in container.decode(stream):
                now = float((seconds_of(frame) or 0) - origin)
                if frame.is_corrupt:
                    raise broken(info.path, "video", now, "a frame is incomplete")
                yield frame
        except av.FFmpegError as error:
            raise broken(info.path, "video", now, error.strerror) from None


def _seek(container: InputContainer, stream: av.VideoStream, seconds: Fraction) -> bool:
    """Go to the key frame at or before ``seconds``; tell whether that is possible."""
    try:
        container.seek(round_half_up(seconds / (stream.time_base or 1)), stream=stream)
    except av.FFmpegError:
        return False
    return True


def _slots(info: VideoInfo, frames: Iterator[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield (slot, frame): the slot of the constant-rate grid that the frame's timestamp is nearest to."""
    for number, frame in enumerate(frames):
        when = seconds_of(frame)
        if info.start_s is None or when is None:
            yield number, frame
        else:
            yield round_half_up((when - info.start_s) * info.fps), frame


def _from_key_frame(info: VideoInfo, first: int, seconds: Fraction | None, threads: int) -> Iterator[av.VideoFrame]:
    """Yield the frames shown in slots ``first``, ``first + 1``, … ; nothing at all if the seek went too far."""
    held: av.VideoFrame | None = None
    following = first
    with closing(_decoded(info, seconds, threads)) as frames:
        for slot, frame in _slots(info, frames):
            if held is None and slot > first and seconds is not None:
                return
            while following < min(slot, info.frames):
                yield held or frame
                following += 1
            if slot == following:
                yield frame
                following += 1
            held = frame
    while held is not None and following < info.frames:
        yield held
        following += 1


def forwards(info: VideoInfo, first: int = 0, threads: int = 2) -> Generator[av.VideoFrame, None, None]:
    """Yield what is shown in slots ``first`` to the last; raises `BadInput` where the file is damaged."""
    step = Fraction(0)
    while info.start_s is not None and first / info.fps > step:
        found = False
        for frame in _from_key_frame(info, first, first / info.fps - step + info.start_s, threads):
            found = True
            yield frame
        if found:
            return
        step = step * STEP_BACK or Fraction(STEP_BACK)
    yield from islice(_from_key_frame(info, 0, None, threads), first, None)


def _held_frames(frame: av.VideoFrame) -> int:
    return max(HELD_FRAMES, HELD_BYTES // max(1, sum(plane.buffer_size for plane in frame.planes)))


def backwards(info: VideoInfo, hold: int, threads: int = 2) -> Generator[av.VideoFrame, None, None]:
    """Yield slots from the last but one down to the second, holding at most ``hold`` frames at a time."""
    end = info.frames - 1
    while end > 1:
        begin = max(1, end - hold)
        with closing(forwards(info, begin, threads)) as frames:
            chunk = list(islice(frames, end - begin))
        while chunk:
            yield chunk.pop()
        end = begin


def played(info: VideoInfo, loop: Loop, threads: int = 2) -> Generator[av.VideoFrame, None, None]:
    """Yield frames without end: there and back again (turning points are shown once), or from the start again."""
    hold = 0
    while True:
        for frame in forwards(info, 0, threads):
            hold = hold or _held_frames(frame)
            yield frame
        if loop == "pingpong":
            yield from backwards(info, hold, threads)
