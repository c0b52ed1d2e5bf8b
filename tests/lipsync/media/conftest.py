"""Clips that several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lipsync.media.clips import Clip


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for clips that several tests share."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def clip(clips: Path) -> str:
    """25 numbered frames at 25 per second with one second of sound."""
    return Clip().write(clips / "clip.mp4")
