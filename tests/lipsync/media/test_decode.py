"""The source stage: the right frames in the right order, upright, at a constant rate, for as long as the audio."""

from __future__ import annotations

import inspect
import itertools
import random
import tracemalloc
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heygem_core.errors import BadInput
from heygem_core.lipsync.audio import RATE, windows
from heygem_core.lipsync.media import Decode, probe_video
from heygem_core.lipsync.media.player import backwards, forwards, played
from heygem_core.lipsync.media.sound import SoundReader
from heygem_core.lipsync.picture import pictures
from heygem_core.lipsync.picture import rgb as in_rgb
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync.media.clips import Clip, decoded, filled, job, number_of, numbered, rgb, tone


def sound(path: Path, seconds: float, **options: Any) -> str:
    """Write a WAV file of ``seconds``."""
    return Clip(frames=0, sound_s=seconds, sound_codec="pcm_s16le", container_options={}, **options).write(path)


def numbers(task: dict[str, Any]) -> list[int]:
    """Return the numbers of the pictures that a job decodes to."""
    return [number_of(picture) for picture in decoded(task)]


def test_every_frame_once_and_in_order(clip: str) -> None:
    """A clip with its own sound comes out frame by frame."""
    assert numbers(job(clip, clip)) == list(range(25))


@pytest.mark.parametrize("batch", [1, 4, 5, 7, 64])
def test_batches(batch: int, clip: str) -> None:
    """Slots hold the batch, the last one the rest, with one window of sound per frame."""
    decode = Decode(batch=batch)
    decode.start(job(clip, clip))
    slots = list(filled(decode))
    decode.finish()
    assert [slot.count for slot in slots] == [batch] * (25 // batch) + ([25 % batch] if 25 % batch else [])
    for slot in slots:
        assert slot["luma"].shape == (slot.count, 96, 176)
        assert slot["chroma"].shape == (slot.count, 2, 48, 88)
        assert slot["audio"].shape == (slot.count, 1, 80, 16)
        assert {slot[name].dtype.name for name in ("luma", "chroma")} == {"uint8"}


def test_colours(clip: str) -> None:
    """Decoded pictures are those that were encoded, but for the codec's loss."""
    for index, picture in enumerate(decoded(job(clip, clip))):
        assert np.abs(picture.astype(int) - numbered(index, 176, 96)).mean() < 3


def test_longer_audio_goes_there_and_back(clip: str, tmp_path: Path) -> None:
    """Longer audio plays the video there and back again; a turning point is shown once."""
    expected = list(itertools.islice(itertools.cycle([*range(25), *range(23, 0, -1)]), 75))
    assert numbers(job(clip, sound(tmp_path / "long.wav", 3.0))) == expected


def test_longer_audio_forward(clip: str, tmp_path: Path) -> None:
    """The option "forward" starts again from the first frame."""
    expected = list(itertools.islice(itertools.cycle(range(25)), 60))
    assert numbers(job(clip, sound(tmp_path / "long.wav", 2.4), loop="forward")) == expected


def test_shorter_audio_ends_the_video(clip: str, tmp_path: Path) -> None:
    """Shorter audio ends the output."""
    assert numbers(job(clip, sound(tmp_path / "short.wav", 0.4))) == list(range(10))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi", ".h264"])
@pytest.mark.parametrize("hold", [1, 7, 1000])
def test_backwards(suffix: str, hold: int, clips: Path) -> None:
    """However few frames are held, whatever the container and with B-frames, backwards is forwards reversed."""
    path = clips / f"back{suffix}"
    if not path.exists():
        options = {"crf": "12", "g": "30", "bf": "0" if suffix in {".avi", ".h264"} else "3"}
        Clip(frames=70, sound_s=None, options=options, container_options={}).write(path)
    info = probe_video(str(path))
    expected = [rgb(frame) for frame in forwards(info)][-2:0:-1]
    with closing(backwards(info, hold)) as frames:
        found = [rgb(frame) for frame in frames]
    assert [number_of(picture) for picture in expected] == list(range(68, 0, -1))
    assert [number_of(picture) for picture in found] == list(range(68, 0, -1))
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_backwards_holds_few_frames(tmp_path: Path) -> None:
    """Playing a long group of pictures backwards does not hold more frames than told."""
    path = Clip(frames=200, sound_s=None, options={"g": "250"}).write(tmp_path / "long.mp4")
    with closing(backwards(probe_video(path), 10)) as frames:
        alive = [next(frames) for _ in range(3)]
        chunk = inspect.getgeneratorlocals(frames)["chunk"]
        assert len(alive) + len(chunk) == 10


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_variable_rate(suffix: str, tmp_path: Path) -> None:
    """Uneven timestamps come out at the average or the stated rate; each slot shows the frame of its time."""
    steps = random.Random(3).choices([20, 40, 80, 120], k=60)
    times = list(itertools.accumulate(steps, initial=0))[:60]
    clip = Clip(frames=60, times=times, sound_s=None, options={"crf": "12", "bf": "0"}, container_options={})
    info = probe_video(clip.write(tmp_path / f"vfr{suffix}"))
    # Matroska states the rate that the encoder was opened with; MP4 has the durations alone.
    assert float(info.fps) == pytest.approx(25 if suffix == ".mkv" else 60_000 / times[-1], rel=0.05)
    pictures = [number_of(rgb(frame)) for frame in forwards(info)]
    assert len(pictures) == info.frames
    assert pictures == sorted(pictures)
    tolerance = 1000 / info.fps
    for slot, shown in enumerate(pictures):
        following = times[shown + 1] if shown + 1 < 60 else times[-1] + 120
        assert times[shown] - tolerance <= slot * 1000 / info.fps <= following + tolerance


@pytest.mark.parametrize("fps", [Fraction(12), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)])
def test_rates(fps: Fraction, tmp_path: Path) -> None:
    """Slow, odd and fast rates are kept exactly, and no frame is lost or doubled."""
    path = Clip(frames=40, fps=fps, sound_s=float(40 / fps)).write(tmp_path / "rate.mp4")
    assert probe_video(path).fps == fps
    assert numbers(job(path, path)) == list(range(40))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation(rotation: int, tmp_path: Path) -> None:
    """A rotated recording comes out upright, as a player shows it."""
    path = Clip(frames=3, sound_s=0.12, rotation=rotation).write(tmp_path / "turned.mp4")
    info = probe_video(path)
    assert (info.width, info.height) == ((96, 176) if rotation % 180 else (176, 96))
    # FFmpeg's matrix turns anticlockwise by its angle, as numpy does.
    expected = np.rot90(numbered(2, 176, 96), rotation // 90)
    assert np.abs(decoded(job(path, path))[2].astype(int) - expected).mean() < 3


@pytest.mark.parametrize("size", [(177, 97), (176, 97), (177, 96)])
def test_odd_sizes(size: tuple[int, int], tmp_path: Path) -> None:
    """Odd widths and heights are kept."""
    width, height = size
    path = Clip(frames=3, width=width, height=height, format="yuv444p", sound_s=0.12).write(tmp_path / "odd.mp4")
    assert decoded(job(path, path))[0].shape == (height, width, 3)


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"),
    [("libx264", "yuv422p10le", ".mp4"), ("libx264", "gray", ".mp4"), ("ffv1", "bgr0", ".mkv"),
     ("mjpeg", "yuvj420p", ".avi"), ("png", "rgba", ".mov"), ("libvpx-vp9", "yuv420p", ".webm"),
     ("mpeg4", "yuv420p", ".avi")],
)  # fmt: skip
def test_pixel_formats(codec: str, pixels: str, suffix: str, tmp_path: Path) -> None:
    """Ten bits, grey, RGB, full range and transparency all decode to the picture that went in."""
    path = tmp_path / f"pixels{suffix}"
    Clip(frames=5, codec=codec, format=pixels, sound_s=None, options={}, container_options={}).write(path)
    pictures = decoded(job(str(path), sound(tmp_path / "sound.wav", 0.2)))
    assert [number_of(picture) for picture in pictures] == list(range(5))
    expected = numbered(3, 176, 96).astype(float)
    shown = pictures[3].astype(float)
    assert abs(shown.mean() - (expected @ [0.299, 0.587, 0.114] if pixels == "gray" else expected).mean()) < 2


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le"])
def test_sound_formats(rate: int, codec: str, clip: str, tmp_path: Path) -> None:
    """8-bit mono at 8 kHz to 48 kHz: each frame's window is the one around its time in the sound."""
    path = Clip(frames=0, sound_s=1.0, sound_rate=rate, sound_codec=codec, container_options={}).write(
        tmp_path / "s.wav"
    )
    decode = Decode(batch=25)
    decode.start(job(clip, path))
    slot = next(filled(decode))
    decode.finish()
    reader = SoundReader(path, RATE, "mono")
    samples = reader.read(10 * RATE)[0]
    reader.close()
    assert abs(len(samples) - RATE) <= 1
    assert np.array_equal(slot["audio"], windows(samples, Fraction(25), 0, 25))


