"""Video and audio files: probing, decoding into slots, encoding out of them. Loads PyAV on first use only."""

from __future__ import annotations

from .decode import Decode
from .encode import Encode
from .info import AudioInfo, Colour, VideoInfo, output_frames
from .output import check_output

__all__ = [
    "AudioInfo",
    "Colour",
    "Decode",
    "Encode",
    "VideoInfo",
    "check_output",
    "output_frames",
    "probe_audio",
    "probe_video",
]


def probe_video(path: str) -> VideoInfo:
    """Return what the video ``path`` shows; raises `BadInput`, see `media.probe`."""
    from .probe import probe_video as probe

    return probe(path)


def probe_audio(path: str) -> AudioInfo:
    """Return what the audio of ``path`` sounds like; raises `BadInput`, see `media.probe`."""
    from .probe import probe_audio as probe

    return probe(path)
