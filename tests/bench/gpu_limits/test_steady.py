"""The steady window of a series, and what the GPU did in it: the driver's answers are made up, the rules are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.gpu_limits.steady import first_steady, judge, usage
from heygem_core.runtime.nvml import GpuSample, TreeUse
from heygem_core.runtime.session import CPU, CUDA

SAMPLE = GpuSample(0.0, 0, 95, 1 << 30, 1980, 0, (7,), TreeUse(1 << 30, 90), 650_000, 0)


def series(count: int, **changes: object) -> list[GpuSample]:
    """Return so many readings, 20 a second, from second 10 on, equal but for ``changes``."""
    return [replace(SAMPLE, seconds=10 + at / 20, **changes) for at in range(count)]  # type: ignore[arg-type]


def test_warm_up_ends_where_two_windows_agree() -> None:
    """A first run of seconds and a few slower ones lie before; a series that keeps rising has no steady part."""
    assert first_steady([5.0, *[0.02] * 5, *[0.01] * 20]) in range(1, 7)
    assert first_steady([0.01] * 20) == 0
    assert first_steady([0.01] * 19) is None
    assert first_steady([1.1**run for run in range(60)]) is None


def test_only_the_window_counts_and_not_the_second_before() -> None:
    """What the driver averaged over the time before the window, idle or busy, is not in the figure."""
    samples = [*series(20, utilization=0), *series(60)[20:], replace(SAMPLE, seconds=14.0, utilization=3)]
    used = usage(samples, 0, 10.0, 13.0)
    assert used is not None
    assert used.utilization == pytest.approx(0.95)
    assert used.readings == 40
    assert used.rate_hz == pytest.approx(20)
    assert (used.sm_clock_min, used.sm_clock_max, used.power) == (1980, 1980, 650)


def test_ours_are_the_readings_in_which_the_driver_named_us() -> None:
    """Of our processes alone; None where it never did, as in most containers."""
    half = [replace(sample, tree=None if index % 2 else sample.tree) for index, sample in enumerate(series(60))]
    used, silent = usage(half, 0, 10.0, 13.0), usage(series(60, tree=None), 0, 10.0, 13.0)
    assert used is not None
    assert silent is not None
    assert used.ours == pytest.approx(0.9)
    assert silent.ours is None


def test_reasons_to_slow_down_are_kept_and_idle_is_none() -> None:
    """Idle (1) and set clocks (2) do not slow a kernel down; a power cap (4) and heat (64) do."""
    hot = [replace(sample, throttle=(1, 2, 4, 64)[index % 4]) for index, sample in enumerate(series(60))]
    used = usage(hot, 0, 10.0, 13.0)
    assert used is not None
    assert used.throttle == 4 | 64


def test_another_device_is_not_ours() -> None:
    """Its readings are left out; without a reading there is no usage."""
    assert usage(series(60, device=1), 0, 10.0, 13.0) is None
    assert usage(series(60), 0, 10.0, 10.5) is None


@pytest.mark.parametrize(
    ("changes", "frames", "applied", "passed", "said"),
    [
        ({}, 500, CUDA, True, "95.0%"),
        ({"utilization": 60}, 500, CUDA, False, "60.0% of the window, asked are 90%"),
        (
            {"utilization": 0, "tree": None},
            500,
            CUDA,
            False,
            "silent-cpu-fallback: 500 frames flowed and no kernel ran",
        ),
        ({"tree": TreeUse(1 << 30, 0)}, 500, CUDA, False, "silent-cpu-fallback: the GPU was busy to 95%, with other"),
        ({}, 500, CPU, False, "silent-cpu-fallback: 500 frames were drawn by a session on CPU"),
        ({"utilization": 0}, 0, CUDA, None, "no frames flowed"),
        ({"utilization": None}, 500, CUDA, None, "MIG"),
    ],
)
def test_an_idle_gpu_with_frames_flowing_is_a_fallback(
    changes: dict[str, object], frames: int, applied: str, passed: bool | None, said: str
) -> None:
    """Named as such; memory in use is no evidence; and what the driver does not tell is neither passed nor failed."""
    verdict = judge(usage(series(60, **changes), 0, 10.0, 13.0), frames, applied, least=0.9)
    assert verdict.passed is passed
    assert said in verdict.said.en
    assert verdict.said.zh != verdict.said.en


def test_without_a_reading_nothing_is_told() -> None:
    """A sampler that saw nothing is no idle GPU."""
    assert judge(None, 10, CUDA, least=0.9).passed is None
