"""The sampler through NVIDIA's own binding, on a compiled FakeNvml: every way in which a driver does not tell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from heygem_core.runtime import nvml, nvml_device
from heygem_core.runtime.nvml import GpuSample, GpuSampler, TreeUse
from tests.runtime.conftest import Compile
from tests.runtime.fake_nvml_library import SOURCE

Pretend = Callable[..., None]


@pytest.fixture(scope="session")
def folder(compile_library: Compile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the library."""
    return compile_library(tmp_path_factory.mktemp("nvml") / "libnvidia-ml.so.1", SOURCE).parent


@pytest.fixture
def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Return what makes processes that are started from now on see the library in a mode."""

    def see(mode: str = "", pid: int = 1) -> None:
        monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))
        monkeypatch.setenv("FAKE_NVML_LIBRARY", mode)
        monkeypatch.setenv("FAKE_NVML_PID", str(pid))

    return see


def sampled(root: int | None = None) -> tuple[GpuSample, ...]:
    """Return the readings of a block that ends at once."""
    with GpuSampler(root=root) as sampler:
        pass
    return sampler.samples


def test_a_busy_gpu_is_read_by_nvidia_s_own_binding(pretend: Pretend) -> None:
    """Every field in its unit, and of our processes the driver's own figure."""
    pretend(pid=os.getpid())
    sample = sampled(root=os.getpid())[0]
    assert (sample.utilization, sample.memory_used, sample.sm_clock, sample.throttle) == (97, 2 << 30, 1980, 4)
    assert (sample.power, sample.energy, sample.pids) == (650_000, 5000, (os.getpid(),))
    assert sample.tree == TreeUse(1 << 30, 93)


def test_the_machine_is_described_by_nvidia_s_own_binding(pretend: Pretend) -> None:
    """Driver, newest CUDA and names of the GPUs, in a process that is started with the library on its path."""
    pretend()
    code = "from heygem_core.runtime import nvml; print(nvml.machine())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "Machine(driver='580.95.05', cuda='13.0', gpus=('FakeGPU',))\n"


def test_processes_of_another_namespace_are_not_ours(pretend: Pretend) -> None:
    """As in a container, where the driver numbers processes as the host does."""
    pretend(pid=1)
    assert sampled(root=os.getpid())[0].tree is None


def test_a_mig_instance_tells_no_utilization(pretend: Pretend) -> None:
    """What it does not tell is None, not 0; what it tells is there."""
    pretend("mig", pid=os.getpid())
    sample = sampled(root=os.getpid())[0]
    assert (sample.utilization, sample.power, sample.energy) == (None, None, None)
    assert (sample.sm_clock, sample.memory_used) == (1980, 2 << 30)
    assert sample.tree == TreeUse(1 << 30, None)


def test_a_gpu_that_supports_no_field_tells_nothing(pretend: Pretend) -> None:
    """Each field is None, and the sampler goes on."""
    pretend("fields")
    assert {getattr(sample, name) for sample in sampled() for name in ("utilization", "memory_used", "pids")} == {None}


@pytest.mark.parametrize(
    ("code", "reason"),
    [("4", "Insufficient Permissions"), ("9", "Driver Not Loaded"), ("18", "version mismatch")],
)
def test_a_driver_that_refuses_is_the_reason(pretend: Pretend, code: str, reason: str) -> None:
    """The binding's words for the code that the library returned."""
    pretend(code)
    with pytest.raises(RuntimeError, match=reason):
        sampled()


def test_a_gpu_that_is_lost_in_between_is_an_error(pretend: Pretend) -> None:
    """No samples of a part that would look like those of the whole."""
    pretend("lost")
    sampler = GpuSampler()
    sampler.__enter__()
    assert sampler.pid is not None
    os.waitid(os.P_PID, sampler.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(RuntimeError, match=r"^the GPU sampler failed: the GPU cannot be read any more: GPU is lost$"):
        sampler.__exit__(None, None, None)


@pytest.mark.skipif(nvml.available() is None, reason="there is a driver here")
def test_without_a_driver_the_library_is_what_is_missing() -> None:
    """The real binding on a machine without a driver."""
    with pytest.raises(RuntimeError, match="NVML Shared Library Not Found"):
        sampled()


@pytest.mark.parametrize(("visible", "index"), [(None, 0), ("0", 0), ("2,3", 2), (" 1 ", 1)])
def test_cuda_s_first_device_is_that_of_the_variable(
    visible: str | None, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first number in it; without the variable the first of all."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert nvml_device.index(visible) == index


@pytest.mark.parametrize("visible", ["", "GPU-deadbeef"])
def test_a_device_that_is_not_there_is_named(visible: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden, or of a name that NVML does not know, or cannot look up."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(ValueError, match="CUDA_VISIBLE_DEVICES"):
        nvml_device.index()
