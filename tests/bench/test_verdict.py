"""The four answers, the sequential plan, and its error rates on synthetic traces."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from heygem_core.bench import verdict
from heygem_core.bench.schema import Plan

PLAN = Plan()
MIRROR = {"regressed": "improved", "improved": "regressed"}


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.02, 0.03, "regressed"),
        (0.005, 0.03, "inconclusive"),
        (-0.005, 0.005, "equivalent"),
        (-0.02, 0.02, "inconclusive"),
        (-0.03, -0.02, "improved"),
        (math.log1p(0.01), 0.02, "inconclusive"),
    ],
)
def test_an_interval_says_one_of_four_things(low: float, high: float, answer: str) -> None:
    """Beyond the margin, within it, or neither; on its very edge nothing is decided."""
    assert verdict.judge(low, high, 0.01) == answer


@given(st.lists(st.floats(-0.05, 0.05, allow_nan=False), min_size=12, max_size=48))
def test_swapping_the_arms_swaps_the_answer(effects: list[float]) -> None:
    """Regressed becomes improved and the other way round, the rest stays, at the same look."""
    there = verdict.decide(effects, PLAN, 0.01)
    back = verdict.decide([-effect for effect in effects], PLAN, 0.01)
    assert there is not None
    assert back is not None
    assert back.answer == MIRROR.get(there.answer, there.answer)
    assert (len(back.steps), back.sequential) == (len(there.steps), there.sequential)


def test_nobody_looks_between_the_looks() -> None:
    """Eleven replicates, or thirteen, however clear: the plan's own numbers alone are looked at."""
    clear = [0.5 + index / 1000 for index in range(48)]
    assert verdict.decide(clear[:11], PLAN, 0.01) is None
    decision = verdict.decide(clear[:13], PLAN, 0.01)
    assert decision is not None
    assert (decision.answer, [step.estimate.n for step in decision.steps]) == ("regressed", [12])
    assert verdict.enough(clear[:12], PLAN, 0.01)
    assert not verdict.enough([0.0, 0.1] * 6, PLAN, 0.01)
    assert verdict.enough([0.0, 0.1] * 24, PLAN, 0.01)


def test_many_comparisons_share_the_error() -> None:
    """Where twenty scenarios are gated together an early look ends nothing that might not stand; the last one leaves it
    to Holm.
    """
    spread = stats.norm.ppf((np.arange(48) + 0.5) / 48) * 0.006
    effects = list(np.random.default_rng(5).permutation(spread) + 0.0123)
    alone = verdict.decide(effects, PLAN, 0.01)
    beside = verdict.decide(effects, PLAN, 0.01, family=20)
    assert alone is not None
    assert beside is not None
    assert (alone.answer, beside.answer) == ("regressed", "regressed")
    assert [step.estimate.n for step in beside.steps] == [12, 24, 48]
    early = [effect + 0.0025 for effect in effects[:24]]
    clear, held = (verdict.decide(early, PLAN, 0.01, family) for family in (1, 10_000))
    assert clear is not None
    assert held is not None
    assert (clear.answer, held.answer) == ("regressed", "inconclusive")
    assert clear.sequential * 10_000 > verdict.alpha_of(PLAN)


def simulate(shift: float, margin: float, sessions: int = 2000) -> dict[str, float]:
    """Return the shares of answers, and the mean number of replicates, on traces with drift and autocorrelation.

    Each quad is four block times ABBA or BAAB of a process with its own level, on a machine that drifts and whose
    blocks are autocorrelated; figures as measured on two cores (process 0.7 %, block 1.7 %).
    """
    random = np.random.default_rng(7)
    answers = dict.fromkeys(("regressed", "improved", "equivalent", "inconclusive"), 0.0)
    used = 0
    weights = np.array([-0.5, 0.5, 0.5, -0.5])
    for _ in range(sessions):
        slow = np.cumsum(random.normal(0, 0.002, 48 * 16)).reshape(48, 4, 4)
        block = random.normal(0, 0.017, (48, 4, 4)) + slow
        block = block + 0.5 * np.roll(block, 1, axis=2)
        flip = random.choice([-1, 1], (48, 4))
        contrast = (block * weights).sum(axis=2) * flip
        process = random.normal(0, 0.007, 48)
        effects = list(np.median(contrast, axis=1) + process + shift)
        decision = verdict.decide(effects, PLAN, margin)
        assert decision is not None
        answers[decision.answer] += 1 / sessions
        used += decision.last.estimate.n
    return {**answers, "n": used / sessions}


def test_no_effect_is_not_called_one() -> None:
    """With equal arms the gate cries wolf in no more than one of two hundred, and mostly says equivalent."""
    found = simulate(0.0, 0.01, 400)
    assert found["regressed"] + found["improved"] <= 0.005
    assert found["equivalent"] > 0.8


def test_at_the_margin_itself_the_error_stays_below_the_plan_s() -> None:
    """A true effect of exactly the margin is the worst case for both errors: each at most five per cent."""
    found = simulate(math.log(1.01), 0.01, 400)
    limit = stats.binom.ppf(0.999, 400, 0.05) / 400
    assert found["regressed"] <= limit
    assert found["equivalent"] <= limit


def test_three_per_cent_are_found() -> None:
    """Power at a true three per cent is above nine in ten, with fewer replicates than the plan allows."""
    found = simulate(math.log(1.03), 0.01, 200)
    assert found["regressed"] > 0.95
    assert found["n"] < 36


def test_a_control_trips_on_a_difference_that_the_margin_does_not_cover() -> None:
    """A clear two per cent between two builds trips; a clear half per cent, or mere noise, does not."""
    noise = np.linspace(-0.001, 0.001, 12)
    assert verdict.trips(list(0.02 + noise), PLAN, 0.01)
    assert verdict.trips(list(-0.02 + noise), PLAN, 0.01)
    assert not verdict.trips(list(0.005 + noise), PLAN, 0.01)
    assert not verdict.trips(list(30 * noise), PLAN, 0.01)
