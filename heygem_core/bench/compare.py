"""From a run's folder to its verdicts: the plan's looks, the control, the confirmation, and Holm over all that gate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from heygem_core.bench import metrics, scenarios, verdict
from heygem_core.bench.folder import Folder
from heygem_core.bench.schema import Plan, Replicate, Run, Scenario
from heygem_core.bench.schema_comparison import Comparison, Control, Look
from heygem_core.bench.session import REBUILT
from heygem_core.bench.statistic import Estimate, estimate, holm

Key = tuple[str, str, str, int]
"""Model, scenario, candidate's version, session; the control is the candidate that is the base."""


@dataclass(frozen=True)
class Measured:
    """All replicates of a run by experiment, in the order of their numbers."""

    run: Run
    replicates: Mapping[Key, tuple[Replicate, ...]]

    def of(self, model: str, scenario: str, candidate: str, session: int = 1) -> tuple[Replicate, ...]:
        """Return the replicates of one experiment."""
        return self.replicates.get((model, scenario, candidate, session), ())


def read(folder: Folder) -> Measured:
    """Return what a folder holds; raises FileNotFoundError and ValueError as `Folder.run` does."""
    found: dict[Key, list[Replicate]] = {}
    for one in folder.replicates():
        key = (one.model, one.scenario, one.candidate.removesuffix(REBUILT), one.session)
        found.setdefault(key, []).append(one)
    ordered = {key: tuple(sorted(those, key=lambda one: one.index)) for key, those in found.items()}
    return Measured(folder.run(), ordered)


def family(run: Run) -> int:
    """Return how many comparisons of a run gate, and share its error."""
    return max(1, len(run.models) * len(run.scenarios) * len(run.candidates))


def harm(replicates: Sequence[Replicate], metric: str) -> list[float]:
    """Return the effects, turned so that larger is worse."""
    sign = -1 if metric in metrics.LARGER_IS_BETTER else 1
    return [sign * effect for effect in metrics.effects(replicates, metric)]


def gate(measured: Measured) -> list[Comparison]:
    """Return the verdict of every gated comparison of a run, adjusted for one another."""
    run = measured.run
    told = [
        compare(measured, model.name, scenario, candidate, scenario.metric, scenario.margin)
        for model in run.models
        for scenario in run.scenarios
        for candidate in run.candidates
    ]
    return _adjusted(told)


def compare(
    measured: Measured, model: str, scenario: Scenario, candidate: str, metric: str, margin: float | None = None
) -> Comparison:
    """Return the verdict of one comparison, not yet adjusted for others.

    Raises `NotComparable` for a metric that was not measured or a quantile of too few latencies.
    """
    run = measured.run
    margin = scenarios.margin(scenario, metric) if margin is None else margin
    gated = metric == scenario.metric
    those = measured.of(model, scenario.name, candidate)
    voided, quads = metrics.voided(those)
    told = Comparison(
        verdict="inconclusive",
        metric=metric,
        ratio=None,
        ci=(None, None),
        confidence=None,
        margin=margin,
        n=0,
        p_value=None,
        aa_control=_control(measured, model, scenario, metric, margin),
        model=model,
        scenario=scenario.name,
        base=run.base,
        candidate=candidate,
        gated=gated,
        voided=voided,
        quads=quads,
        unsteady=sum(worker.unsteady for one in those for worker in one.workers),
    )
    failures = [one for one in run.failures if one.arm in {candidate, run.base} and one.model in {None, model}]
    failed = next((one for one in failures if one.scenario in {None, scenario.name}), None)
    if failed is not None:
        return replace(told, verdict="invalid", reason=f"{failed.arm} failed: {failed.detail}")
    decided = _decided(told, harm(those, metric), run.plan, family(run) if gated else 1)
    return _confirmed(decided, measured, scenario) if gated else decided


