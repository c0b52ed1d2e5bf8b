"""A stranger's suite, run by a pytest of its own that has loaded the plugin through its entry point."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

FAKE_NVML = Path(__file__).parents[1] / "runtime" / "fake_nvml.py"
DEADLINE_S = 60.0

Suite = Callable[..., pytest.RunResult]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Return a function that runs the source of a test file: ``suite(source, *options, plugins="xdist")``."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")

    def run(source: str, *options: str, plugins: str = "") -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        loaded = [word for name in ("heygem_core", *plugins.split()) for word in ("-p", name)]
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *loaded, *options, timeout=DEADLINE_S)

    return run


@pytest.fixture
def fake_gpu(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts FakeNvml in the place of NVIDIA's binding, in the mode given."""
    shutil.copy(FAKE_NVML, pytester.path / "pynvml.py")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return lambda mode: monkeypatch.setenv("FAKE_NVML", mode)


@pytest.fixture(scope="session")
def model() -> bytes:
    """Return a serialized model; for the session, so that no test with pytester is the first to import onnx."""
    from heygem_core.casebook.probes import tiny_model

    return tiny_model.build()
