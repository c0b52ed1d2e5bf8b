"""Ratios to a pinned reference, run after run, in a JSON Lines file; and where a series of them changed.

A ratio to a reference that was measured in the same session does not carry what differs between days and machines'
moods, which milliseconds do. Change points are found by ruptures (PELT), which needs numpy and scipy alone. Apache
Otava 0.8 was looked at too: it finds the same changes and gives each a p-value, but pins numpy to 2.2.0 exactly and
brings clients for BigQuery and Slack, which an installation of this package could not live beside.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from heygem_core.bench.from_json import from_json
from heygem_core.bench.metrics import LARGER_IS_BETTER
from heygem_core.bench.schema import Host, Run
from heygem_core.bench.schema_comparison import Comparison

PENALTY = 6.0
"""Times the variance times ln n is what a change point must gain.

Of 300 steady series of 30 ratios (0.4 %, Student's t with 4 degrees of freedom) 5 % have a change, 3 % of those of 100;
Otava's, at its p of 0.001, were 7 and 10 % of 100 such series. Both find 98 % of the steps of 2 %.
"""
SHORTEST = 3
"""Runs before and after a change: one odd run is no change."""


@dataclass(frozen=True)
class Point:
    """One ratio of one run; ``series`` tells what it may be compared with, ``worse_up`` that larger is worse."""

    series: str
    at: str
    run: str
    git: str
    candidate: str
    ratio: float
    ci: tuple[float | None, float | None]
    n: int
    verdict: str
    worse_up: bool


@dataclass(frozen=True)
class Change:
    """The run from which on a series' level is another; ``before`` and ``after`` are the medians of both sides."""

    at: str
    run: str
    index: int
    before: float
    after: float
    worse: bool


@dataclass(frozen=True)
class Series:
    """All points of one series in the order of the file, and its changes."""

    name: str
    points: tuple[Point, ...]
    changes: tuple[Change, ...]


def append(path: Path, run: Run, comparisons: Iterable[Comparison]) -> None:
    """Append the ratios of a run, on disk before this returns; invalid ones and those without a ratio are left out."""
    reference = next(one for one in run.environments if one.arm == run.base)
    place = f"{_machine(run.host)} {run.provider} {run.base} {reference.wheel_sha256[:8]}"
    lines = [
        json.dumps(
            asdict(
                Point(
                    series=f"{one.candidate} / {place} {one.model} {one.scenario} {one.metric}",
                    at=run.began,
                    run=run.id,
                    git=run.host.git,
                    candidate=one.candidate,
                    ratio=one.ratio,
                    ci=one.ci,
                    n=one.n,
                    verdict=one.verdict,
                    worse_up=one.metric not in LARGER_IS_BETTER,
                )
            )
        )
        for one in comparisons
        if one.ratio is not None and one.verdict != "invalid"
    ]
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def _machine(host: Host) -> str:
    facts = (host.cpu, host.cores, host.memory, host.gpus)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def read(path: Path) -> list[Series]:
    """Return the series of a file, each with its changes."""
    points = [from_json(Point, json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]
    names = dict.fromkeys(point.series for point in points)
    return [_series(name, tuple(point for point in points if point.series == name)) for name in names]


def _series(name: str, points: tuple[Point, ...]) -> Series:
    places = changes([point.ratio for point in points])
    edges = [0, *places, len(points)]
    told = []
    for place, (begin, end) in zip(places, zip(edges, edges[2:], strict=False), strict=True):
        before = float(np.median([point.ratio for point in points[begin:place]]))
        after = float(np.median([point.ratio for point in points[place:end]]))
        point = points[place]
        told.append(Change(point.at, point.run, place, before, after, (after > before) == point.worse_up))
    return Series(name, points, tuple(told))


def changes(ratios: Sequence[float]) -> list[int]:
    """Return the places from which on the level of ``ratios`` is another; none below two times `SHORTEST`."""
    import ruptures

    if len(ratios) < 2 * SHORTEST:
        return []
    logs = np.log(np.asarray(ratios, np.float64))
    steps = np.diff(logs)
    # The spread from step to step, by the median: a change of level is one step and hardly moves it.
    spread = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / math.sqrt(2)
    if spread == 0:
        spread = 1e-6
    penalty = PENALTY * spread**2 * math.log(len(ratios))
    found = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(logs).predict(pen=penalty)
    return [int(place) for place in found[:-1]]
