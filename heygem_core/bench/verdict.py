"""From effects to one of four answers, at looks that were fixed beforehand.

An effect is the natural logarithm of candidate over base, turned so that larger is worse. The margin is a share, 0.01
for one per cent; both ends of the band are as far from 0, ln(1 + margin), so that swapping the arms swaps regressed
and improved and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from heygem_core.bench import statistic
from heygem_core.bench.schema import Plan
from heygem_core.bench.statistic import Estimate

Answer = Literal["regressed", "improved", "equivalent", "inconclusive"]


@dataclass(frozen=True)
class Step:
    """One look: what its interval says, and the p-value for a shift beyond the margin."""

    estimate: Estimate
    answer: Answer
    beyond: float


@dataclass(frozen=True)
class Decision:
    """The looks that were taken; ``sequential`` is a p-value, valid whatever the look at which it ended."""

    steps: tuple[Step, ...]
    answer: Answer
    sequential: float

    @property
    def last(self) -> Step:
        """Return the look that decided, or the last there is."""
        return self.steps[-1]


def alpha_of(plan: Plan) -> float:
    """Return the error of the whole plan, over all looks and, by Holm, over all gated comparisons together."""
    return sum(plan.alphas)


def judge(low: float, high: float, margin: float) -> Answer:
    """Return what an interval of the effect says about a ``margin``."""
    band = math.log1p(margin)
    if low > band:
        return "regressed"
    if high < -band:
        return "improved"
    return "equivalent" if -band < low and high < band else "inconclusive"


def look(effects: Sequence[float], alpha: float, margin: float) -> Step:
    """Take one look."""
    found = statistic.estimate(effects, alpha)
    band = math.copysign(math.log1p(margin), found.shift)
    shifted = statistic.estimate([effect - band for effect in effects], alpha)
    beyond = shifted.p_value if abs(found.shift) > abs(band) else 1.0
    return Step(found, judge(found.low, found.high, margin), beyond)


def decide(effects: Sequence[float], plan: Plan, margin: float, family: int = 1) -> Decision | None:
    """Take every look that ``effects`` suffice for, up to the first that answers; None before the first look.

    ``family`` is how many gated comparisons share the plan's error: a look before the last ends the measurement with
    regressed or improved only if that stands whatever the others say; after the last look there is nothing to wait for,
    and Holm, over all of them, decides. A wrong rejection, at whatever look, is at most as likely as the sum of the
    alphas.
    """
    steps: list[Step] = []
    sequential = 1.0
    answer: Answer = "inconclusive"
    for n, alpha in zip(plan.looks, plan.alphas, strict=True):
        if len(effects) < n:
            break
        step = look(effects[:n], alpha, margin)
        steps.append(step)
        # Bonferroni with the weights of the plan: P(some p_k ≤ u alpha_k / sum) ≤ u.
        sequential = min(sequential, step.beyond * alpha_of(plan) / alpha)
        answer = step.answer
        final = n == plan.looks[-1]
        if answer in {"regressed", "improved"} and not final and sequential * family > alpha_of(plan):
            answer = "inconclusive"
        if answer != "inconclusive":
            break
    return Decision(tuple(steps), answer, sequential) if steps else None


def enough(effects: Sequence[float], plan: Plan, margin: float, family: int = 1) -> bool:
    """Tell whether the plan asks for no further replicate."""
    decision = decide(effects, plan, margin, family)
    return decision is not None and (decision.answer != "inconclusive" or len(effects) >= plan.looks[-1])


def trips(effects: Sequence[float], plan: Plan, margin: float) -> bool:
    """Tell whether a control shows a difference between two builds of one version that the margin does not cover.

    It must differ from 0 at the first look's alpha, and reach beyond the margin: noise alone has no such excuse.
    """
    found = statistic.estimate(effects, plan.alphas[0])
    differs = found.low > 0 or found.high < 0
    return differs and max(abs(found.low), abs(found.high)) > math.log1p(margin)
