"""The statistics are exact: sizes by count and by simulation, textbook values, symmetry, against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from heygem_core.bench import statistic

EFFECTS = st.lists(st.floats(-1, 1, allow_nan=False, width=32), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("n", "alpha", "cut", "size"), [(12, 0.005, 5, 0.0049), (24, 0.01, 61, 0.0096), (48, 0.035, 382, 0.0342)]
)
def test_the_looks_have_the_sizes_that_the_plan_rests_on(n: int, alpha: float, cut: int, size: float) -> None:
    """By counting sign patterns: the critical rank sums and the exact sizes."""
    assert statistic.critical(n, alpha) == cut
    assert statistic.p_value(n, cut) == pytest.approx(size, abs=5e-5)
    assert statistic.p_value(n, cut + 1) > alpha


def test_the_distribution_is_the_count_of_all_sign_patterns() -> None:
    """For ten ranks, all 1024 patterns were added up."""
    sums = [sum(rank for rank in range(1, 11) if pattern >> (rank - 1) & 1) for pattern in range(1024)]
    counted = np.cumsum(np.bincount(sums)) / 1024
    assert statistic.cumulative(10) == pytest.approx(counted, abs=0)


def test_textbook_values() -> None:
    """Hollander and Wolfe's depression scores (Hamilton factor IV, table 3.1): T+ = 5, p = 0.039, estimate -0.46,
    and the 96.1 % interval from -0.786 to -0.010.
    """
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    found = statistic.estimate([b - a for a, b in zip(before, after, strict=True)], 0.04)
    assert found.p_value == pytest.approx(0.0390625)
    assert found.shift == pytest.approx(-0.46)
    assert (found.low, found.high) == pytest.approx((-0.786, -0.010))


@given(EFFECTS)
def test_swapping_the_arms_turns_everything_round(effects: list[float]) -> None:
    """Estimate and interval change sign and change ends, the p-value stays: to the last bit."""
    there = statistic.estimate(effects, 0.05)
    back = statistic.estimate([-effect for effect in effects], 0.05)
    assert (back.shift, back.low, back.high) == (-there.shift, -there.high, -there.low)
    assert back.p_value == there.p_value


@given(EFFECTS, st.floats(0.001, 0.3))
def test_interval_and_p_value_agree(effects: list[float], alpha: float) -> None:
    """The interval leaves 0 out exactly where the p-value is at most its alpha."""
    found = statistic.estimate(effects, alpha)
    assert (found.low > 0 or found.high < 0) == (found.p_value <= alpha)


@given(st.lists(st.floats(-1, 1, allow_nan=False), min_size=3, max_size=20, unique_by=abs).filter(lambda d: 0 not in d))
def test_the_p_value_is_scipy_s(effects: list[float]) -> None:
    """Without zeros and ties it is scipy.stats.wilcoxon's exact one."""
    assert statistic.estimate(effects, 0.05).p_value == pytest.approx(stats.wilcoxon(effects, method="exact").pvalue)


@given(
    st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=9, unique=True),
    st.lists(st.floats(2, 3, allow_nan=False), min_size=1, max_size=9, unique=True),
    st.floats(-2.5, 0),
)
def test_the_two_sample_p_value_is_scipy_s(first: list[float], second: list[float], shift: float) -> None:
    """Without ties it is scipy.stats.mannwhitneyu's exact one; swapped, everything turns round."""
    second = [value + shift for value in second]
    if set(first) & set(second):
        return
    found = statistic.two_sample(first, second, 0.05)
    assert found.p_value == pytest.approx(stats.mannwhitneyu(first, second, method="exact").pvalue)
    back = statistic.two_sample(second, first, 0.05)
    assert (back.shift, back.low, back.high) == pytest.approx((-found.shift, -found.high, -found.low))


@pytest.mark.parametrize("process", ["normal", "heavy tails", "drift", "autocorrelated"])
def test_the_size_is_exact_whatever_the_noise(process: str) -> None:
    """20,000 simulated experiments of 12 replicates with coin-flipped labels: the share of rejections is the size."""
    random = np.random.default_rng(20260101)
    total, n = 20_000, 12
    noise = {
        "normal": lambda: random.standard_normal((total, n)),
        "heavy tails": lambda: random.standard_cauchy((total, n)),
        "drift": lambda: random.standard_normal((total, n)) * 0.1 + np.linspace(0, 5, n),
        "autocorrelated": lambda: np.cumsum(random.standard_normal((total, n)), axis=1),
    }[process]()
    effects = noise * random.choice([-1, 1], (total, n))
    first, second = np.triu_indices(n)
    above = ((effects[:, first] + effects[:, second]) > 0).sum(axis=1)
    rejected = int((np.minimum(above, len(first) - above) <= statistic.critical(n, 0.005)).sum())
    low, high = stats.binom.ppf([0.0005, 0.9995], total, statistic.p_value(n, 5))
    assert low <= rejected <= high


def test_too_few_replicates_bound_nothing() -> None:
    """Three cannot reject at one per cent: the interval is the whole line, not a guess."""
    found = statistic.estimate([0.1, 0.2, 0.3], 0.01)
    assert (found.low, found.high) == (-math.inf, math.inf)
    with pytest.raises(ValueError, match="no replicate"):
        statistic.estimate([], 0.01)
    with pytest.raises(ValueError, match="no replicate"):
        statistic.two_sample([], [1.0], 0.01)


def test_holm_s_adjustment() -> None:
    """Holm's step-down on a known example, in the order given; one p-value stays as it is."""
    assert statistic.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert statistic.holm([0.2]) == (0.2,)
    assert statistic.holm([]) == ()
