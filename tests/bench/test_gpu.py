"""What the GPU's samples say about blocks, by made-up samples: there is no GPU to ask here."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest

from heygem_core.bench import gpu
from heygem_core.bench.schema import Gpu
from heygem_core.runtime.nvml import GpuSample
from tests.bench import samples

AT = GpuSample(0.0, 0, 50, 100, 1400, 1, (), power=200_000, energy=0)
SEEN = tuple(
    replace(AT, seconds=second / 10, utilization=10 * second, power=100_000 * second, energy=1000 * second)
    for second in range(10)
)


def test_a_block_has_the_averages_of_its_own_samples() -> None:
    """Those between its begin and end alone; idle and a fixed application clock are no throttling."""
    found = gpu.block(SEEN, 200_000_000, 400_000_000)
    assert found is not None
    assert astuple(found) == pytest.approx((0.30, 1400, 300.0, 100, 0))
    assert gpu.block(SEEN, 210_000_000, 290_000_000) is None
    nothing = replace(AT, utilization=None, sm_clock=None, power=None, memory_used=None, throttle=None)
    assert gpu.block([nothing], 0, 1) == Gpu(None, None, None, None, None)


def test_a_quad_s_joules_come_from_the_counter() -> None:
    """Last count less first; None where nothing counts."""
    assert gpu.energy(SEEN, 200_000_000, 700_000_000) == pytest.approx(5.0)
    assert gpu.energy(SEEN, 200_000_000, 250_000_000) is None


def test_throttling_or_a_moving_clock_voids_a_quad() -> None:
    """A reason bit in any block, or a clock that moved by more than 3 %; without samples nothing is void."""
    (quad,) = samples.replicate(0, 100, 100, quads=1).quads

    def blocks(*clocks: float, throttle: int = 0) -> list[object]:
        made = (Gpu(0.5, clock, 200.0, 100, throttle) for clock in clocks)
        return [replace(block, gpu=one) for block, one in zip(quad.blocks, made, strict=True)]

    assert gpu.void(blocks(1400, 1400, 1410, 1400)) is None  # type: ignore[arg-type]
    assert gpu.void(blocks(1400, 1400, 1300, 1400)) == "the SM clock went from 1300 to 1400 MHz"  # type: ignore[arg-type]
    assert gpu.void(blocks(1400, 1400, 1400, 1400, throttle=0x20)) == "the GPU throttled, reasons 0x20"  # type: ignore[arg-type]
    assert gpu.void([replace(block, gpu=None) for block in quad.blocks]) is None


def test_a_process_s_memory_is_what_its_start_added() -> None:
    """The most in use during its start, less the last figure before it."""
    seen = [
        replace(AT, seconds=0.0),
        replace(AT, seconds=0.1, memory_used=120),
        replace(AT, seconds=0.3, memory_used=500),
    ]
    assert gpu.grown(seen, 0, 150_000_000, 400_000_000) == 380
    assert gpu.grown(seen, 0, 0, 400_000_000) == 400
    assert gpu.grown([], 0, 1, 2) is None


def test_on_the_cpu_nothing_is_sampled() -> None:
    """No sampler process is started, and there are no samples."""
    with gpu.watch("cpu")() as sampler:
        assert sampler is None
    assert gpu.samples(None) == ()
