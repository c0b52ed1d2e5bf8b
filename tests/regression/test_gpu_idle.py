"""gpu-idle: measured with a GPU, skipped with the reason without one, never passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heygem_core.casebook.cases import gpu_idle
from heygem_core.casebook.cases.gpu_idle import Watched
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import EffectNotShown
from heygem_core.runtime import nvml
from heygem_core.runtime.nvml import GpuSample
from heygem_core.runtime.session import CPU, CUDA
from tests.casebook.gpu_less import assert_skipped
from tests.casebook.languages import in_both

APPLIED = {"cpu": CPU, "cuda": CUDA}


def _watched(*utilization: int | None) -> Watched:
    samples = [
        GpuSample(at / 20, device=0, utilization=percent, memory_used=10**6, sm_clock=None, throttle=None, pids=None)
        for at, percent in enumerate(utilization)
    ]
    return Watched(tuple(samples), None)


def test_without_a_gpu_the_case_is_skipped_with_the_reason() -> None:
    """No driver or no device gives `CaseSkipped` with NVML's reason."""
    assert_skipped(gpu_idle.CASE)


def test_a_busy_gpu_is_told_from_an_idle_one() -> None:
    """Peaks of each stretch are in the evidence, in order, with the rate that was sampled."""
    lines = gpu_idle.judge(_watched(0, 0), _watched(0, 1), _watched(3, 97, None))
    assert [line.en.partition("peak utilization ")[2].partition(" %")[0] for line in lines[:3]] == ["0", "1", "97"]
    assert lines[3].en.startswith("3 readings of 1 GPU(s) in 0.1 s")


def test_what_is_found_with_a_gpu_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcomes and evidence made from given readings are there in English and Chinese."""
    done = {name: CoreRun(3.5, 8, {"applied": applied}, None, None, "", 0) for name, applied in APPLIED.items()}
    monkeypatch.setattr(nvml, "available", lambda: None)
    monkeypatch.setattr(gpu_idle, "rest", lambda: _watched(0, 0))
    monkeypatch.setattr(gpu_idle, "job", lambda name: replace(_watched(0, 97 * (name == "cuda")), run=done[name]))
    finding = gpu_idle.run(Options())
    assert finding.core.outcome.en == f"provider cuda: 8 frames in 3.5 s, on {CUDA}"
    in_both(finding)
    for name, applied in (("cpu", CUDA), ("cuda", CPU)):
        done = {**done, name: replace(done[name], noted={"applied": applied})}
        with pytest.raises(EffectNotShown, match="should have run on"):
            gpu_idle.run(Options())


@pytest.mark.parametrize(
    ("resting", "on_cpu", "on_cuda"),
    [(0, 0, 0), (50, 0, 50), (0, 60, 50)],
)
def test_a_gpu_that_others_keep_busy_is_no_finding(resting: int, on_cpu: int, on_cuda: int) -> None:
    """Unless CUDA shows above rest and above the CPU run, utilization says nothing about the job."""
    with pytest.raises(EffectNotShown, match="does not tell"):
        gpu_idle.judge(_watched(resting), _watched(on_cpu), _watched(on_cuda))


def test_a_device_that_tells_nothing_is_no_idle_device() -> None:
    """Utilization that cannot be read is EffectNotShown, not 0 %."""
    with pytest.raises(EffectNotShown, match="no utilization in 2 samples"):
        gpu_idle.judge(_watched(0), _watched(0), _watched(None, None))
