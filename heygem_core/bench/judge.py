"""Looks at effects while a run measures, only where the plan looks, and says whether to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heygem_core.bench import verdict
from heygem_core.bench.compare import harm
from heygem_core.bench.replicate import Experiment
from heygem_core.bench.schema import Plan, Replicate


@dataclass(frozen=True)
class PlanJudge:
    """The judge of a run's plan; ``family`` comparisons share its error, see `verdict.decide`."""

    plan: Plan
    family: int

    def enough(self, experiment: Experiment, replicates: Sequence[Replicate]) -> bool:
        """Tell whether the plan asks for no further replicate."""
        effects = harm(replicates, experiment.scenario.metric)
        if experiment.control:
            return len(effects) >= self.plan.control
        family = self.family if experiment.session == 1 else 1
        return verdict.enough(effects, self.plan, experiment.scenario.margin, family)

    def regressed(self, experiment: Experiment, replicates: Sequence[Replicate]) -> bool:
        """Tell whether a session ended with a regression."""
        effects = harm(replicates, experiment.scenario.metric)
        decision = verdict.decide(effects, self.plan, experiment.scenario.margin, self.family)
        return decision is not None and decision.answer == "regressed"
