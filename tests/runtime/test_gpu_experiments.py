"""The experiments of the tests on a GPU, on the CPU, where what they must find is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heygem_core.casebook.cases.library_path import EXPECTED
from heygem_core.runtime import loading
from heygem_core.runtime.session import CPU
from heygem_core.runtime.tuning import PLAIN
from tests.gpu import observing
from tests.gpu.experiments import hosted_here
from tests.lipsync.faces import FaceClip


def test_the_matrix_of_library_paths_is_the_loader_s(pair: tuple[Path, Path]) -> None:
    """On a library compiled here with its dependency in a folder of its own; two folders are told as well as one."""
    library, dependency = pair
    seen = observing.library_matrix(library, [library.parent / "empty", dependency.parent])
    assert {way: error is None for way, error in seen.items()} == EXPECTED
    missing = {loading.missing_library(error) for error in seen.values() if error is not None}
    assert missing == {dependency.name}


def test_children_of_both_kinds_answer() -> None:
    """On the CPU a forked and a spawned child both compute; on a GPU only the spawned one may."""
    told = hosted_here("after_cuda", provider="cpu")
    assert told["parent"] == {"applied": CPU, "value": 8, "error": None}
    assert told["fork"] == told["spawn"] == told["parent"]


def test_a_child_s_error_is_an_answer() -> None:
    """What is raised in a child comes back as words, and nothing hangs."""
    told = hosted_here("after_cuda", provider="no such provider")
    assert "'no such provider' is unknown" in told["spawn"]["error"]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_loader_with_four_workers_loads_beside_a_session(method: str) -> None:
    """In a spawned process that has a session, which works on afterwards; each process imports torch, for seconds."""
    pytest.importorskip("torch")
    told = hosted_here("dataloader", provider="cpu", method=method, workers=4)
    assert (told["loaded"], told["error"]) == (8, None)
    assert told["used"] == told["again"] == {"applied": CPU, "value": 8, "error": None}


@pytest.mark.slow
def test_pipelines_at_the_same_time_give_the_same_pictures(tmp_path: Path) -> None:
    """Two jobs at once: every frame of each, and equal pictures."""
    video = FaceClip(frames=8, sound_s=0.32).write(tmp_path / "in.mp4")
    jobs = observing.at_once(2, video, tmp_path, "dinet-small", "cpu")
    assert [result.frames_out for result in jobs.results] == [8, 8]
    assert [result.provider["applied"] for result in jobs.results] == [CPU, CPU]
    assert len(set(jobs.hashes)) == 1


@pytest.mark.slow
def test_jobs_with_and_without_a_visible_device_are_told_apart(tmp_path: Path) -> None:
    """Three jobs one after the other in one process; on the CPU it makes no difference to them."""
    video = FaceClip(frames=4, sound_s=0.16).write(tmp_path / "in.mp4")
    told = hosted_here("hidden_between", provider="cpu", video=str(video), folder=str(tmp_path))
    assert list(told) == ["before", "hidden", "after"]
    assert all(job == {"applied": CPU, "frames": 4, "cause": None} for job in told.values())


def test_drift_is_in_levels_and_decibels() -> None:
    """Equal pictures have no PSNR; one level everywhere is 48.13 dB."""
    flat = np.full((1, 4, 4, 3), 100, np.uint8)
    assert observing.drift(flat, flat) == observing.Drift(0, None)
    off = observing.drift(flat, flat + 1)
    assert off.most == 1
    assert off.psnr == pytest.approx(48.13, abs=0.01)


def test_half_precision_drifts_little_on_the_cpu_too(tmp_path: Path) -> None:
    """The measurement that the tests on a GPU make of each precision."""
    exact = observing.draw("dinet-small", "cpu", tmp_path)
    half = observing.draw("dinet-small", "cpu", tmp_path, replace(PLAIN, precision="fp16"))
    off = observing.drift(exact.pictures, half.pictures)
    assert off.psnr is not None
    assert off.psnr > 45
