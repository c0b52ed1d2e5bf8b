"""The smallest difference that a gate finds four times in five."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.calibrate.detection import Rung, mde80


def ladder(middle: float, of: int, seed: int = 1) -> list[Rung]:
    """Return rungs drawn from a curve that finds half of what is as slow as ``middle``, three per per cent steep."""
    random = np.random.default_rng(seed)
    effects = (0.01, 0.02, 0.03, 0.05)
    return [(x, int(random.binomial(of, 1 / (1 + math.exp(-300 * (x - middle))))), of) for x in effects]


def test_the_curve_is_found_again() -> None:
    """With many experiments the effect is the true one, and the interval holds it and is narrow."""
    true = 0.02 + math.log(4) / 300
    told = mde80(ladder(0.02, 2000))
    assert told["effect"] == pytest.approx(true, rel=0.05)
    low, high = told["ci95"]
    assert low < true < high
    assert high - low < 0.003


def test_nothing_below_and_all_above_gives_an_effect_between() -> None:
    """Separated rungs have no finite most likely curve of their own; few experiments make a wide interval."""
    told = mde80([(0.01, 0, 20), (0.02, 20, 20), (0.03, 20, 20)])
    assert 0.01 < told["effect"] < 0.02
    low, high = told["ci95"]
    assert low < told["effect"] < high


@pytest.mark.parametrize("rungs", [[], [(0.01, 3, 20)], [(0.01, 0, 0), (0.02, 1, 5)], [(0.01, 9, 10), (0.05, 1, 10)]])
def test_what_cannot_be_told_is_not_told(rungs: list[Rung]) -> None:
    """Fewer than two rungs, or power that falls."""
    assert mde80(rungs) == {"effect": None, "ci95": None}
