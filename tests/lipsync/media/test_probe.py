"""What a file holds is told exactly, and what cannot be used is told in one line that names the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from heygem_core.errors import BadInput
from heygem_core.lipsync.media import AudioInfo, VideoInfo, output_frames, probe_audio, probe_video
from tests.lipsync.media.clips import Clip, numbered

Probe = Callable[[str], VideoInfo | AudioInfo]
BOTH = pytest.mark.parametrize("probe", [probe_video, probe_audio])


def cut(source: str, target: Path, part: float) -> str:
    """Copy the first ``part`` of a file."""
    data = Path(source).read_bytes()
    target.write_bytes(data[: int(len(data) * part)])
    return str(target)


def message(probe: Probe, path: str) -> str:
    """Return what ``probe`` complains about; it must be one line that begins with the file's name."""
    with pytest.raises(BadInput) as caught:
        probe(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text


def test_video(clip: str) -> None:
    """Size, rate, number of frames and length of a plain clip are exact."""
    info = probe_video(clip)
    assert (info.width, info.height, info.rotation) == (176, 96, 0)
    assert (info.fps, info.frames, info.duration_s, info.start_s) == (Fraction(25), 25, 1.0, Fraction(0))


def test_audio(clip: str) -> None:
    """Rate, channels and length are exact: neither the codec's priming nor its padding counts."""
    info = probe_audio(clip)
    assert (info.sample_rate, info.channels, info.start_s) == (48000, 1, Fraction(0))
    assert (info.samples, info.duration_s) == (48000, 1.0)


@BOTH
def test_missing(probe: Probe, tmp_path: Path) -> None:
    """A file that does not exist is called missing."""
    assert "no such file" in message(probe, str(tmp_path / "没有 this.mp4"))


@BOTH
def test_directory(probe: Probe, tmp_path: Path) -> None:
    """A directory is called a directory."""
    assert "directory" in message(probe, str(tmp_path))


@BOTH
def test_empty(probe: Probe, tmp_path: Path) -> None:
    """A file of no bytes is called empty."""
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "empty" in message(probe, str(path))


@BOTH
def test_renamed_text(probe: Probe, tmp_path: Path) -> None:
    """A text file with a video's name is not taken for a video."""
    path = tmp_path / "text.mp4"
    path.write_text("not a video\n" * 5000)
    assert "no readable video or audio" in message(probe, str(path))


@BOTH
def test_without_index(probe: Probe, tmp_path: Path) -> None:
    """An MP4 whose index at the end is cut off cannot be read at all."""
    whole = Clip(container_options={}).write(tmp_path / "whole.mp4")
    assert "truncated" in message(probe, cut(whole, tmp_path / "cut.mp4", 0.5))


@BOTH
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi"])
def test_cut_in_the_middle(probe: Probe, suffix: str, tmp_path: Path) -> None:
    """A file cut half-way is refused, with the position where it ends."""
    options = {} if suffix in {".mkv", ".avi"} else {"movflags": "+faststart"}
    whole = Clip(frames=75, sound_s=3.0, container_options=options).write(tmp_path / f"whole{suffix}")
    text = message(probe, cut(whole, tmp_path / f"cut{suffix}", 0.5))
    assert "truncated" in text
    assert any(f"{second}." in text for second in (1, 2))


def test_cut_wav(tmp_path: Path) -> None:
    """A WAV file shorter than its header says is refused."""
    whole = Clip(frames=0, sound_s=3.0, sound_codec="pcm_s16le", container_options={}).write(tmp_path / "whole.wav")
    assert "truncated" in message(probe_audio, cut(whole, tmp_path / "cut.wav", 0.5))


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_streamed_wav(length: int, tmp_path: Path) -> None:
    """A WAV file with a placeholder for its length, as it comes from a stream, is whole."""
    path = Path(Clip(frames=0, sound_s=1.0, sound_codec="pcm_s16le", container_options={}).write(tmp_path / "s.wav"))
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = length.to_bytes(4, "little")
    path.write_bytes(data)
    assert probe_audio(str(path)).samples == 48000


def test_no_video_stream(tmp_path: Path) -> None:
    """A sound file has no video stream."""
    path = Clip(frames=0, container_options={}).write(tmp_path / "sound.m4a")
    assert "no video stream" in message(probe_video, path)


def test_no_audio_stream(tmp_path: Path) -> None:
    """A silent film has no audio stream."""
    path = Clip(sound_s=None).write(tmp_path / "silent.mp4")
    assert "no audio stream" in message(probe_audio, path)


@pytest.mark.parametrize("name", ["one.mp4", "one.png"])
def test_one_frame(name: str, tmp_path: Path) -> None:
    """A video of one frame, and a picture, are still pictures."""
    path = tmp_path / name
    codec, pixels = ("png", "rgb24") if name.endswith("png") else ("libx264", "yuv420p")
    Clip(frames=1, sound_s=None, codec=codec, format=pixels, options={}, container_options={}).write(path)
    assert "still picture" in message(probe_video, str(path))


@pytest.mark.parametrize(("seconds", "said"), [(0.0, "0 ms"), (0.05, "50 ms")])
def test_hardly_any_audio(seconds: float, said: str, tmp_path: Path) -> None:
    """Audio of no length and of 50 ms is too short, and the message says how long it is."""
    path = Clip(frames=0, sound_s=seconds, sound_codec="pcm_s16le", container_options={}).write(tmp_path / "short.wav")
    assert said in message(probe_audio, path)


def test_broken_audio(tmp_path: Path) -> None:
    """Audio that cannot be decoded from some point on is refused with the position."""
    path = tmp_path / "broken.mp4"
    data = bytearray(Path(Clip(frames=0, sound_s=4.0).write(path)).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6000] = bytes(6000)
    path.write_bytes(data)
    assert "audio is damaged or truncated at 1." in message(probe_audio, str(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(clip: str, tmp_path: Path) -> None:
    """A file that may not be read says so."""
    path = tmp_path / "secret.mp4"
    path.write_bytes(Path(clip).read_bytes())
    path.chmod(0)
    assert "permission" in message(probe_video, str(path))


def test_cover_picture_is_no_video(tmp_path: Path) -> None:
    """The cover of a song is not taken for a video."""
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("libmp3lame", rate=44100, layout="mono")
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 160, 96, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(numbered(1, 160, 96))))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    assert "no video stream" in message(probe_video, str(path))
    assert probe_audio(str(path)).channels == 1


@pytest.mark.parametrize("name", ["空 格 %03d.mp4", "a:b.mp4", "concat:x.mp4", "[x]*?'.mp4"])
def test_any_name(name: str, clip: str, tmp_path: Path) -> None:
    """Names with Chinese characters, spaces, colons and patterns are just names."""
    path = tmp_path / name
    path.write_bytes(Path(clip).read_bytes())
    assert probe_video(str(path)).frames == 25


@pytest.mark.parametrize(
    ("seconds", "fps", "expected"),
    [(1.0, 25, 25), (0.95, 25, 25), (1.05, 25, 25), (0.93, 25, 23), (1.07, 25, 27), (0.1, 25, 3), (3.0, 12, 36)],
)
def test_length(seconds: float, fps: int, expected: int, clip: str, tmp_path: Path) -> None:
    """The audio's length counts, unless it is within one and a half frames of the video's own."""
    path = Clip(frames=0, sound_s=seconds, sound_codec="pcm_s16le", container_options={}).write(tmp_path / "sound.wav")
    video = probe_video(clip if fps == 25 else Clip(frames=24, fps=Fraction(fps)).write(tmp_path / "video.mp4"))
    assert output_frames(video, probe_audio(path)) == expected
