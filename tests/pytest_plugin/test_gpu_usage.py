"""``gpu_usage`` in a stranger's suite; FakeNvml plays the driver."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from heygem_core.pytest_plugin import usage
from heygem_core.runtime.nvml import GpuSample, TreeUse
from tests.pytest_plugin.conftest import Suite

pytest_plugins = ["pytester"]

SOURCE = """
import json, os

def test_the_gpus_work(gpu_usage, process_census, monkeypatch):
    first, second = gpu_usage.stop()
    assert gpu_usage.stop() == (first, second)
    assert (first.utilization_peak, second.utilization_peak) == (50, 51)
    assert first.memory_peak == 4096 and first.sm_clock_max == 1410
    assert first.tree_memory_peak == 1024 and first.tree_utilization_peak == 30
"""


def test_the_figures_are_those_of_the_driver(
    suite: Suite, fake_gpu: Callable[[str], None], pytester: pytest.Pytester
) -> None:
    """Device and process tree, from a sampler that leaves nothing; and they are in the JUnit file, for the record."""
    fake_gpu("")
    pytester.makeconftest("import os\nos.environ['FAKE_NVML_PIDS'] = f'{os.getpid()},1'\n")
    suite(SOURCE, "--junitxml=junit.xml").assert_outcomes(passed=1)
    assert 'property name="gpu_usage"' in (pytester.path / "junit.xml").read_text()


@pytest.mark.parametrize(("options", "outcome"), [((), "skipped"), (("--require-gpu",), "errors")])
def test_without_a_gpu_there_is_nothing_to_measure(
    suite: Suite, fake_gpu: Callable[[str], None], options: tuple[str, ...], outcome: str
) -> None:
    """Skipped with the driver's reason, or an error where a GPU is required: figures are never made up."""
    fake_gpu("no-driver")
    done = suite(SOURCE, "-rsE", *options)
    done.assert_outcomes(**{outcome: 1})
    done.stdout.fnmatch_lines("*no working NVIDIA driver: NVML Shared Library Not Found*")


def test_a_sampler_that_died_is_an_error(suite: Suite, fake_gpu: Callable[[str], None]) -> None:
    """Figures of a part would look like those of the whole."""
    fake_gpu("dies")
    source = "import time\ndef test_it(gpu_usage):\n    time.sleep(0.3)\n    gpu_usage.stop()\n"
    done = suite(source)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines("*RuntimeError: the GPU sampler failed*")


def sample(seconds: float, device: int, utilization: int | None, tree: TreeUse | None = None) -> GpuSample:
    """Return a reading in which everything but the arguments stands still."""
    return GpuSample(seconds, device, utilization, 100, 1000 + device, 1 << int(seconds), None, tree)


def test_the_summary_takes_each_device_for_itself() -> None:
    """Means, extremes and seen bits per device; what was never told is None, not zero."""
    tree = TreeUse(memory_used=7, utilization=None)
    samples = [sample(0, 0, 10), sample(0, 1, None), sample(2, 0, 30, tree), sample(2, 1, None)]
    first, second = usage.summarize(samples)
    assert (first.utilization_mean, first.utilization_peak, first.readings, first.seconds) == (20.0, 30, 2, 2)
    assert (first.throttle, first.tree_memory_peak, first.tree_utilization_peak) == (0b101, 7, None)
    assert (second.utilization_mean, second.utilization_peak, second.sm_clock_min) == (None, None, 1001)
    assert json.dumps(vars(second))
