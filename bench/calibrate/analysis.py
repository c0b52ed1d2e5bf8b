"""From measured cells to the figures: false alarms, power, coverage, symmetry, each with its exact bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

import numpy as np
from scipy import stats

from bench.calibrate import naive
from bench.calibrate.measuring import MARGIN, Trial, trials
from heygem_core.bench import statistic, verdict
from heygem_core.bench.schema import Plan, Replicate


@dataclass(frozen=True)
class Rate:
    """So many of so many, with the exact (Clopper and Pearson) 95 % interval and the one-sided 95 % upper bound."""

    count: int
    of: int

    def ends(self) -> tuple[float, float]:
        """Return the interval; everything is possible of nothing."""
        if not self.of:
            return 0.0, 1.0
        found = stats.binomtest(self.count, self.of).proportion_ci(0.95, method="exact")
        return float(found.low), float(found.high)

    def upper(self) -> float:
        """Return the one-sided upper bound."""
        if not self.of:
            return 1.0
        return float(stats.binomtest(self.count, self.of, alternative="less").proportion_ci(0.95, "exact").high)

    def told(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "count": self.count,
            "of": self.of,
            "rate": self.count / self.of if self.of else None,
            "ci95": list(self.ends()),
            "upper95": self.upper(),
        }


Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Cut into disjoint experiments of ``size``; a last shorter one is left out."""
    return [items[begin : begin + size] for begin in range(0, len(items) - size + 1, size)]


def null(effects: Sequence[float], replicates: Sequence[Replicate], plan: Plan) -> dict[str, object]:
    """Return what a cell without a difference shows: rejections of the test, alarms of the gate, the naive rules.

    ``ks_p`` holds the p-values of the experiments against their exact law.
    """
    n, alpha = plan.looks[0], plan.alphas[0]
    found = [statistic.estimate(chunk, alpha) for chunk in chunks(effects, n)]
    gated = trials(effects, plan)
    alarms = [one for one in gated if one.decision.answer in {"regressed", "improved"}]
    grouped = chunks(replicates, n)
    return {
        "experiments": len(found),
        "rejected": Rate(sum(one.p_value <= alpha for one in found), len(found)).told(),
        "rejected_at_5": Rate(sum(one.p_value <= 0.05 for one in found), len(found)).told(),
        "ks_p": against_null([one.p_value for one in found], n),
        "tripped": Rate(sum(verdict.trips(chunk, plan, MARGIN) for chunk in chunks(effects, n)), len(found)).told(),
        "gate_alarms": Rate(len(alarms), len(gated)).told(),
        "gate_equivalent": Rate(sum(one.decision.answer == "equivalent" for one in gated), len(gated)).told(),
        "gate_mean_n": fmean(len(one.effects) for one in gated) if gated else None,
        "naive": {
            name: Rate(sum(rule(group) for group in grouped), len(grouped)).told() for name, rule in naive.RULES.items()
        },
    }


def against_null(p_values: Sequence[float], n: int) -> float | None:
    """Return the p-value of Kolmogorov and Smirnov's test of p-values against the exact law of ``n`` replicates.

    Both distributions are compared where the exact one has its steps, which keeps the test conservative: scipy's own
    would compare just before each step too, and call every discrete sample wrong.
    """
    if not p_values:
        return None
    # Two-sided p-values: 2 P(W ≤ w), and 1 from the middle on.
    steps = np.unique(np.minimum(1.0, 2 * statistic.cumulative(n)))
    found = np.searchsorted(np.sort(p_values), steps * (1 + 1e-9), side="right") / len(p_values)
    return float(stats.kstwo.sf(float(np.max(np.abs(found - steps))), len(p_values)))


def power(gated: Sequence[Trial], effect: float | None, seconds: float) -> dict[str, object]:
    """Return how often a true ``effect`` was called a regression, how long that took, and whether intervals held it.

    ``effect`` is a share, None for the cell's own estimate over everything that was measured in it: then the coverage
    is of that, which flatters a little. ``seconds`` is the mean time of one replicate.
    """
    everything = [value for one in gated for value in one.effects]
    whole = statistic.estimate(everything, 0.05) if everything else None
    true = math.log1p(effect) if effect is not None else (whole.shift if whole else 0.0)
    deciding = [one.decision.last.estimate for one in gated]
    firsts = [statistic.estimate(one.effects[:12], 0.05) for one in gated]
    return {
        "true": effect,
        "estimated": None if whole is None else [math.expm1(v) for v in (whole.shift, whole.low, whole.high)],
        "regressed": Rate(sum(one.decision.answer == "regressed" for one in gated), len(gated)).told(),
        "improved": Rate(sum(one.decision.answer == "improved" for one in gated), len(gated)).told(),
        "equivalent": Rate(sum(one.decision.answer == "equivalent" for one in gated), len(gated)).told(),
        "mean_n": fmean(len(one.effects) for one in gated) if gated else None,
        "mean_seconds": fmean(len(one.effects) for one in gated) * seconds if gated else None,
        "coverage_deciding": Rate(sum(one.low <= true <= one.high for one in deciding), len(deciding)).told(),
        "coverage_95": Rate(sum(one.low <= true <= one.high for one in firsts), len(firsts)).told(),
    }


def antisymmetry(there: Sequence[float], back: Sequence[float]) -> dict[str, object]:
    """Return the estimate of A over B plus that of B over A, measured apart: its interval should contain 0."""
    if not there or not back:
        return {"holds": None}
    found = statistic.two_sample([-value for value in back], there, 0.05)
    return {"sum": found.shift, "ci95": [found.low, found.high], "holds": found.low <= 0 <= found.high}


def transitivity(
    first: Sequence[float], second: Sequence[float], both: Sequence[float], seed: int = 0
) -> dict[str, object]:
    """Return A to B plus B to C less A to C: its interval, by resampling replicates, should contain 0."""
    if not (first and second and both):
        return {"holds": None}
    random = np.random.default_rng(seed)

    def centre(values: Sequence[float]) -> float:
        drawn = random.choice(np.asarray(values), len(values))
        return float(np.median(statistic.walsh(list(drawn))))

    drawn = [centre(first) + centre(second) - centre(both) for _ in range(500)]
    low, high = (float(value) for value in np.quantile(drawn, [0.025, 0.975]))
    return {"sum": float(np.median(drawn)), "ci95": [low, high], "holds": low <= 0 <= high}
