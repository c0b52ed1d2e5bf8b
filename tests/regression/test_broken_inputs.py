"""Inputs that end early or break half-way: the job fails with file and position, and the next one is complete."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heygem_core.errors import HeygemError
from heygem_core.lipsync.render import Renderer
from heygem_core.pipeline import Progress
from tests.lipsync.faces import FaceClip
from tests.lipsync.media.clips import Clip

SECONDS = 2.0
FRAMES = 50


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    """One warm renderer: each broken job must leave it fit for the next."""
    with Renderer(640, 480, provider="cpu") as renderer:
        yield renderer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A video and two sounds, all playable from the front, as what is still being copied is."""
    folder = tmp_path_factory.mktemp("whole")
    video = FaceClip(frames=FRAMES, sound_s=None).write(folder / "video.mp4")
    audio = Clip(frames=0, sound_s=SECONDS).write(folder / "audio.mp4")
    long = Clip(frames=0, sound_s=20 * SECONDS).write(folder / "long.mp4")
    return {"video": Path(video).read_bytes(), "audio": Path(audio).read_bytes(), "long": Path(long).read_bytes()}


@pytest.fixture
def inputs(whole: dict[str, bytes], tmp_path: Path) -> dict[str, Path]:
    """The video and its sound, equally long, as files of their own."""
    paths = {name: tmp_path / f"{name}.mp4" for name in ("video", "audio")}
    for name, path in paths.items():
        path.write_bytes(whole[name])
    return paths


def overwrite_the_middle(path: Path) -> None:
    """Make a part in the middle unreadable, and leave the length and all the rest as it is."""
    data = bytearray(path.read_bytes())
    begin, count = len(data) * 6 // 10, len(data) // 10
    data[begin : begin + count] = bytes(count)
    path.write_bytes(data)


def cut(path: Path, part: float = 0.5) -> None:
    """Leave the first half, or another part."""
    os.truncate(path, int(path.stat().st_size * part))


def failure(renderer: Renderer, inputs: dict[str, Path], on_event: Callable[[object], None] | None = None) -> str:
    """Render what must fail as bad input, and return what was said; nothing may be left of it."""
    output = inputs["video"].with_name("out.mp4")
    before = sorted(output.parent.iterdir())
    with pytest.raises(HeygemError) as caught:
        renderer.render(inputs["video"], inputs["audio"], output, on_event=on_event)
    assert caught.value.cause == "bad-input"
    assert sorted(output.parent.iterdir()) == before
    return str(caught.value)


def position(said: str, path: Path) -> float:
    """Return the position in seconds that the message gives for ``path``."""
    found = re.search(rf"{re.escape(str(path))}: the (?:video|audio) is damaged or truncated at (\d+\.\d\d) s", said)
    assert found, said
    return float(found[1])


@pytest.mark.parametrize("broken", ["video", "audio"])
@pytest.mark.parametrize("harm", [overwrite_the_middle, cut])
def test_a_broken_input_fails_with_its_position(
    harm: Callable[[Path], None], broken: str, renderer: Renderer, inputs: dict[str, Path]
) -> None:
    """About half-way, where the file was harmed."""
    harm(inputs[broken])
    assert position(failure(renderer, inputs), inputs[broken]) == pytest.approx(SECONDS / 2, abs=0.6)


def test_after_a_broken_input_the_same_job_with_a_whole_one_is_complete(
    renderer: Renderer, inputs: dict[str, Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    """What broke in the middle of a job, frames on their way, leaves nothing that the next one could stumble over."""
    overwrite_the_middle(inputs["video"])
    failure(renderer, inputs)
    inputs["video"].write_bytes(whole["video"])
    assert renderer.render(inputs["video"], inputs["audio"], tmp_path / "out.mp4").frames_out == FRAMES


@pytest.mark.parametrize("broken", ["video", "audio"])
def test_an_input_that_is_cut_while_the_job_runs_fails_with_its_position(
    broken: str, renderer: Renderer, inputs: dict[str, Path], whole: dict[str, bytes]
) -> None:
    """Whole when a long job began, and most of it gone before it was read: no shorter video comes out of that."""
    inputs["audio"].write_bytes(whole["long"])
    harmed: list[object] = []

    def harm(event: object) -> None:
        if isinstance(event, Progress) and event.frames and not harmed:
            harmed.append(event)
            cut(inputs[broken], 0.02)

    assert position(failure(renderer, inputs, harm), inputs[broken]) > 0.0
