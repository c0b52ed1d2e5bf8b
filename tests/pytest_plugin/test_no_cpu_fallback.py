"""``no_cpu_fallback`` in a stranger's suite: sessions of the test, its forks, spawned children and plain programs.

Every GPU is hidden from all of them, so a session that asks for CUDA falls back on any machine.
"""

from __future__ import annotations

import os

import pytest

from tests.pytest_plugin.conftest import Suite

pytest_plugins = ["pytester"]

LOADING = """
import onnxruntime, sys

def load(*providers):
    return onnxruntime.InferenceSession("model.onnx", providers=list(providers))

if __name__ == "__main__":
    load("CUDAExecutionProvider", "CPUExecutionProvider")
"""
FALLS_BACK = """
import multiprocessing, os, subprocess, sys
import pytest

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"

@pytest.mark.no_cpu_fallback
def test_in_a_program():
    subprocess.run([sys.executable, "loading.py"], check=True)

@pytest.mark.no_cpu_fallback
def test_unseen_by_design():
    subprocess.run([sys.executable, "-E", "loading.py"], check=True)

def child():
    from loading import load
    load((CUDA, {"device_id": 0}))

def test_in_a_spawned_child(no_cpu_fallback):
    process = multiprocessing.get_context("spawn").Process(target=child, name="generator")
    process.start()
    process.join()
    assert process.exitcode == 0

def test_in_a_fork(no_cpu_fallback):
    process = multiprocessing.get_context("fork").Process(target=child, name="fork")
    process.start()
    process.join()
    assert process.exitcode == 0

def test_in_the_test_itself(no_cpu_fallback):
    from loading import load
    assert load(CUDA, CPU).get_providers() == [CPU]

@pytest.fixture
def session():
    from loading import load
    return load(CUDA)

@pytest.mark.no_cpu_fallback
def test_in_a_fixture_and_the_test_fails_too(session):
    assert False, "of its own"

@pytest.mark.no_cpu_fallback
def test_asked_again_later():
    from loading import load
    load(CPU).set_providers([CUDA])

@pytest.mark.no_cpu_fallback
def test_the_cpu_was_asked_for():
    from loading import load
    assert load(CPU).run(None, {"x": __import__("numpy").ones(4, "float32")})[0].tolist() == [2, 2, 2, 2]

def test_nobody_asked():
    from loading import load
    load(CUDA)
    assert "HEYGEM_FALLBACK_REPORT" not in os.environ and "child_hook" not in os.environ.get("PYTHONPATH", "")
"""
CAUGHT = (
    "test_in_a_program",
    "test_in_a_spawned_child",
    "test_in_a_fork",
    "test_in_the_test_itself",
    "test_in_a_fixture_and_the_test_fails_too",
    "test_asked_again_later",
)


@pytest.fixture(autouse=True)
def _project(model: bytes, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)
    pytester.makepyfile(loading=LOADING)
    (pytester.path / "model.onnx").write_bytes(model)


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one-process", "xdist"])
def test_every_session_that_fell_back_fails_its_test(suite: Suite, processes: tuple[str, ...]) -> None:
    """Wherever it was created, by a Python that reads PYTHONPATH; what asked for the CPU, or for nothing, passes."""
    done = suite(FALLS_BACK, "-rA", "-vv", *processes, plugins="xdist")
    done.assert_outcomes(failed=len(CAUGHT), passed=3)
    for name in CAUGHT:
        done.stdout.fnmatch_lines(f"FAILED test_it.py::{name}*")


def test_the_failure_names_process_place_and_reason(suite: Suite, pytester: pytest.Pytester) -> None:
    """Requested and applied, why, in which process, at which line; also beside another failure of the test."""
    done = suite(FALLS_BACK, "-k", "spawned or program or fails_too")
    line = 1 + (pytester.path / "loading.py").read_text().splitlines().index("def load(*providers):") + 1
    done.stdout.fnmatch_lines_random(
        [
            "onnxruntime session: requested CUDAExecutionProvider, applied CPUExecutionProvider: *",
            "*requested CUDAExecutionProvider, CPUExecutionProvider, applied CPUExecutionProvider: *",
            "  created in process * (generator), onnxruntime *:",
            "  created in process * (loading.py), onnxruntime *:",
            f"    loading.py:{line} in load",
            "    test_it.py:* in child",
            "*AssertionError: of its own",
            "*Captured no_cpu_fallback call*",
            "  created in process * (the test's own), onnxruntime *:",
        ]
    )
