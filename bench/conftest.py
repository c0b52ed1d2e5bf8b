"""What benchmarks share."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing import resource_tracker

import pytest

from heygem_core.bench.metrics import SMALLEST, quantile

FEWEST = 5
"""Rounds that a median needs; for the other percentiles see `SMALLEST`."""


@pytest.fixture(scope="session", autouse=True)
def tracker() -> None:
    """Start multiprocessing's resource tracker first: it outlives each test that uses mp.Queue, by design."""
    resource_tracker.ensure_running()


@pytest.fixture(autouse=True)
def percentiles(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put percentiles of the rounds into ``extra_info``, each only where there are enough; in milliseconds.

    A benchmark that puts in ``frames``, the frames of one round, gets ``frames_per_second`` at the median as well.
    """
    benchmark = request.getfixturevalue("benchmark") if "benchmark" in request.fixturenames else None
    yield
    stats = getattr(benchmark, "stats", None)
    # There is none with --benchmark-disable; and a round of several iterations tells nothing but their mean.
    if stats is None or stats.iterations != 1:
        return
    rounds = [round(1e9 * seconds) for seconds in stats.stats.data]
    enough = {"p50": FEWEST, **SMALLEST}
    told = {name: quantile(rounds, name) / 1e6 for name, least in enough.items() if len(rounds) >= least}
    stats.extra_info["percentiles_ms"] = told
    if "frames" in stats.extra_info and "p50" in told:
        stats.extra_info["frames_per_second"] = 1e3 * stats.extra_info["frames"] / told["p50"]
