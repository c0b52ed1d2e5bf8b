"""The version matrix on Ray: a node to each candidate, and a verdict for each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heygem_core.cli_bench_ray import worst
from heygem_core.scale.cells import Cell, measure
from tests.cli.command import heygem
from tests.scale.ray_nodes import NEEDS_RAY, cluster

OPTIONS = ("--scenario", "single-stream", "--provider", "cpu")


@pytest.mark.parametrize(
    ("codes", "expected"), [([0, 0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([0, 2], 1), ([0, 130], 1), ([], 0)]
)
def test_the_worst_cell_decides(codes: list[int], expected: int) -> None:
    """Slower or not measured before undecided, undecided before fine."""
    assert worst(codes) == expected


def test_a_cell_that_cannot_be_measured_says_why(tmp_path: Path) -> None:
    """The command's own last line; nothing raises."""
    measured = measure(Cell("1.31.1", "none", OPTIONS, str(tmp_path)))
    assert (measured.exit_code, measured.result) == (2, None)
    assert measured.error


@pytest.mark.slow
@pytest.mark.ray
@NEEDS_RAY
@pytest.mark.timeout(600)
def test_each_candidate_has_a_node_to_itself(tmp_path: Path) -> None:
    """Two candidates on two nodes: a run and a verdict for each, whose folders compare as any run's do."""
    plan = tmp_path / "plan.json"
    plan.write_text('{"looks": [4], "alphas": [0.2], "control": 4, "block_ns": 10000000}')
    versions = ("--ort", "1.31.1", "--ort", "1.26.0", "--ort", "1.20.2")
    with cluster({"num_cpus": 1}, {"num_cpus": 1}) as ray:
        done = heygem(
            *("bench", "run", *versions, "--out", tmp_path / "run", "--plan", plan, *OPTIONS),
            *("--engine", "ray", "--address", ray.address, "--json", "-"),
            timeout=500,
        )
    assert done.returncode in {0, 1, 3}, done.stderr
    told = json.loads(done.stdout)["cells"]
    assert [one["cell"]["candidate"] for one in told] == ["1.26.0", "1.20.2"]
    for one in told:
        (comparison,) = one["result"]["comparisons"]
        assert (comparison["n"], comparison["scenario"]) == (4, "single-stream")
        again = heygem("bench", "compare", "1.31.1", one["cell"]["candidate"], "--run", one["folder"], "--json", "-")
        assert json.loads(again.stdout)["verdict"] == one["result"]["verdict"]
