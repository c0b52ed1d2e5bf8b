"""How many pipelines, and the reason that is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.scale import plan
from heygem_core.scale.ray_places import Node, Share, share

GIB = 1 << 30


@pytest.mark.parametrize(
    ("cores", "free", "jobs", "wanted", "count", "words"),
    [
        (2, 20 * GIB, 99, None, 1, "one for every 2 of 2 cores"),
        (1, 20 * GIB, 99, None, 1, "of 1 cores"),
        (32, 64 * GIB, 99, None, 16, "one for every 2 of 32 cores"),
        (32, 3 * GIB, 99, None, 3, "3.0 GiB of memory are free"),
        (32, GIB // 2, 99, None, 1, "0.5 GiB of memory are free"),
        (32, 64 * GIB, 5, None, 5, "not more than jobs (5)"),
        (2, 20 * GIB, 99, 4, 4, "as asked for"),
    ],
)
def test_cores_memory_and_jobs_bound_the_number(
    cores: int, free: int, jobs: int, wanted: int | None, count: int, words: str
) -> None:
    """The lowest bound decides, and is the reason given; a number that was asked for stands."""
    chosen = plan.by_cores(cores, free, jobs, wanted)
    assert len(chosen.places) == len({place.name for place in chosen.places}) == count
    assert words in chosen.reason.en


def test_each_gpu_gets_a_pipeline_that_sees_it_alone() -> None:
    """CUDA_VISIBLE_DEVICES names one of those that were visible; more pipelines than GPUs go round."""
    assert plan.gpus({}, 2) == ["0", "1"]
    assert plan.gpus({"CUDA_VISIBLE_DEVICES": "3,GPU-ab"}, 8) == ["3", "GPU-ab"]
    chosen = plan.by_gpu(["3", "GPU-ab"], 99, 3)
    assert [place.variables["CUDA_VISIBLE_DEVICES"] for place in chosen.places] == ["3", "GPU-ab", "3"]
    assert "one for each of 2 GPUs" in plan.by_gpu(["0", "1"], 99, None).reason.en


def test_a_quota_bounds_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container with half a core has one; "max" and a missing file bound nothing."""
    file = tmp_path / "cpu.max"
    monkeypatch.setattr(plan, "_QUOTA", file)
    everything = plan.cores()
    file.write_text("max 100000\n")
    assert plan.cores() == everything
    file.write_text("50000 100000\n")
    assert plan.cores() == 1


@pytest.mark.parametrize(
    ("resources", "on_gpu", "wanted", "expected"),
    [
        ({"CPU": 16.0, "GPU": 8.0}, True, None, Share(8, 2, 1.0)),
        ({"CPU": 4.0, "GPU": 8.0}, True, None, Share(8, 0.5, 1.0)),
        ({"CPU": 16.0, "GPU": 8.0}, False, None, Share(8, 2, 0)),
        ({"CPU": 1.0}, True, None, Share(1, 1, 0)),
        ({"CPU": 16.0, "GPU": 1.0}, True, 2, Share(2, 2, 0.5)),
        ({"CPU": 4.0}, False, 4, Share(4, 1, 0)),
        ({}, True, None, Share(0, 0, 0)),
    ],
)
def test_a_node_is_divided_by_its_gpus_else_by_its_cores(
    resources: dict[str, float], on_gpu: bool, wanted: int | None, expected: Share
) -> None:
    """All actors of a node fit on it at once; a head without resources gets none."""
    got = share(Node("id", "name", resources), on_gpu, wanted)
    assert got == expected
    assert got.count * got.cpus <= resources.get("CPU", 0)
    assert got.count * got.gpus <= resources.get("GPU", 0)
