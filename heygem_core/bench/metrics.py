"""From a replicate to its effect: one number, the natural logarithm of candidate over base.

A quad's contrast is half the difference between the sums of its B and its A blocks, which a linear drift cancels out
of; a replicate's effect is the median of its quads' contrasts. Memory and the tail have one value per process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, median

import numpy as np

from heygem_core.bench.schema import Block, Quad, Replicate, Worker
from heygem_core.errors import NotComparable

SMALLEST = {"p90": 64, "p95": 130, "p99": 662, "p99.9": 6636}
"""Latencies that a quantile needs. They are autocorrelated, so that even these are a floor."""
_SHARES = {"p90": 0.90, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


def _joules(block: Block) -> float | None:
    if block.gpu is None or block.gpu.power is None:
        return None
    return block.gpu.power * (block.ended_ns - block.began_ns) / 1e9 / block.frames


BLOCKS: dict[str, Callable[[Block], float | None]] = {
    "p50": lambda block: median(block.runs_ns),
    "throughput": lambda block: block.frames / sum(block.runs_ns),
    "cpu": lambda block: block.cpu_ns / block.frames,
    "power": lambda block: None if block.gpu is None else block.gpu.power,
    "joules": _joules,
}
WORKERS: dict[str, Callable[[Worker], float | None]] = {
    "rss": lambda worker: worker.peak_rss,
    "vram": lambda worker: worker.peak_vram,
    "total": lambda worker: worker.total_ns,
    "import": lambda worker: worker.import_ns,
    "session": lambda worker: worker.session_ns,
    "first": lambda worker: worker.first_ns,
    "warmup": lambda worker: worker.first_ns + sum(worker.warm_ns[:30]),
}
METRICS = (*BLOCKS, *SMALLEST, *WORKERS)
"""p50 to p99.9 latency, throughput, cpu (processor time per frame), power, joules per frame; rss, vram; cold-start:
total (from making the process to the first result), import, session, first (run); warmup (first run and the 29 after).
"""
LARGER_IS_BETTER = frozenset({"throughput"})


def effects(replicates: Iterable[Replicate], metric: str) -> list[float]:
    """Return the effect of each replicate that has one: a replicate whose quads are all void has none.

    Raises ValueError for an unknown metric and `NotComparable` for one that was not measured, or for a quantile of
    fewer latencies than `SMALLEST`.
    """
    if metric not in METRICS:
        raise ValueError(f"metric {metric!r} is unknown, allowed are {', '.join(METRICS)}")
    found = [effect(replicate, metric) for replicate in replicates]
    return [value for value in found if value is not None]


def effect(replicate: Replicate, metric: str) -> float | None:
    """Return one replicate's effect, None where all its quads are void; see `effects`."""
    quads = [quad for quad in replicate.quads if quad.void is None]
    if not quads:
        return None
    if metric in BLOCKS:
        return median(_contrast(quad, replicate, metric) for quad in quads)
    if metric in SMALLEST:
        base, candidate = (_quantile(_latencies(quads, arm), metric) for arm in (replicate.base, replicate.candidate))
    else:
        base, candidate = (_of_workers(replicate, metric, arm) for arm in (replicate.base, replicate.candidate))
    return math.log(candidate / base)


def _contrast(quad: Quad, replicate: Replicate, metric: str) -> float:
    sums = {replicate.base: 0.0, replicate.candidate: 0.0}
    for block in quad.blocks:
        sums[block.arm] += math.log(_there(BLOCKS[metric](block), metric))
    return (sums[replicate.candidate] - sums[replicate.base]) / 2


def _of_workers(replicate: Replicate, metric: str, arm: str) -> float:
    told = [_there(WORKERS[metric](worker), metric) for worker in replicate.workers if worker.arm == arm]
    return math.exp(fmean(map(math.log, told)))


def _there(value: float | None, metric: str) -> float:
    if not value:
        raise NotComparable(f"{metric} was not measured in this run")
    return value


def _latencies(quads: Sequence[Quad], arm: str) -> list[int]:
    return [took for quad in quads for block in quad.blocks if block.arm == arm for took in block.runs_ns]


def _quantile(latencies: Sequence[int], metric: str) -> float:
    if len(latencies) < SMALLEST[metric]:
        raise NotComparable(
            f"{metric} needs {SMALLEST[metric]} latencies per arm in a replicate, there are {len(latencies)}"
        )
    return quantile(latencies, metric)


def quantile(latencies: Sequence[int], name: str) -> float:
    """Return the quantile called ``name`` of latencies, in their unit."""
    share = 0.5 if name == "p50" else _SHARES[name]
    # Not interpolated: a latency that was really seen.
    return float(np.quantile(np.asarray(latencies), share, method="higher"))


def upper_bound(latencies: Sequence[int], name: str) -> float | None:
    """Return the one-sided 99 % upper bound of a quantile (LoadGen's): an order statistic; None for too few."""
    from scipy.stats import binom

    share = 0.5 if name == "p50" else _SHARES[name]
    place = int(binom.ppf(0.99, len(latencies), share))
    ordered = sorted(latencies)
    return float(ordered[place]) if place < len(ordered) else None


def voided(replicates: Iterable[Replicate]) -> tuple[int, int]:
    """Return how many quads were voided, of how many."""
    reasons = [quad.void for replicate in replicates for quad in replicate.quads]
    return sum(reason is not None for reason in reasons), len(reasons)
