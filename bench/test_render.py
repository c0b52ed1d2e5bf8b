"""End to end: whole jobs through a warm pipeline, all stages in their processes."""

from __future__ import annotations

from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from heygem_core.lipsync import assets
from heygem_core.lipsync.media import probe_video
from heygem_core.lipsync.render import Renderer
from tests.cli.command import noise

SECONDS = 1.0
ROUNDS = 5


def test_render(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A second of video with the puppet on the CPU; the first job, which loads and allocates, is not counted."""
    clip = assets.fetch("clip")
    info = probe_video(str(clip))
    sound, output = noise(tmp_path / "noise.wav", SECONDS), tmp_path / "out.mp4"
    with Renderer(info.width, info.height, provider="cpu") as renderer:

        def job() -> int:
            return renderer.render(clip, sound, output, overwrite=True).frames_out

        frames = benchmark.pedantic(job, rounds=ROUNDS, warmup_rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["frames"] = frames
    assert frames == round(SECONDS * float(info.fps))
