"""The sink stage when things go wrong: the output is there in one piece or not at all."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heygem_core.errors import BadInput
from heygem_core.lipsync.media import Decode, Encode, check_output, probe_video
from heygem_core.lipsync.media.writer import choose_encoder, encodes
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync import planar
from tests.lipsync.media.clips import Clip, filled, job, rendered


def test_existing_output(clip: str, tmp_path: Path) -> None:
    """An existing output is refused before any work, and replaced only when told."""
    path = tmp_path / "o.mp4"
    path.write_text("precious")
    with pytest.raises(BadInput, match="--overwrite"):
        Encode().start(job(clip, clip, path))
    assert path.read_text() == "precious"
    rendered(job(clip, clip, path, overwrite=True))
    assert probe_video(str(path)).frames == 25
    assert list(tmp_path.iterdir()) == [path]


def test_abort_leaves_nothing(clip: str, tmp_path: Path) -> None:
    """A job stopped in the middle leaves no file, and the stage serves the next one."""
    encode, decode = Encode("libx264"), Decode()
    encode.abort()
    task = job(clip, clip, tmp_path / "o.mp4")
    decode.start(task)
    encode.start(task)
    encode.consume(next(filled(decode)))
    encode.abort()
    encode.abort()
    decode.abort()
    assert list(tmp_path.iterdir()) == []
    encode.start(task)
    encode.abort()
    assert list(tmp_path.iterdir()) == []
    rendered(task)
    assert probe_video(str(tmp_path / "o.mp4")).frames == 25


def test_no_frames(clip: str, tmp_path: Path) -> None:
    """A job without a frame is an error and leaves no file."""
    encode = Encode("libx264")
    encode.start(job(clip, clip, tmp_path / "o.mp4"))
    with pytest.raises(BadInput, match="no frames"):
        encode.finish()
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size(clip: str, tmp_path: Path) -> None:
    """Frames that are not the source's size are a fault of the stage before, and named."""
    encode = Encode("libx264")
    encode.start(job(clip, clip, tmp_path / "o.mp4"))
    slot = DictSlot(count=1)
    planar.put(slot, np.zeros((1, 10, 10, 3), np.uint8))
    with pytest.raises(ValueError, match=r"\(10, 10\).*176 x 96"):
        encode.consume(slot)
    encode.abort()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size``; the writer gets an error, not a signal.

    It holds for the test run's own log too, so it must end before anybody writes there.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.9, 0.999])
def test_disk_full(suffix: str, part: float, clip: str, tmp_path: Path) -> None:
    """A full disk, at the beginning, while encoding or at the very end, is one line, and nothing is left."""
    source = Clip(frames=0, sound_s=10.0, sound_codec="pcm_s16le", container_options={}).write(tmp_path / "s.wav")
    rendered(job(clip, source, whole := tmp_path / f"whole{suffix}"))
    folder = tmp_path / "out"
    folder.mkdir()
    encode, decode = Encode("libx264"), Decode()
    task = job(clip, source, folder / f"o{suffix}")
    decode.start(task)
    size = int(whole.stat().st_size * part)
    with no_file_beyond(size), pytest.raises(BadInput, match=r"^\S+: the output cannot be written: \S[^\n]+$"):
        _to_the_end(decode, encode, task)
    encode.abort()
    decode.abort()
    assert list(folder.iterdir()) == []


def _to_the_end(decode: Decode, encode: Encode, task: dict[str, Any]) -> None:
    encode.start(task)
    for slot in filled(decode):
        encode.consume(slot)
    encode.finish()


def test_encoder_is_probed() -> None:
    """An encoder that cannot work here is found out with one frame, and libx264 taken."""
    assert encodes("libx264", 640, 480)
    assert choose_encoder("auto", 640, 480) == ("h264_nvenc" if encodes("h264_nvenc", 640, 480) else "libx264")
    assert choose_encoder("libx264", 640, 480) == "libx264"


def test_checked_output_can_be_written(clip: str, tmp_path: Path) -> None:
    """The check in the parent leaves no trace that would make the job's own check fail."""
    path = tmp_path / "o.mp4"
    check_output(str(path), overwrite=False)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are what is asked for
    rendered(job(clip, clip, path))
    assert path.exists()