def _decided(told: Comparison, effects: Sequence[float], plan: Plan, tests: int) -> Comparison:
    decision = verdict.decide(effects, plan, told.margin, tests)
    if decision is None:
        reason = f"{len(effects)} replicates of the {plan.looks[0]} that the first look needs"
        return replace(told, n=len(effects), reason=reason, effects=_turned(effects, told.metric))
    last = decision.last.estimate
    told = replace(
        told,
        verdict=decision.answer,
        ratio=_ratio(last.shift, told.metric),
        ci=_ends(last, told.metric),
        confidence=1 - last.alpha,
        n=last.n,
        p_value=last.p_value,
        p_holm=decision.sequential,
        looks=tuple(
            Look(
                step.estimate.n,
                step.estimate.alpha,
                _ratio(step.estimate.shift, told.metric),
                _ends(step.estimate, told.metric),
                step.estimate.p_value,
                step.answer,
            )
            for step in decision.steps
        ),
        effects=_turned(effects, told.metric),
    )
    if told.aa_control is None:
        return replace(told, verdict="invalid", reason="no control: the base was not compared with its second build")
    if told.aa_control.tripped:
        low, high = told.aa_control.ci
        reason = f"two builds of {told.base} differ by more than the margin covers: {low:.4f} to {high:.4f}"
        return replace(told, verdict="invalid", reason=reason)
    if decision.answer == "inconclusive":
        told = replace(told, reason=f"the interval neither clears the margin nor lies within it after {last.n}")
    return told


def _control(measured: Measured, model: str, scenario: Scenario, metric: str, margin: float) -> Control | None:
    plan = measured.run.plan
    effects = harm(measured.of(model, scenario.name, measured.run.base), metric)[: plan.control]
    if len(effects) < plan.control:
        return None
    found = estimate(effects, plan.alphas[0])
    tripped = verdict.trips(effects, plan, margin)
    return Control(_ratio(found.shift, metric), _ends(found, metric), found.n, found.p_value, tripped)


def _confirmed(told: Comparison, measured: Measured, scenario: Scenario) -> Comparison:
    """Let a regression stand only if it recurred with rebuilt environments and fresh processes."""
    if told.verdict != "regressed":
        return told
    again = harm(measured.of(told.model, scenario.name, told.candidate, session=2), told.metric)
    decision = verdict.decide(again, measured.run.plan, told.margin)
    if decision is None:
        reason = "regressed once, and not yet confirmed with rebuilt environments"
    elif decision.answer == "regressed":
        return replace(told, confirmed=True)
    else:
        reason = f"regressed once, and with rebuilt environments it was {decision.answer}"
    return replace(told, verdict="inconclusive", confirmed=False, reason=reason)


def _adjusted(told: Sequence[Comparison]) -> list[Comparison]:
    """Holm over all that were decided: what does not stand beside the others is inconclusive."""
    tested = [index for index, one in enumerate(told) if one.p_holm is not None]
    adjusted = dict(zip(tested, holm([told[index].p_holm or 0.0 for index in tested]), strict=True))
    result = []
    for index, one in enumerate(told):
        p = adjusted.get(index)
        final = replace(one, p_holm=p)
        if p is not None and p > verdict.ALPHA and one.verdict in {"regressed", "improved"}:
            reason = f"{one.verdict} alone, but not beside the {len(tested) - 1} other comparisons of this run"
            final = replace(final, verdict="inconclusive", reason=reason)
        result.append(final)
    return result


def _turned(effects: Sequence[float], metric: str) -> tuple[float, ...]:
    sign = -1 if metric in metrics.LARGER_IS_BETTER else 1
    return tuple(sign * effect for effect in effects)


def _ratio(shift: float, metric: str) -> float:
    return math.exp(-shift if metric in metrics.LARGER_IS_BETTER else shift)


def _ends(found: Estimate, metric: str) -> tuple[float | None, float | None]:
    ends = (_ratio(found.low, metric), _ratio(found.high, metric)) if math.isfinite(found.low) else (None, None)
    return (ends[1], ends[0]) if metric in metrics.LARGER_IS_BETTER else ends


def exit_code(comparisons: Sequence[Comparison]) -> int:
    """Return 0 where all are equivalent or improved, 1 where one regressed, else 3."""
    verdicts = {one.verdict for one in comparisons}
    if "regressed" in verdicts:
        return 1
    return 0 if verdicts and verdicts <= {"equivalent", "improved"} else 3
