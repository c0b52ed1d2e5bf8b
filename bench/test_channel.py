"""Frames from one process to another: our channel beside mp.Queue(10), and memcpy as the limit."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.peers import PLACES, OurChannel, ReportedQueue, aligned_places, copy

SHAPE = (1080, 1920, 3)
COUNTS = {"channel": 400, "queue": 40, "memcpy": 400}
"""Frames per round: about half a second of each, so that a scheduler's time slice is little of it."""
ROUNDS = 7


def test_frames_per_second_as_a_ratio(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """In each round all three carry the same frame, one after the other; each ratio is of one round."""
    frame = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
    places = aligned_places(frame)
    rates: dict[str, list[float]] = {name: [] for name in COUNTS}
    with ExitStack() as stack:
        ours = stack.enter_context(OurChannel(frame.nbytes))
        queue = stack.enter_context(ReportedQueue())
        # The first frames start the interpreters and touch the pages.
        for carrier in (ours, queue):
            carrier.carry(frame, PLACES)

        def the_others() -> None:
            rates["queue"].append(COUNTS["queue"] / queue.carry(frame, COUNTS["queue"]))
            rates["memcpy"].append(COUNTS["memcpy"] / copy(frame, places, COUNTS["memcpy"]))

        def the_channel() -> None:
            rates["channel"].append(COUNTS["channel"] / ours.carry(frame, COUNTS["channel"]))

        benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark has no types here
            the_channel, setup=the_others, rounds=ROUNDS, iterations=1
        )
    assert all(len(each) == ROUNDS for each in rates.values())
    lines = [f"{name}: {median(each):.0f} frames/s of {frame.nbytes} bytes" for name, each in rates.items()]
    for other in ("queue", "memcpy"):
        ratios = sorted(mine / theirs for mine, theirs in zip(rates["channel"], rates[other], strict=True))
        benchmark.extra_info[f"channel_to_{other}"] = ratios
        lines.append(
            f"channel / {other}: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f} in {ROUNDS} rounds)"
        )
    with capsys.disabled():
        print("", *lines, sep="\n")  # noqa: T201 - what a benchmark is for
