"""Reading the GPU from outside; on FakeNvml where a driver would be needed."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from heygem_core.runtime import nvml

FAKE = "fake_nvml"


@pytest.fixture(autouse=True)
def _fake_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    here = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setenv("PYTHONPATH", here)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[int]:
    """Return a descriptor that gives one byte per reading, and its end when the sampler is gone."""
    path = tmp_path / "readings"
    os.mkfifo(path)
    monkeypatch.setenv("FAKE_NVML_PIPE", str(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("no-driver", "NVML Shared Library Not Found"),
        ("no-permission", "Insufficient Permissions"),
        ("no-gpu", "sees no GPU"),
    ],
)
def test_every_reason_for_no_gpu_is_told(monkeypatch: pytest.MonkeyPatch, mode: str, reason: str) -> None:
    """No driver, no permission and no device are three different reasons, and the sampler repeats them."""
    monkeypatch.setenv("FAKE_NVML", mode)
    said = nvml.available(FAKE)
    assert said is not None
    assert reason in said.en
    assert reason in said.zh or mode == "no-gpu"
    with pytest.raises(RuntimeError, match=reason), nvml.GpuSampler(binding=FAKE):
        pass


def test_an_absent_binding_is_a_reason() -> None:
    """Without nvidia-ml-py there is a reason, not an ImportError."""
    said = nvml.available("no_such_binding")
    assert said is not None
    assert "no_such_binding" in said.en


def test_the_sampler_reads_every_gpu_in_time_order(readings: int) -> None:
    """Both devices are read in turn, by another process, and the samples come in the order of time."""
    with nvml.GpuSampler(binding=FAKE) as sampler:
        before = sampler.samples
        for _ in range(10):
            os.read(readings, 1)
    samples = sampler.samples
    assert before == ()
    assert len(samples) >= 10
    assert [sample.device for sample in samples] == [0, 1] * (len(samples) // 2)
    assert [sample.seconds for sample in samples] == sorted(sample.seconds for sample in samples)
    assert astuple(samples[0])[2:] == (50, 4096, 1410, 1, (10, 20), None, 250_000, 1000)


def test_the_shortest_block_has_a_reading_of_every_gpu() -> None:
    """A block that ends at once still sampled each device, so no maximum is ever taken of nothing."""
    with nvml.GpuSampler(binding=FAKE) as sampler:
        pass
    assert {sample.device for sample in sampler.samples} == {0, 1}


def test_an_unsupported_field_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that does not tell a figure gives None there, and the sample survives the pipe."""
    monkeypatch.setenv("FAKE_NVML", "not-supported")
    sample = nvml.read(importlib.import_module(FAKE), 0)
    assert list(vars(sample).values())[2:] == [None] * 8
    assert nvml.decode(nvml.encode(sample)) == sample


def test_only_the_tree_in_question_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the processes on the GPU those below ``root`` are summed, each with its newest figure; others are not."""
    monkeypatch.setenv("FAKE_NVML_PIDS", f"{os.getpid()},1")
    library = importlib.import_module(FAKE)
    assert nvml.read(library, 0, os.getpid()).tree == nvml.TreeUse(memory_used=1024, utilization=30)
    assert nvml.read(library, 0, os.getppid()).tree == nvml.TreeUse(memory_used=1024, utilization=30)
    assert nvml.read(library, 0).tree is None
    monkeypatch.setenv("FAKE_NVML_PIDS", "1")
    assert nvml.read(library, 0, os.getpid()).tree is None


def test_the_machine_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Driver, newest CUDA and names of the GPUs; where there is no driver, nothing, and no error."""
    assert nvml.machine(FAKE) == nvml.Machine("580.65.06", "13.0", ("Fake GPU 0", "Fake GPU 1"))
    monkeypatch.setenv("FAKE_NVML", "no-driver")
    assert nvml.machine(FAKE) == nvml.Machine(None, None, ())


def test_a_dead_sampler_is_an_error_and_not_an_idle_gpu(monkeypatch: pytest.MonkeyPatch, readings: int) -> None:
    """If the sampler dies in between, there are no samples to misread but an error."""
    monkeypatch.setenv("FAKE_NVML", "dies")
    with pytest.raises(RuntimeError, match="sampler failed"), nvml.GpuSampler(binding=FAKE):
        assert list(iter(lambda: os.read(readings, 1), b"")) == [b".", b".", b"."]


def test_the_sampler_ends_with_its_parent(readings: int) -> None:
    """When the sampling process dies without a word, its sampler ends too."""
    code = (
        "import os\nfrom heygem_core.runtime.nvml import GpuSampler\n"
        f"with GpuSampler(binding={FAKE!r}):\n    os._exit(0)"
    )
    path = os.pathsep.join([*sys.path, os.environ["PYTHONPATH"]])
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True, timeout=30)
    while os.read(readings, 1):
        pass


def test_the_block_s_own_error_wins() -> None:
    """An error inside the block is not replaced by one about the sampler."""
    with pytest.raises(ZeroDivisionError), nvml.GpuSampler(binding=FAKE):
        _ = 1 / 0


def test_a_rate_that_misses_bursts_is_refused() -> None:
    """Below 10 Hz the sampler is not worth its name."""
    with pytest.raises(ValueError, match=r"5.*below 10"):
        nvml.GpuSampler(rate_hz=5)
