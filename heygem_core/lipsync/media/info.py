"""What is known about a video or an audio file, and how many frames a job has; loads no PyAV."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

# Audio of a clip's own is a hair longer or shorter than its picture, since both end on their own frame grid.
OWN_LENGTH_FRAMES = Fraction(3, 2)


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour tags of a video stream, as the numbers of ITU-T H.273; 2 is unspecified."""

    matrix: int
    range: int
    """0 unspecified, 1 limited (16-235), 2 full (0-255)."""
    primaries: int
    transfer: int


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """One video stream, as it is played: at a constant rate, upright."""

    path: str
    width: int
    """In pixels, after rotation."""
    height: int
    """In pixels, after rotation."""
    rotation: int
    """Degrees by which a decoded picture is turned anticlockwise to be upright: 0, 90, 180 or 270."""
    fps: Fraction
    """Frames per second; the average where the file's own rate varies."""
    frames: int
    """Frames when played at ``fps``."""
    duration_s: float
    start_s: Fraction | None
    """Timestamp of the first frame; None where the file has no timestamps."""
    pixel_aspect: Fraction
    """Width by height of one pixel, after rotation."""
    colour: Colour
    codec: str


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """One audio stream, decoded to its end."""

    path: str
    sample_rate: int
    channels: int
    samples: int
    duration_s: float
    start_s: Fraction
    """Timestamp of the first sample."""
    codec: str


def round_half_up(value: Fraction) -> int:
    """Return the nearest integer, halves upwards (``round`` goes to the even one)."""
    return floor(value + Fraction(1, 2))


def audio_origin(video: VideoInfo, audio_path: str) -> Fraction | None:
    """Return the timestamp that the video's own audio is aligned to; None: audio starts with its first sample."""
    return video.start_s if Path(video.path).samefile(audio_path) else None


def output_frames(video: VideoInfo, audio: AudioInfo) -> int:
    """Return the job's number of frames: the audio's length at the video's rate.

    Where that is within one and a half frames of the video's own length, the video's own length counts.
    """
    seconds = Fraction(audio.samples, audio.sample_rate)
    origin = audio_origin(video, audio.path)
    if origin is not None:
        seconds += audio.start_s - origin
    wanted = seconds * video.fps
    if abs(wanted - video.frames) <= OWN_LENGTH_FRAMES:
        return video.frames
    return max(1, round_half_up(wanted))
