"""Frames from one process to another: our channel beside mp.Queue(10), and memcpy as the limit."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.peers import PLACES, OurChannel, ReportedQueue, copy

SHAPE = (1080, 1920, 3)
COUNT = 60
"""Frames per round and carrier: about a second of the slowest."""
ROUNDS = 7


def test_frames_per_second_as_a_ratio(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """In each round all three carry the same frames, one after the other; the ratios are of the same round."""
    frame = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
    places = np.zeros((PLACES, *SHAPE), np.uint8)
    seconds: dict[str, list[float]] = {"channel": [], "queue": [], "memcpy": []}
    with ExitStack() as stack:
        ours = stack.enter_context(OurChannel(frame.nbytes))
        queue = stack.enter_context(ReportedQueue())
        # The first frames start the interpreters and touch the pages.
        ours.carry(frame, COUNT)
        queue.carry(frame, PLACES)

        def the_others() -> None:
            seconds["queue"].append(queue.carry(frame, COUNT))
            seconds["memcpy"].append(copy(frame, places, COUNT))

        benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark has no types here
            lambda: seconds["channel"].append(ours.carry(frame, COUNT)), setup=the_others, rounds=ROUNDS, iterations=1
        )
    assert all(len(each) == ROUNDS for each in seconds.values())
    lines = [f"{name}: {COUNT / median(each):.0f} frames/s of {frame.nbytes} bytes" for name, each in seconds.items()]
    for other in ("queue", "memcpy"):
        ratios = sorted(theirs / mine for mine, theirs in zip(seconds["channel"], seconds[other], strict=True))
        benchmark.extra_info[f"channel_to_{other}"] = ratios
        lines.append(
            f"channel / {other}: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f} in {ROUNDS} rounds)"
        )
    with capsys.disabled():
        print("", *lines, sep="\n")  # noqa: T201 - what a benchmark is for
