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
from heygem_core.text import Text

_WORST_FIRST = ("regressed", "invalid", "inconclusive", "equivalent", "improved")
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
    return adjusted(told, run.plan)


def compare(
    measured: Measured,
    model: str,
    scenario: Scenario,
    candidate: str,
    metric: str,
    margin: float | None = None,
    *,
    swapped: bool = False,
) -> Comparison:
    """Return the verdict of one comparison, not yet adjusted for others; ``swapped`` asks for base over candidate.

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
        base=candidate if swapped else run.base,
        candidate=run.base if swapped else candidate,
        gated=gated,
        voided=voided,
        quads=quads,
        unsteady=sum(worker.unsteady for one in those for worker in one.workers),
    )
    failures = [one for one in run.failures if one.arm in {candidate, run.base} and one.model in {None, model}]
    failed = next((one for one in failures if one.scenario in {None, scenario.name}), None)
    if failed is not None:
        return replace(
            told,
            verdict="invalid",
            reason=Text(f"{failed.arm} failed: {failed.detail}", f"{failed.arm} 失败：{failed.detail}"),
        )
    effects = _swap(harm(those, metric), swapped)
    if those and not effects:
        return replace(told, reason=_all_void(those))
    decided = _decided(told, effects, run.plan, family(run) if gated else 1)
    if not gated or decided.verdict != "regressed":
        return decided
    # A regression stands only if it recurred with rebuilt environments and fresh processes.
    again = _swap(harm(measured.of(model, scenario.name, candidate, session=2), metric), swapped)
    return _confirmed(decided, again, run.plan)


def _all_void(those: Sequence[Replicate]) -> Text:
    voids = [quad.void for one in those for quad in one.quads if quad.void is not None]
    return Text(
        f"all {len(voids)} quads were voided, the last because {voids[-1]}",
        f"全部 {len(voids)} 个四块组均作废，最后一个的原因：{voids[-1]}",
    )


def _swap(effects: Sequence[float], swapped: bool) -> list[float]:
    return [-effect for effect in effects] if swapped else list(effects)


def _decided(told: Comparison, effects: Sequence[float], plan: Plan, tests: int) -> Comparison:
    decision = verdict.decide(effects, plan, told.margin, tests)
    if decision is None:
        reason = Text(
            f"{len(effects)} replicates of the {plan.looks[0]} that the first look needs",
            f"首次判定需要 {plan.looks[0]} 个重复，目前有 {len(effects)} 个",
        )
        return replace(told, n=len(effects), reason=reason, effects=_turned(effects, told.metric))
    last = decision.last.estimate
    told = replace(
        told,
        verdict=decision.answer,
        ratio=ratio_of(last.shift, told.metric),
        ci=ratio_ends(last, told.metric),
        confidence=1 - last.alpha,
        n=last.n,
        p_value=last.p_value,
        p_holm=decision.sequential,
        looks=tuple(
            Look(
                step.estimate.n,
                step.estimate.alpha,
                ratio_of(step.estimate.shift, told.metric),
                ratio_ends(step.estimate, told.metric),
                step.estimate.p_value,
                step.answer,
            )
            for step in decision.steps
        ),
        effects=_turned(effects, told.metric),
    )
    if told.aa_control is None:
        reason = Text(
            "no control: the base was not compared with its second build",
            "缺少对照：未将基准版本与其第二次构建进行比较",
        )
        return replace(told, verdict="invalid", reason=reason)
    if told.aa_control.tripped:
        low, high = told.aa_control.ci
        reason = Text(
            f"two builds of the same version differ by more than the margin covers: {low:.4f} to {high:.4f}",
            f"同一版本的两次构建之差超出了界限所能覆盖的范围：{low:.4f} 至 {high:.4f}",
        )
        return replace(told, verdict="invalid", reason=reason)
    if decision.answer == "inconclusive":
        reason = Text(
            f"after {last.n} replicates the interval neither clears the margin nor lies within it",
            f"{last.n} 个重复之后，区间既未越过界限，也未落在界限之内",
        )
        told = replace(told, reason=reason)
    return told


def _control(measured: Measured, model: str, scenario: Scenario, metric: str, margin: float) -> Control | None:
    plan = measured.run.plan
    effects = harm(measured.of(model, scenario.name, measured.run.base), metric)[: plan.control]
    if len(effects) < plan.control:
        return None
    found = estimate(effects, plan.alphas[0])
    tripped = verdict.trips(effects, plan, margin)
    return Control(ratio_of(found.shift, metric), ratio_ends(found, metric), found.n, found.p_value, tripped)


def _confirmed(told: Comparison, again: Sequence[float], plan: Plan) -> Comparison:
    decision = verdict.decide(again, plan, told.margin)
    if decision is None:
        reason = Text(
            "regressed once, and not yet confirmed with rebuilt environments",
            "出现过一次变慢，尚未用重新构建的环境确认",
        )
    elif decision.answer == "regressed":
        return replace(told, confirmed=True)
    else:
        reason = Text(
            f"regressed once, and with rebuilt environments it was {decision.answer}",
            f"出现过一次变慢，用重新构建的环境复测的结果为 {decision.answer}",
        )
    return replace(told, verdict="inconclusive", confirmed=False, reason=reason)


def adjusted(told: Sequence[Comparison], plan: Plan) -> list[Comparison]:
    """Return comparisons adjusted for one another by Holm: what does not stand beside the others is inconclusive."""
    alpha = verdict.alpha_of(plan)
    tested = [index for index, one in enumerate(told) if one.p_holm is not None]
    values = dict(zip(tested, holm([told[index].p_holm or 0.0 for index in tested]), strict=True))
    result = []
    for index, one in enumerate(told):
        p = values.get(index)
        final = replace(one, p_holm=p)
        if p is not None and p > alpha and one.verdict in {"regressed", "improved"}:
            reason = Text(
                f"{one.verdict} alone, but not beside the {len(tested) - 1} other comparisons of this run",
                f"单独看为 {one.verdict}，与本次运行的另外 {len(tested) - 1} 项比较一并校正后不成立",
            )
            final = replace(final, verdict="inconclusive", reason=reason)
        result.append(final)
    return result


def _turned(effects: Sequence[float], metric: str) -> tuple[float, ...]:
    sign = -1 if metric in metrics.LARGER_IS_BETTER else 1
    return tuple(sign * effect for effect in effects)


def ratio_of(shift: float, metric: str) -> float:
    """Return the ratio of the metric itself for a shift of which larger is worse."""
    return math.exp(-shift if metric in metrics.LARGER_IS_BETTER else shift)


def ratio_ends(found: Estimate, metric: str) -> tuple[float | None, float | None]:
    """Return the interval of the metric's ratio, lower end first; None twice where too few replicates bound it."""
    ends = (ratio_of(found.low, metric), ratio_of(found.high, metric)) if math.isfinite(found.low) else (None, None)
    return (ends[1], ends[0]) if metric in metrics.LARGER_IS_BETTER else ends


def worst(comparisons: Sequence[Comparison]) -> Comparison:
    """Return the one that decides for all; raises ValueError for none."""
    return min(comparisons, key=lambda one: _WORST_FIRST.index(one.verdict))


def exit_code(comparisons: Sequence[Comparison]) -> int:
    """Return 0 where all are equivalent or improved, 1 where one regressed, else 3."""
    verdicts = {one.verdict for one in comparisons}
    if "regressed" in verdicts:
        return 1
    return 0 if verdicts and verdicts <= {"equivalent", "improved"} else 3
