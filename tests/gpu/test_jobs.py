"""Whole jobs on one GPU: several at once, with too little memory, and with the device gone in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heygem_core.errors import Cause, HeygemError, StageFailed
from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.lipsync.render import Renderer
from heygem_core.runtime.session import CUDA
from heygem_core.runtime.tuning import Tuning
from tests.gpu.experiments import hosted_here
from tests.gpu.observing import at_once
from tests.lipsync.faces import FaceClip

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]

_MIB = 1 << 20


@pytest.fixture
def video(tmp_path: Path) -> str:
    """Return a second of a speaker."""
    return FaceClip(frames=24, sound_s=0.96).write(tmp_path / "in.mp4")


@pytest.mark.no_cpu_fallback
@pytest.mark.parametrize("count", [2, 3])
def test_pipelines_share_one_gpu(count: int, video: str, tmp_path: Path) -> None:
    """Two and three at the same time: each on CUDA, each with every frame, all with the same pictures."""
    jobs = at_once(count, video, tmp_path, "dinet-small", "cuda")
    assert [result.frames_out for result in jobs.results] == [24] * count
    assert {result.provider["applied"] for result in jobs.results} == {CUDA}
    assert len(set(jobs.hashes)) == 1


def drawn_within(limit: int) -> int:
    """Return the batch of a generator that was to draw 16 frames at once within ``limit`` bytes; 0 if it could not."""
    try:
        model = load("dinet-small", Setup("cuda", batch=16, tuning=Tuning(memory_limit=limit))).model
    except HeygemError as error:
        # Too little for the weights is found by the session, too little for a batch by the first run.
        if error.cause != Cause.GPU_OUT_OF_MEMORY:
            raise
        return 0
    if bool(model.warnings) != (model.batch == 8):
        raise AssertionError(f"batch {model.batch}, warnings {model.warnings}")
    return model.batch


def test_memory_that_runs_out_is_met_with_a_smaller_batch_and_then_with_an_error(
    record_property: Callable[[str, Any], None],
) -> None:
    """With more memory at each attempt: first the GPU's memory is the error, then half the batch is drawn, or all."""
    sizes = [drawn_within(limit * _MIB) for limit in (1, *(8 * 2**step for step in range(9)))]
    record_property("batches", sizes)
    assert (sizes[0], sizes[-1]) == (0, 16)
    assert sizes == sorted(sizes)


def test_a_job_without_memory_fails_by_that_name_and_the_next_is_fine(video: str, tmp_path: Path) -> None:
    """The stage and the cause are named; a pipeline with memory then renders every frame."""
    few, all_of_it = Tuning(memory_limit=_MIB), Tuning()
    with (
        pytest.raises(StageFailed) as caught,
        Renderer(320, 240, generator="dinet-small", provider="cuda", batch=8, tuning=few) as renderer,
    ):
        renderer.render(video, video, tmp_path / "out.mp4")
    assert (caught.value.stage, caught.value.cause) == ("generator", Cause.GPU_OUT_OF_MEMORY)
    assert not (tmp_path / "out.mp4").exists()
    with Renderer(320, 240, generator="dinet-small", provider="cuda", batch=8, tuning=all_of_it) as renderer:
        assert renderer.render(video, video, tmp_path / "out.mp4").frames_out == 24


def test_a_device_that_is_hidden_between_jobs_is_missed_by_name(video: str, tmp_path: Path) -> None:
    """Before and after on CUDA; without it a failed job with a cause, and no picture from the CPU."""
    told = hosted_here("hidden_between", provider="cuda", video=video, folder=str(tmp_path))
    assert told["before"] == told["after"] == {"applied": CUDA, "frames": 24, "cause": None}
    assert told["hidden"]["frames"] is None
    assert told["hidden"]["cause"] == Cause.SILENT_CPU_FALLBACK
    assert not (tmp_path / "hidden.mp4").exists()