def test_sound_reader_gives_what_is_asked_for(tmp_path: Path) -> None:
    """Read in odd pieces or at once, the samples are the same."""
    path = sound(tmp_path / "s.wav", 1.0)
    reader = SoundReader(path, 48000, "mono")
    pieces = [reader.read(count) for count in [1, 0, 1023, 5000, 60_000]]
    reader.close()
    assert [piece.shape[1] for piece in pieces] == [1, 0, 1023, 5000, 48000 - 6024]
    assert np.abs(np.concatenate(pieces, axis=1)[0] - tone(1.0)).max() < 1e-4


@pytest.mark.parametrize(("origin", "silence"), [(Fraction(1, 2), -24000), (Fraction(-1, 2), 24000)])
def test_sound_that_starts_elsewhere(origin: Fraction, silence: int, tmp_path: Path) -> None:
    """Sound later than the picture starts with silence, earlier sound is cut."""
    reader = SoundReader(sound(tmp_path / "s.wav", 1.0), 48000, "mono", origin)
    samples = reader.read(200_000)[0]
    reader.close()
    expected = np.pad(tone(1.0), (silence, 0)) if silence > 0 else tone(1.0)[-silence:]
    assert np.abs(samples - expected).max() < 1e-4


def test_broken_video(tmp_path: Path) -> None:
    """Video that cannot be decoded from some point on is refused, with the position."""
    path = tmp_path / "broken.mp4"
    Clip(frames=100, sound_s=None, options={"crf": "10", "g": "10"}).write(path)
    data = bytearray(path.read_bytes())
    middle = len(data) * 6 // 10
    data[middle : middle + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"^\S+broken\.mp4: the video is damaged or truncated at [12]\.\d\d s"):
        decoded(job(str(path), sound(tmp_path / "s.wav", 4.0)))


