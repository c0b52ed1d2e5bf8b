"""Where nodes ran, read from a real profile and from one as a GPU's would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heygem_core.runtime.node_times import of_events, read
from heygem_core.runtime.session import CPU, CUDA
from tests.gpu.observing import draw


def node(name: str, kind: str, provider: str, at: int, took: int) -> dict[str, Any]:
    """Return an event as onnxruntime writes it for one node."""
    arguments = {"provider": provider, "op_name": kind}
    return {"cat": "Node", "name": f"{name}_kernel_time", "ts": at, "dur": took, "args": arguments}


def run(at: int) -> dict[str, Any]:
    """Return the event of a whole run, which is written after its nodes."""
    return {"cat": "Session", "name": "model_run", "ts": at, "dur": 90}


EVENTS = [
    node("conv", "Conv", CUDA, 1, 5000),
    run(0),
    node("conv", "Conv", CUDA, 101, 990),
    node("other", "Conv", CUDA, 110, 0),
    node("shape", "Shape", CPU, 120, 10),
    {"cat": "Node", "name": "conv_fence_before", "ts": 100, "dur": 500, "args": {"op_name": "Conv"}},
    run(100),
]


def test_the_share_is_that_of_the_nodes_and_of_the_runs_asked_for() -> None:
    """Runs of the warm-up can be left out; fences are no nodes; what ran elsewhere is listed by operator."""
    times = of_events(EVENTS, skip_runs=1)
    assert times.share(CUDA) == pytest.approx(0.99)
    assert times.elsewhere(CUDA) == {CPU: {"Shape": 1}}
    assert times.nodes[CUDA] == {"Conv": 2}
    assert of_events(EVENTS).us[CUDA] == 5990
    assert times.device_us is None


def test_the_kernels_own_time_is_told_where_the_build_has_it() -> None:
    """With CUPTI there are events of the device; they are no nodes."""
    kernel = {"cat": "Kernel", "name": "sm90_xmma_fprop", "ts": 130, "dur": 4000, "args": {}}
    times = of_events([*EVENTS, kernel], skip_runs=1)
    assert times.device_us == 4000
    assert times.us[CUDA] == 990


def test_a_profile_without_runs_has_no_share(tmp_path: Path) -> None:
    """Nothing ran: the share is 0, not a division by it; what is no profile, and too few runs, are errors."""
    assert of_events([]).share(CUDA) == 0
    with pytest.raises(ValueError, match="holds 2 runs, 3 are to be skipped"):
        of_events(EVENTS, skip_runs=3)
    (tmp_path / "no.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"no\.json' is no profile"):
        read(tmp_path / "no.json")


@pytest.mark.parametrize("generator", ["puppet", "dinet-small"])
def test_on_the_cpu_a_generator_s_nodes_are_all_there(generator: str, tmp_path: Path) -> None:
    """The same observation as on a GPU: every node's time is the CPU's, and none is left over."""
    seen = draw(generator, "cpu", tmp_path)
    assert (seen.applied, seen.providers, seen.page_locked) == (CPU, (CPU,), 0)
    assert seen.times.share(CPU) == 1
    assert seen.times.elsewhere(CPU) == {}
    assert "GridSample" in seen.times.nodes[CPU]
