"""From the fault to the error that names it: seconds between a stage's misdeed and ``Pipeline.run`` raising."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.fault_stages import Make, Note, Pass, Take
from heygem_core.errors import StageFailed
from heygem_core.pipeline import Liveness, Pipeline

STAGES = ("first", "middle", "last")
LIVENESS = Liveness(floor_s=1.0, ready_s=3.0, first_s=1.0)


def committed(path: Path) -> float:
    """Return the monotonic time at which the fault was committed."""
    return float(struct.unpack("d", path.read_bytes())[0])


def stages(open_fault: str = "", path: str = "") -> list[Note]:
    """Return the three stages; ``open_fault`` names the one that never gets ready."""
    kinds = {"first": Make, "middle": Pass, "last": Take}
    return [kind(fault_in_open=path if name == open_fault else "") for name, kind in kinds.items()]


def measure(fault: str, stage: str, path: Path) -> float:
    """Return the seconds from one fault to its error."""
    path.unlink(missing_ok=True)
    faulty = stages(stage, str(path)) if fault == "never ready" else stages()
    with Pipeline(faulty, slot_bytes=4096, liveness=LIVENESS) as pipeline:  # type: ignore[arg-type]
        with pytest.raises(StageFailed) as caught:
            pipeline.run({"fault": (stage, fault, str(path))})
        raised = time.monotonic()
    assert caught.value.stage == stage
    return raised - committed(path)


@pytest.mark.parametrize("fault", ["exception", "sys.exit", "SIGKILL", "hang", "never ready"])
def test_fault_latency(fault: str, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Every fault at every stage, five times; the figures are in ``extra_info``, in seconds."""
    rounds = 2 if fault in {"hang", "never ready"} else 5
    figures = sorted(measure(fault, stage, tmp_path / "when") for stage in STAGES for _ in range(rounds))
    benchmark.extra_info.update(
        minimum_s=figures[0], median_s=figures[len(figures) // 2], maximum_s=figures[-1], measured=len(figures)
    )
    # The fixture wants one timed call; the figures above are what this benchmark is about.
    benchmark.pedantic(measure, (fault, "middle", tmp_path / "when"), rounds=1)  # type: ignore[no-untyped-call]