def test_warm_stage_runs_again_after_abort(clip: str) -> None:
    """A stage that was stopped in the middle of a job serves the next one from its start."""
    decode = Decode()
    decode.abort()
    decode.start(job(clip, clip))
    assert decode.fill(DictSlot()) == 4
    decode.abort()
    decode.abort()
    decode.start(job(clip, clip))
    again = [in_rgb(one) for slot in filled(decode) for one in pictures(slot)]
    assert [number_of(picture) for picture in again] == list(range(25))
    assert decode.finish() == {"frames": 25}
    decode.close()


def test_memory_does_not_grow_with_length(clip: str, tmp_path: Path) -> None:
    """Ten times the sound takes no more of Python's memory."""
    peaks = []
    for seconds in (4.0, 40.0):
        decode = Decode()
        decode.start(job(clip, sound(tmp_path / f"{seconds}.wav", seconds, sound_rate=8000)))
        tracemalloc.start()
        frames = sum(slot.count for slot in filled(decode))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        decode.finish()
        assert frames == seconds * 25
    assert peaks[1] < peaks[0] * 1.1 + 50_000


def test_endless(clip: str) -> None:
    """Played frames never end."""
    with closing(played(probe_video(clip), "pingpong")) as frames:
        assert sum(1 for _ in itertools.islice(frames, 500)) == 500
