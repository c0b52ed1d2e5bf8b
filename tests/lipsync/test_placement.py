"""Which stages share a worker is a matter of speed alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from heygem_core.lipsync.placement import APART, default
from heygem_core.lipsync.render import Renderer
from tests.lipsync.faces import FaceClip

STAGES = [name for group in APART for name in group]
ONE = (tuple(STAGES),)


@pytest.mark.parametrize("cores", [1, 2, 3, 16])
@pytest.mark.parametrize("generator", ["puppet", "dinet"])
def test_every_default_is_a_placement(generator: str, cores: int) -> None:
    """All five stages in order; decoder and encoder are alone, whatever the machine."""
    chosen = [tuple(group) for group in default(generator, "cpu", cores)]
    assert [name for group in chosen for name in group] == STAGES
    assert (chosen[0], chosen[-1]) == (("decode",), ("encode",))


def test_a_gpu_has_a_worker_to_itself() -> None:
    """Where CUDA is asked for nothing shares a worker with the generator, however few the cores."""
    assert default("puppet", "cuda", 1) == APART


def test_the_file_is_the_same_in_every_placement(tmp_path: Path) -> None:
    """To the bit, apart, in one worker and as chosen; and every stage has counted every frame."""
    clip = FaceClip(frames=10, sound_s=0.4).write(tmp_path / "clip.mp4")
    digests = set()
    for placement in (APART, ONE, None):
        with Renderer(320, 240, provider="cpu", placement=placement) as renderer:
            result = renderer.render(clip, clip, tmp_path / "out.mp4", overwrite=True)
        assert [(stage.name, stage.frames) for stage in result.stages] == [(name, 10) for name in STAGES]
        digests.add(hashlib.sha256((tmp_path / "out.mp4").read_bytes()).hexdigest())
    assert len(digests) == 1
