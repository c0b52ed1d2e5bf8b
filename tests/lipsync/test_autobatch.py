"""The batch size is what measures best; the ladder ends where more is no faster, or does not fit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from heygem_core.errors import BadModel, MemoryExhausted, ProviderNotApplied
from heygem_core.lipsync.generator import autobatch, load
from heygem_core.lipsync.generator.autobatch import LADDER, Choice, Rung, choose, climb
from heygem_core.lipsync.generator.model import Setup
from heygem_core.lipsync.render import render
from heygem_core.runtime import nvml
from tests.lipsync.faces import FaceClip
from tests.lipsync.generating import telltale


def test_the_ladder_ends_where_more_is_no_faster() -> None:
    """A gain below five percent is none; what comes after it is not measured."""
    speeds = {1: 100.0, 2: 150.0, 4: 180.0, 8: 185.0}
    assert climb(speeds.__getitem__) == Choice(4, tuple(Rung(size, fps) for size, fps in speeds.items()))


def test_the_ladder_ends_where_memory_does() -> None:
    """The last size that fitted is taken, and the one that did not is told."""

    def measure(size: int) -> float:
        if size == 8:
            raise MemoryExhausted("full")
        return 100.0 * size

    choice = climb(measure)
    assert (choice.batch, choice.rungs[-1]) == (4, Rung(8, None))


def test_a_model_that_fits_in_no_size_is_an_error() -> None:
    """There is nothing to choose then."""

    def full(_size: int) -> float:
        raise MemoryExhausted("full")

    with pytest.raises(MemoryExhausted, match="full"):
        climb(full)


def test_the_top_of_the_ladder_is_taken_when_it_is_still_faster() -> None:
    """And nothing above it is tried."""
    assert climb(float).batch == LADDER[-1]


def test_a_real_generator_is_measured_in_a_process_of_its_own() -> None:
    """Sizes in the ladder's order from 1 on, none above the most that a slot holds, and a choice among them."""
    choice = choose("dinet-small", Setup("cpu"), most=2)
    assert [rung.batch for rung in choice.rungs] == [1, 2]
    assert choice.batch in {1, 2}
    assert all(rung.fps is not None and rung.fps > 1 for rung in choice.rungs)


def test_a_model_s_own_size_is_the_only_one(tmp_path: Path) -> None:
    """What is fixed is not tried otherwise."""
    path = telltale(tmp_path / "user.onnx", batch=3)
    choice = autobatch.measured(path, Setup("cpu"), most=64)
    assert isinstance(choice, Choice)
    assert (choice.batch, len(choice.rungs)) == (3, 1)
    assert not load(path, Setup("cpu")).model.resize(5)


def test_what_loading_raises_comes_back(tmp_path: Path) -> None:
    """A bad model, and a provider that is not applied, are the same errors as without measuring."""
    with pytest.raises(BadModel, match=r"gone\.onnx"):
        choose(str(tmp_path / "gone.onnx"), Setup("cpu"), most=4)
    if nvml.available() is not None:
        with pytest.raises(ProviderNotApplied):
            choose("dinet-small", Setup("cuda"), most=4)


def test_a_measuring_process_that_dies_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last words are told, and no size is made up."""
    died = subprocess.CompletedProcess([], -9, b"", b"first\nlast words\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: died)
    with pytest.raises(BadModel, match="measuring batch sizes failed: last words"):
        choose("puppet", Setup("cpu"), most=4)


def test_a_job_with_a_measured_batch_says_what_it_measured(tmp_path: Path) -> None:
    """The result names size, measurements and the model's own times; every frame comes out."""
    video = FaceClip(frames=8, sound_s=0.32).write(tmp_path / "in.mp4")
    result = render(video, video, tmp_path / "out.mp4", provider="cpu", batch="auto", generator="dinet-small")
    told = result.as_json()["generator"]
    assert result.frames_out == 8
    assert told["batch"] in [rung["batch"] for rung in told["measured"]]
    assert told["runs"] == -(-8 // told["batch"])
    assert 0 < told["run_p50_ms"] <= told["run_p99_ms"]
