"""The smallest difference that the gate finds four times in five: a logistic curve through the power ladder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Rung = tuple[float, int, int]
"""True effect as a share, regressions found, experiments."""

WANTED = 0.8
_DRAWS = 500
_HALF = 0.5
"""Added to both counts of a rung (Haldane, 1956): where one finds none and the next all, the curve is still finite."""


def mde80(rungs: Sequence[Rung], seed: int = 0) -> dict[str, Any]:
    """Return the effect that is found with probability `WANTED`, with its 95 % interval by parametric bootstrap.

    At least two rungs with experiments are needed, and power must rise; else the effect is None.
    """
    there = [rung for rung in rungs if rung[2]]
    effects = np.array([effect for effect, _, _ in there])
    found, of = (np.array([rung[place] for rung in there], float) for place in (1, 2))
    if len(set(effects.tolist())) < 2:
        return {"effect": None, "ci95": None}
    low, slope = _fit(effects, found, of)
    if slope <= 0:
        return {"effect": None, "ci95": None}
    random = np.random.default_rng(seed)
    likely = 1 / (1 + np.exp(-(low + slope * 100 * effects)))
    drawn = (_fit(effects, random.binomial(of.astype(int), likely).astype(float), of) for _ in range(_DRAWS))
    reached = sorted(_reached(*curve) for curve in drawn if curve[1] > 0)
    ends = [float(value) for value in np.quantile(reached, [0.025, 0.975])] if reached else None
    return {"effect": _reached(low, slope), "ci95": ends}


def _reached(low: float, slope: float) -> float:
    return (math.log(WANTED / (1 - WANTED)) - low) / slope / 100


def _fit(effects: NDArray[np.float64], found: NDArray[np.float64], of: NDArray[np.float64]) -> tuple[float, float]:
    """Return intercept and slope per per cent of the most likely logistic curve."""

    def surprise(curve: NDArray[np.float64]) -> float:
        at = curve[0] + curve[1] * 100 * effects
        return float(np.sum((of + 2 * _HALF) * np.logaddexp(0, at) - (found + _HALF) * at))

    fitted = optimize.minimize(surprise, np.array([-2.0, 1.0]), method="BFGS")
    return float(fitted.x[0]), float(fitted.x[1])
