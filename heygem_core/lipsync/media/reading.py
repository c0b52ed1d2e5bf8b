"""Opening a media file and walking its packets and frames; every fault becomes one line of `BadInput`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition

from heygem_core.errors import BadInput


def check_file(path: str) -> None:
    """Raise `BadInput` unless ``path`` is a readable file with something in it."""
    if not path or not Path(path).exists():
        raise BadInput(f"{path or repr(path)}: there is no such file")
    if not Path(path).is_file():
        raise BadInput(f"{path}: is not a file but a {'directory' if Path(path).is_dir() else 'device'}")
    if not os.access(path, os.R_OK):
        raise BadInput(f"{path}: may not be read (permission denied)")
    if Path(path).stat().st_size == 0:
        raise BadInput(f"{path}: is empty (0 bytes)")


@contextmanager
def opened(path: str) -> Iterator[InputContainer]:
    """Open ``path`` for reading; raises `BadInput` where no demuxer understands it.

    The ``file:`` prefix keeps a colon in a name from being taken for a protocol.
    """
    check_file(path)
    try:
        container = av.open(f"file:{Path(path).absolute()}", "r", metadata_errors="replace")
    except av.FFmpegError as error:
        raise BadInput(f"{path}: is no readable video or audio file, or truncated ({error.strerror})") from None
    with container:
        yield container


def video_stream(container: InputContainer, path: str) -> av.VideoStream:
    """Return the first video stream that is not a cover picture; raises `BadInput`."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise BadInput(f"{path}: has no video stream")


def audio_stream(container: InputContainer, path: str) -> av.AudioStream:
    """Return the first audio stream; raises `BadInput`."""
    if not container.streams.audio:
        raise BadInput(f"{path}: has no audio stream")
    return container.streams.audio[0]


def broken(path: str, kind: str, seconds: float, why: object) -> BadInput:
    """Return the error for a file whose ``kind`` cannot be decoded any further than ``seconds``."""
    return BadInput(f"{path}: the {kind} is damaged or truncated at {seconds:.2f} s ({why})")


def decoded_audio(container: InputContainer, stream: av.AudioStream, path: str) -> Iterator[av.AudioFrame]:
    """Yield every audio frame; raises `BadInput` with the position where decoding fails."""
    seconds = 0.0
    try:
        for frame in container.decode(stream):
            yield frame
            seconds += frame.samples / frame.sample_rate
    except av.FFmpegError as error:
        raise broken(path, "audio", seconds, error.strerror) from None


def seconds_of(frame: av.VideoFrame | av.AudioFrame) -> Fraction | None:
    """Return the frame's timestamp in seconds, exactly; None where it has none."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base
