"""The estimate, its interval and its p-value, all out of the same ordered list of Walsh averages.

The labels A and B are assigned by coin flips inside every replicate. So where A and B are the same, the sign of each
effect is a fair coin, whatever the drift, tails or autocorrelation of a machine, and the signed-rank test is exact:
its size is a count of sign patterns, not an approximation. Interval and p-value agree by construction: the interval
leaves 0 out exactly where the p-value is at most the interval's alpha. Zeros and ties count against significance.

scipy has the test, but neither the interval nor the distribution that it needs; the tests hold this against scipy's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A shift with its interval at ``1 - alpha``; an end that n is too small to bound is infinite."""

    shift: float
    low: float
    high: float
    p_value: float
    alpha: float
    n: int


def estimate(effects: Sequence[float], alpha: float) -> Estimate:
    """Return Hodges and Lehmann's estimate of the centre of ``effects`` with its distribution-free interval.

    ``effects`` are one number per replicate. Raises ValueError for none.
    """
    averages = walsh(effects)
    n = len(effects)
    cut = critical(n, alpha)
    low, high = (-math.inf, math.inf) if cut is None else (averages[cut], averages[-1 - cut])
    extreme = min(int((averages <= 0).sum()), int((averages >= 0).sum()))
    return Estimate(float(np.median(averages)), float(low), float(high), p_value(n, extreme), alpha, n)


def walsh(effects: Sequence[float]) -> Floats:
    """Return the means of all pairs of ``effects``, each with itself too, in order: n (n + 1) / 2 of them."""
    values = np.asarray(effects, np.float64)
    if not values.size:
        raise ValueError("no replicate, no estimate")
    first, second = np.triu_indices(values.size)
    averages: Floats = np.sort((values[first] + values[second]) / 2)
    return averages


@lru_cache(maxsize=256)
def cumulative(n: int) -> Floats:
    """Return P(W ≤ w) for w = 0, 1, …, where W is the signed-rank statistic of ``n`` without an effect.

    Exact up to n = 53, beyond that to double precision.
    """
    ways = np.ones(1)
    for rank in range(1, n + 1):
        wider = np.zeros(ways.size + rank)
        wider[: ways.size] += ways
        wider[rank:] += ways
        ways = wider
    return np.cumsum(ways) / 2.0**n


def p_value(n: int, extreme: int) -> float:
    """Return the exact two-sided p-value of the smaller rank sum ``extreme`` among ``n`` replicates."""
    return min(1.0, 2 * float(cumulative(n)[extreme]))


def critical(n: int, alpha: float) -> int | None:
    """Return the largest rank sum whose two-sided p-value is at most ``alpha``; None where even 0 is not enough."""
    # A hair of room: an alpha that is itself such a p-value must not be missed by its last bit.
    return next((w for w in range(n * (n + 1) // 2, -1, -1) if 2 * cumulative(n)[w] <= alpha * (1 + 1e-12)), None)


def two_sample(first: Sequence[float], second: Sequence[float], alpha: float) -> Estimate:
    """Return Hodges and Lehmann's estimate of ``second`` minus ``first`` with the interval of Mann and Whitney's test.

    For two sets of replicates that were not randomised together; exact for exchangeable ones. ``n`` is the smaller.
    """
    differences = np.sort(np.subtract.outer(np.asarray(second, np.float64), np.asarray(first, np.float64)).ravel())
    if not differences.size:
        raise ValueError("no replicate, no estimate")
    sizes = len(first), len(second)
    chances = np.cumsum(_rank_sums(*sizes)) / math.comb(sum(sizes), sizes[0])
    cut = next((w for w in range(len(chances) - 1, -1, -1) if 2 * chances[w] <= alpha), None)
    low, high = (-math.inf, math.inf) if cut is None else (differences[cut], differences[-1 - cut])
    extreme = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    p = min(1.0, 2 * float(chances[extreme]))
    return Estimate(float(np.median(differences)), float(low), float(high), p, alpha, min(sizes))


@lru_cache(maxsize=64)
def _rank_sums(first: int, second: int) -> Floats:
    """Return how many arrangements give each value of Mann and Whitney's U: a Gaussian binomial coefficient."""
    ways = np.zeros(first * second + 1)
    ways[0] = 1
    for factor in range(1, second + 1):
        # Multiply by 1 - q^(first + factor), then divide by 1 - q^factor, both cut off at the length.
        step = first + factor
        if step < ways.size:
            ways[step:] -= ways[:-step].copy()
        for index in range(factor, ways.size):
            ways[index] += ways[index - factor]
    return ways


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values adjusted for how many there are (Holm 1979), in the same order."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, p_values[index] * (len(order) - place)))
        adjusted[index] = largest
    return tuple(adjusted)
