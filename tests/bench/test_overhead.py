"""What the harness costs is measured with the same processes as everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.calibrate.overhead import Harness, empty_frame, idle_twin
from heygem_core.bench.replicate import Arm
from heygem_core.bench.schema import Plan


def harness(arms: dict[str, Arm], model: Path) -> Harness:
    """Return one over the installed onnxruntime."""

    def opening(path: Path) -> dict[str, Any]:
        return {"kind": "model", "model": str(path), "provider": "cpu", "threads": 1, "batches": [1]}

    return Harness((arms["A"].launch, arms["A"].launch), model, opening, Plan(warm_frames=5, warm_cap=20))


def test_an_empty_frame_costs_something(arms: dict[str, Arm], model: Path, tmp_path: Path) -> None:
    """Microseconds, thousands of them measured, the slow ones slower than the median."""
    told = empty_frame(harness(arms, model), tmp_path / "null.onnx")
    assert 0 < told["p50_us"] < told["p99_us"]
    assert told["n"] >= 1000


@pytest.mark.slow
def test_the_idle_process_is_compared_with_none(arms: dict[str, Arm], model: Path) -> None:
    """An effect with its interval around it; on a busy machine it may be any, so only its form is asked for."""
    told = idle_twin(harness(arms, model), replicates=6)
    low, high = told["ci95"]
    assert low <= told["effect"] <= high
    assert told["within"] == (low > -0.005 and high < 0.005)
