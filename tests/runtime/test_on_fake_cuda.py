"""onnxruntime's real CUDA provider on FakeCuda: what it takes, where it places every node, how its arena fills.

FakeCuda computes nothing, so nothing is said here about pictures or speed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from heygem_core.errors import Cause
from heygem_core.runtime import libraries
from heygem_core.runtime.session import CUDA
from tests.diagnosis.doctor import fake_cuda
from tests.lipsync.generating import telltale

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what `fake_cuda_program` says; see there."""
    provider = libraries.provider_library()
    assert provider is not None, "onnxruntime-gpu is a dependency of the package"
    folder = tmp_path_factory.mktemp("cuda")
    fake_cuda.driver(fake_cuda.build(provider, folder))
    profiles = tmp_path_factory.mktemp("profiles")
    users = telltale(profiles / "user.onnx")
    done = subprocess.run(
        [sys.executable, "-m", "tests.runtime.fake_cuda_program", str(profiles), users],
        cwd=ROOT,
        env={**os.environ, "LD_LIBRARY_PATH": str(folder), "ORT_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_provider_takes_every_option(told: dict[str, Any]) -> None:
    """What the session's provider says of itself is what was asked for."""
    plain, tuned = told["options"]
    assert (plain["cudnn_conv_algo_search"], plain["use_tf32"], plain["enable_cuda_graph"]) == ("HEURISTIC", "1", "0")
    assert (tuned["use_tf32"], tuned["enable_cuda_graph"], tuned["gpu_mem_limit"]) == ("0", "1", str(256 << 20))


def test_no_node_of_a_generator_is_placed_on_the_cpu(told: dict[str, Any]) -> None:
    """The surrounded graphs pass strict mode, in half precision and of a user as well; a node without a kernel does
    not. By the profile too every node is CUDA's.
    """
    assert set(told["strict"].values()) == {CUDA}
    assert "runs on CPUExecutionProvider" in told["no kernel"]["error"]
    for seen in told["placed"].values():
        assert (seen["share"], seen["elsewhere"]) == (1.0, {})


def test_buffers_live_on_the_device_and_host_memory_is_locked(told: dict[str, Any]) -> None:
    """Inputs are uploaded; outputs come straight to the host, or stay on the device first when that is wanted."""
    direct, kept = told["copied"]
    for seen in (direct, kept):
        assert (seen["uploaded"], seen["device"], seen["locked"]) == ([1, 2, 3, 4], "cuda", 2)
        assert seen["replayed"]
    assert (direct["downloads"], kept["downloads"]) == (0, 1)


def test_a_limited_arena_gives_an_error_then_half_the_batch_then_all(told: dict[str, Any]) -> None:
    """With more memory from one attempt to the next; each error has the cause of the GPU's memory."""
    kinds = ["error" if isinstance(each, dict) else tuple(each) for each in told["within"]]
    assert kinds == sorted(kinds, key=["error", (8, 1), (16, 0)].index)
    assert set(kinds) == {"error", (8, 1), (16, 0)}
    errors = [each for each in told["within"] if isinstance(each, dict)]
    assert {error["cause"] for error in errors} == {Cause.GPU_OUT_OF_MEMORY}
    assert errors[0]["error"].startswith("ProviderNotApplied")
    assert "a batch of 8 did not fit either" in errors[-1]["error"]


def test_each_set_of_buffers_has_a_graph_of_its_own(told: dict[str, Any]) -> None:
    """Recorded once and replayed; another batch size has other buffers and is recorded again, not replayed wrongly."""
    assert told["recorded"] == [5, 1, 5, 2]
