"""Comparing arms that did not take turns with each other, through the reference that both took turns with.

Two runs of two sessions, or two candidates of one run: each has effects against the same reference build, and those are
compared as two samples. Nothing randomised which effect belongs to which sample, so this never gates.
"""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.bench import host, scenarios, verdict
from heygem_core.bench.compare import Measured, harm, ratio_ends, ratio_of
from heygem_core.bench.schema import Scenario
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.bench.statistic import two_sample
from heygem_core.errors import NotComparable
from heygem_core.text import Text


@dataclass(frozen=True)
class Side:
    """One arm of one run."""

    measured: Measured
    arm: str


def require_same(first: Side, second: Side) -> None:
    """Raise `NotComparable`, naming both values, where two runs differ in what their figures depend on.

    Host facts, provider, threads, the reference's own build, and the models.
    """
    here, there = first.measured.run, second.measured.run
    host.require_same(here.host, there.host)
    wheels = [{one.arm: one.wheel_sha256 for one in run.environments}[run.base] for run in (here, there)]
    pairs = (
        ("provider", here.provider, there.provider),
        ("threads", here.plan.threads, there.plan.threads),
        ("reference", f"{here.base} {wheels[0]}", f"{there.base} {wheels[1]}"),
        ("models", *({one.name: one.sha256 for one in run.models} for run in (here, there))),
    )
    for name, one, other in pairs:
        if one != other:
            raise NotComparable(f"the {name} is {one!r} in one run and {other!r} in the other")


def compare(first: Side, second: Side, model: str, scenario: Scenario, metric: str, margin: float | None) -> Comparison:
    """Return the verdict on ``second`` over ``first``, at the plan's whole alpha; raises `NotComparable`."""
    before, after = (harm(side.measured.of(model, scenario.name, side.arm), metric) for side in (first, second))
    if not (before and after):
        empty = second.arm if before else first.arm
        raise NotComparable(f"{empty} was not measured against the reference in {scenario.name} with {model}")
    margin = scenarios.margin(scenario, metric) if margin is None else margin
    found = two_sample(before, after, verdict.alpha_of(first.measured.run.plan))
    low, high = ratio_ends(found, metric)
    return Comparison(
        verdict=verdict.judge(found.low, found.high, margin),
        metric=metric,
        ratio=ratio_of(found.shift, metric),
        ci=(low, high),
        confidence=1 - found.alpha,
        margin=margin,
        n=found.n,
        p_value=found.p_value,
        aa_control=None,
        model=model,
        scenario=scenario.name,
        base=first.arm,
        candidate=second.arm,
        gated=False,
        reason=Text(
            f"through {first.measured.run.base}, which both were measured against; they did not take turns",
            f"经由两者共同的参照 {first.measured.run.base} 比较；两者并未交替运行",
        ),
    )
