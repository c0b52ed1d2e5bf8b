"""What `render` refuses before it starts a single process."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.errors import BadInput, HeygemError
from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.render import render
from heygem_core.lipsync.result import failure_json
from tests.lipsync.faces import FaceClip
from tests.lipsync.test_render import JSON_KEYS


def test_nothing_is_written_over_an_input(tmp_path: Path) -> None:
    """The output may not be the video or the audio, under any of its names, ``overwrite`` or not."""
    video = FaceClip(frames=8, sound_s=0.32).write(tmp_path / "in.mp4")
    before = Path(video).read_bytes()
    (tmp_path / "same.mp4").symlink_to(video)
    with pytest.raises(BadInput, match="is an input of the job"):
        render(video, fetch("clip"), tmp_path / "same.mp4", overwrite=True)
    assert Path(video).read_bytes() == before


def test_an_unwritable_output_is_refused_before_any_work(tmp_path: Path) -> None:
    """A folder that does not exist and a folder in the file's place are refused in one line."""
    for output in (tmp_path / "missing" / "out.mp4", tmp_path):
        with pytest.raises(BadInput):
            render(fetch("clip"), fetch("clip"), output)


def test_an_unknown_model_is_refused_before_any_process_starts(tmp_path: Path) -> None:
    """An unknown generator name is refused with the known ones."""
    with pytest.raises(HeygemError, match="puppet") as caught:
        render(fetch("clip"), fetch("clip"), tmp_path / "out.mp4", generator="magic")
    assert caught.value.cause == "bad-input"
    assert failure_json(caught.value, "auto").keys() >= JSON_KEYS
