"""Ratios over many runs: kept line by line, and the change is found where it is, rarely where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heygem_core.bench import history
from tests.bench import samples


def test_what_is_appended_is_read_back_as_series(tmp_path: Path) -> None:
    """One series per place and figure; a throughput's fall is worse, a latency's is better; invalid ones stay out."""
    path = tmp_path / "history.jsonl"
    ratios = [1.0, 1.001, 0.999, 1.0005, 0.9995, 1.05, 1.051, 1.049, 1.0505, 1.05]
    for number, ratio in enumerate(ratios):
        run = replace(samples.RUN, id=f"run-{number}", began=f"2026-01-{number + 1:02}")
        latency = replace(samples.COMPARISON, ratio=ratio, verdict="equivalent")
        fps = replace(latency, metric="throughput")
        history.append(path, run, [latency, fps, replace(latency, metric="rss", verdict="invalid")])
    latencies, rates = history.read(path)
    assert [point.ratio for point in latencies.points] == ratios
    (change,) = latencies.changes
    assert (change.run, change.index, change.at, change.worse) == ("run-5", 5, "2026-01-06", True)
    assert (change.before, change.after) == pytest.approx((1.0, 1.05), abs=1e-3)
    assert [one.worse for one in rates.changes] == [False]


@pytest.mark.parametrize("length", [30, 100])
def test_false_alarms_are_rare_and_two_per_cent_are_found(length: int) -> None:
    """Of 200 steady series with heavy tails at most 7 % have a change; of those with a step of 2 %, 95 % have it."""
    random = np.random.default_rng(1)
    alarms = hits = 0
    for _ in range(200):
        steady = 1 + random.standard_t(4, length) * 0.004
        alarms += bool(history.changes(list(steady)))
        stepped = steady.copy()
        stepped[length // 2 :] *= 1.02
        hits += any(abs(place - length // 2) <= 1 for place in history.changes(list(stepped)))
    assert alarms <= 14
    assert hits >= 190


def test_a_short_or_constant_series_has_no_change() -> None:
    """Five runs are too few; equal ratios do not divide by their spread of nothing."""
    assert history.changes([1.0, 1.0, 1.0, 2.0, 2.0]) == []
    assert history.changes([1.0] * 20) == []
    assert history.changes([1.0] * 10 + [1.1] * 10) == [10]
