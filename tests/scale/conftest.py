"""Inputs small enough for many jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heygem_core.lipsync import assets
from heygem_core.lipsync.render import MODELS
from tests.cli.command import noise
from tests.lipsync.faces import FaceClip
from tests.lipsync.media.clips import Clip

FRAMES = 8
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a face (v.mp4), one cut off (cut.mp4), none (bars.mp4), a wider picture (wide.mp4), and sounds."""
    for name in MODELS:
        assets.fetch(name)
    folder = tmp_path_factory.mktemp("inputs")
    FaceClip(frames=FRAMES, width=160, height=120, sound_s=0.32).write(folder / "v.mp4")
    whole = (folder / "v.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    Clip(frames=FRAMES, width=160, sound_s=0.32).write(folder / "bars.mp4")
    Clip(frames=FRAMES, width=176, sound_s=0.32).write(folder / "wide.mp4")
    for index in range(16):
        noise(folder / f"a{index}.wav", 0.32, 8000 + index)
    return folder


@pytest.fixture
def write(inputs: Path, tmp_path: Path) -> Write:
    """Return what writes a manifest of given lines: dictionaries, of which paths are relative to the inputs."""

    def written(*lines: dict[str, Any] | str, name: str = "manifest.jsonl") -> Path:
        path = tmp_path / name
        texts = []
        for line in lines:
            if isinstance(line, dict):
                files = {key: str(inputs / value) for key, value in line.items() if key in {"video", "audio"}}
                texts.append(json.dumps({**line, **files}))
            else:
                texts.append(line)
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return path

    return written


def job(index: int, **more: Any) -> dict[str, Any]:
    """Return a good line whose video is called ``index``.mp4."""
    return {"video": "v.mp4", "audio": f"a{index % 16}.wav", "output": f"{index}.mp4", **more}


def records(folder: Path) -> list[dict[str, Any]]:
    """Return the results of a batch."""
    return [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]
