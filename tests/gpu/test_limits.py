"""How close the generator and a job come to the device itself; utilization where frames flow; budgets per GPU.

One measurement for all of the tests: ``python -m bench.gpu_limits``. Its record is kept with ``--basetemp``.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.gpu_limits.__main__ import measure, parsed
from bench.gpu_limits.checks import TITLES
from heygem_core.runtime.session import CUDA

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the record of one measurement of the full-sized model."""
    file = tmp_path_factory.mktemp("limits") / "gpu.json"
    told = measure(parsed(["--out", str(file)]))
    file.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return told


@pytest.mark.parametrize("name", list(TITLES))
def test_the_budget_of_this_gpu_is_kept(record: dict[str, Any], name: str) -> None:
    """Each share of what the same device does in the same run; what the driver does not tell is skipped by name."""
    (check,) = (each for each in record["gpu_limits"]["checks"] if each["name"] == name)
    if check["passed"] is None:
        pytest.skip(f"{name}: {check['note']}")
    limit = "at most" if check["at_most"] else "at least"
    assert check["passed"], f"{name}: {check['value']}, {limit} {check['budget']}; {check['note']}"


def test_the_gpu_was_watched_as_it_should_be(record: dict[str, Any]) -> None:
    """At 10 Hz or more, over the steady window, with clocks; by a process of its own; and it was CUDA."""
    limits = record["gpu_limits"]
    assert limits["applied"] == limits["job"]["applied"] == CUDA
    assert limits["page_locked"] > 0
    used = limits["usage"]
    if used is None or used["utilization"] is None:
        pytest.skip("the driver tells no utilization here")
    assert used["rate_hz"] >= 10
    assert used["sm_clock_min"] is None or used["sm_clock_min"] > 0


def test_warm_up_is_reported_apart(record: dict[str, Any]) -> None:
    """Its seconds and runs are on the record, of the generator and of the job, and in none of the other figures."""
    limits = record["gpu_limits"]
    assert limits["warmup_s"] > 0
    assert limits["warmup_runs"] is not None, "the series never became steady"
    assert limits["job"]["warmup_s"] > 0
    assert limits["job"]["generator"]["run_p50_ms"] > 0
