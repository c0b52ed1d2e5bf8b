"""A warm pipeline goes on, whatever a job did to it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from heygem_core.lipsync.media import probe_video
from heygem_core.scale.jobs import Job, Setup
from heygem_core.scale.ledger import WORK
from heygem_core.scale.warm import WarmPipeline
from tests.scale.conftest import FRAMES


def crew(pipeline: WarmPipeline) -> list[int]:
    """Return the process ids of the pipeline's workers."""
    assert pipeline._renderer is not None
    return list(pipeline._renderer._pipeline._crew.pids())


def kill(pid: int) -> None:
    """Kill a worker and wait until the kernel has ended all its threads; reaping it is the pipeline's."""
    ended = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert wait([ended], 10)
    os.close(ended)


@pytest.mark.breaks
def test_jobs_that_break_it_again_and_again_take_nobody_along(inputs: Path, tmp_path: Path) -> None:
    """After three replaced workers in a row a pipeline gives up at the fourth: then a new one renders the next job."""
    (tmp_path / WORK).mkdir()
    good = Job(1, str(inputs / "v.mp4"), str(inputs / "a0.wav"), "good.mp4", Setup(provider="cpu"), key="a" * 64)
    bad = replace(good, video=str(inputs / "bars.mp4"), output="bad.mp4", key="b" * 64)
    with WarmPipeline(tmp_path, {}) as pipeline:
        assert pipeline.render(good)["status"] == "done"
        first = crew(pipeline)
        for _ in range(3):
            kill(crew(pipeline)[3])
            assert pipeline.render(bad)["cause"] == "bad-input"
        assert crew(pipeline)[0] == first[0]
        kill(crew(pipeline)[3])
        record = pipeline.render(replace(good, output="again.mp4"))
        assert (record["status"], record["frames_out"]) == ("done", FRAMES)
        assert not set(crew(pipeline)) & set(first)
    assert probe_video(str(tmp_path / "again.mp4")).frames == FRAMES
    assert sorted(path.name for path in tmp_path.iterdir()) == [WORK, "again.mp4", "good.mp4"]
    assert list((tmp_path / WORK).iterdir()) == []


def test_a_larger_picture_and_another_setup_get_a_new_pipeline(inputs: Path, tmp_path: Path) -> None:
    """Neither fails for coming second; what fits is rendered by the pipeline that is there."""
    (tmp_path / WORK).mkdir()
    small = Job(1, str(inputs / "v.mp4"), str(inputs / "a0.wav"), "0.mp4", Setup(provider="cpu"), key="a" * 64)
    wide = replace(small, video=str(inputs / "wide.mp4"), allow_no_face=True)
    with WarmPipeline(tmp_path, {}) as pipeline:
        crews = []
        for index, job in enumerate((small, wide, small, replace(small, setup=Setup(provider="cpu", batch=2)))):
            assert pipeline.render(replace(job, output=f"{index}.mp4"))["status"] == "done"
            crews.append(crew(pipeline))
    assert crews[1] == crews[2]
    assert not set(crews[0]) & set(crews[1])
    assert not set(crews[2]) & set(crews[3])
