"""Measures all experiments of a run, in turn, until each has enough; goes on where an earlier attempt was ended.

Only the standard library, and this package's own modules of which that holds too: what is measured, and numpy with its
threads, stays in other processes or with the `Judge`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from heygem_core.bench import gpu
from heygem_core.bench.folder import Folder
from heygem_core.bench.replicate import Arm, Conditions, Experiment, measure
from heygem_core.bench.schema import Failure, Model, Replicate, Run, Scenario
from heygem_core.bench.twin import START_S, Twin
from heygem_core.errors import ArmFailed

REBUILT = "-rebuilt"
"""Ends the name of the independent second build of an arm."""


class Judge(Protocol):
    """Looks at what was measured; the only one who does, and only at the looks of the plan."""

    def enough(self, experiment: Experiment, replicates: Sequence[Replicate]) -> bool:
        """Tell whether no further replicate is wanted."""

    def regressed(self, experiment: Experiment, replicates: Sequence[Replicate]) -> bool:
        """Tell whether the candidate regressed, which then has to recur."""


ReadyArm = Callable[[str, Model, Scenario], Arm]
"""Returns an arm by name, built if need be; raises `ArmFailed`."""


@dataclass(frozen=True)
class Measuring:
    """An event: ``done`` replicates of ``experiment`` count, at most ``limit`` will.

    ``replicate_s`` is the mean time of one, ``left_s`` what the current scenario takes at most, None before the first.
    """

    experiment: Experiment
    done: int
    limit: int
    replicate_s: float | None
    left_s: float | None


@dataclass
class Session:
    """One run in its folder."""

    folder: Folder
    run: Run
    ready: ReadyArm
    judge: Judge
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What a pipeline needs besides: ``video``, ``audio`` and ``scratch``."""
    on_event: Callable[[Measuring | Failure], None] = lambda _: None

    def __post_init__(self) -> None:
        self._done: dict[tuple[str, str, str, str, int], list[Replicate]] = {}
        for one in self.folder.replicates():
            key = (one.model, one.scenario, one.base, one.candidate, one.session)
            self._done.setdefault(key, []).append(one)
        self._spent: dict[str, list[float]] = {}

    def measure(self) -> Run:
        """Measure everything that is missing and return the run as it ended.

        An arm that fails is recorded as a failure, and what it takes no part in goes on. Whatever ends this early,
        all that was measured is on disk, and no process is left.
        """
        # An arm that failed may have been mended since.
        self._save(failures=tuple(one for one in self.run.failures if one.model is None), ended=None)
        for model in self.run.models:
            for scenario in self.run.scenarios:
                self._scenario(model, scenario.name)
        self._save(ended=_now())
        return self.run

    def _scenario(self, model: Model, name: str) -> None:
        built = {one.arm for one in self.run.environments}
        first = [self._experiment(model, name, self.run.base, self.run.base + REBUILT, control=True)]
        first += [self._experiment(model, name, self.run.base, arm) for arm in self.run.candidates if arm in built]
        self._rounds(model, first)
        second = [
            self._experiment(model, name, self.run.base + REBUILT, one.candidate + REBUILT, session=2)
            for one in first
            if not one.control and self.judge.regressed(one, self._of(one))
        ]
        self._rounds(model, second)
        if name == "pipeline":
            self._trace(model, [self.run.base, *(one.candidate for one in first if not one.control)])

    def _experiment(
        self, model: Model, name: str, base: str, candidate: str, *, session: int = 1, control: bool = False
    ) -> Experiment:
        scenario = next(one for one in self.run.scenarios if one.name == name)
        return Experiment(model.name, scenario, base, candidate, session, control)

    def _rounds(self, model: Model, experiments: Sequence[Experiment]) -> None:
        """Measure one replicate of each in turn: what the machine does meanwhile then happens to all of them."""
        left = [one for one in experiments if not self._enough(one)]
        while left:
            for experiment in list(left):
                if experiment not in left:
                    continue
                try:
                    self._one(model, experiment)
                except ArmFailed as error:
                    failure = Failure(error.arm, model.name, experiment.scenario.name, str(error.cause), error.detail)
                    self._save(failures=(*self.run.failures, failure))
                    self.on_event(failure)
                    left = [one for one in left if error.arm not in {one.base, one.candidate}]
                if experiment in left and self._enough(experiment):
                    left.remove(experiment)

    def _enough(self, experiment: Experiment) -> bool:
        # Voided quads leave gaps; twice as many as planned is where filling them ends, and the first look where nothing
        # was left of any: the machine or the arm is then not fit for this.
        those = self._of(experiment)
        if len(those) >= 2 * self._limit(experiment) or (len(those) >= self.run.plan.looks[0] and not counted(those)):
            return True
        return self.judge.enough(experiment, those)

    def _limit(self, experiment: Experiment) -> int:
        return self.run.plan.control if experiment.control else self.run.plan.looks[-1]

    def _of(self, experiment: Experiment) -> list[Replicate]:
        return self._done.setdefault(experiment.key, [])

    def _one(self, model: Model, experiment: Experiment) -> None:
        those = self._of(experiment)
        self.on_event(Measuring(experiment, counted(those), self._limit(experiment), *self._times(experiment)))
        began = time.monotonic()
        scenario = self._experiment(model, experiment.scenario.name, "", "").scenario
        arms = {arm: self.ready(arm, model, scenario) for arm in (experiment.base, experiment.candidate)}
        conditions = self._conditions(model, scenario)
        current = replace(experiment, scenario=scenario)
        index = 1 + max((one.index for one in those), default=-1)
        measured = measure(current, arms, conditions, index, lambda size: self._sized(model, scenario, size))
        self.folder.append(measured)
        those.append(measured)
        self._spent.setdefault(scenario.name, []).append(time.monotonic() - began)
        self.on_event(Measuring(experiment, counted(those), self._limit(experiment), *self._times(experiment)))

    def _times(self, experiment: Experiment) -> tuple[float | None, float | None]:
        spent = self._spent.get(experiment.scenario.name)
        if not spent:
            return None, None
        mean = sum(spent) / len(spent)
        if experiment.session > 1:
            return mean, mean * max(1, self._limit(experiment) - counted(self._of(experiment)))
        pairs = [self.run.plan.control, *[self.run.plan.looks[-1]] * len(self.run.candidates)]
        done = sum(
            min(counted(those), pairs[0] if those[0].control else pairs[-1])
            for key, those in self._done.items()
            if those and key[:2] == experiment.key[:2] and key[4] == 1
        )
        return mean, mean * max(1, sum(pairs) - done)

    def _conditions(self, model: Model, scenario: Scenario) -> Conditions:
        whole = scenario.name == "pipeline"
        batches = (model.batch,) if model.batch is not None and not whole else scenario.batches
        settings = dict(self.settings) if whole else {}
        references = self.folder.path / "references"
        path = references / f"{model.name}{'.mp4' if whole else '.npz'}"
        if not path.exists():
            references.mkdir(parents=True, exist_ok=True)
            self._reference(path, model, scenario)
        watch = gpu.watch(self.run.provider)
        return Conditions(self.run.plan, self.run.provider, watch, str(path), batches, settings)

    def _reference(self, path: Path, model: Model, scenario: Scenario) -> None:
        """Have the base compute, once, what all outputs are held against."""
        arm = self.ready(self.run.base, model, scenario)
        unfinished = path.with_name(f".{path.name}")
        with Twin(arm.launch) as twin:
            twin.ask("open", deadline_s=START_S, **self._opening(arm, model, scenario))
            twin.ask("prepare", path=str(unfinished))
            twin.quit()
        unfinished.replace(path)

    def _trace(self, model: Model, arms: Sequence[str]) -> None:
        """Have each arm leave a trace of one job; it is not measured, and an arm that failed has none."""
        scenario = self._experiment(model, "pipeline", "", "").scenario
        for name in arms:
            path = self.folder.path / "traces" / f"{model.name}.{name}.json"
            if path.exists() or not self._measured(model, name):
                continue
            path.parent.mkdir(exist_ok=True)
            arm = self.ready(name, model, scenario)
            with Twin(arm.launch) as twin:
                twin.ask("open", deadline_s=START_S, **self._opening(arm, model, scenario), trace=str(path))
                twin.quit()

    def _measured(self, model: Model, arm: str) -> bool:
        return any(
            those and key[0] == model.name and key[1] == "pipeline" and arm in key[2:4]
            for key, those in self._done.items()
        )

    def _opening(self, arm: Arm, model: Model, scenario: Scenario) -> dict[str, Any]:
        """Return how to open an arm outside a replicate."""
        whole = scenario.name == "pipeline"
        return {
            "kind": "pipeline" if whole else "model",
            "model": arm.model,
            "provider": self.run.provider,
            "threads": self.run.plan.threads,
            "batches": list(scenario.batches) if whole else [model.batch or 1],
            **(self.settings if whole else {}),
        }

    def _sized(self, model: Model, scenario: Scenario, size: int) -> None:
        if scenario.frames.get(model.name) != size:
            sized = replace(scenario, frames={**scenario.frames, model.name: size})
            self._save(scenarios=tuple(sized if one.name == scenario.name else one for one in self.run.scenarios))

    def _save(self, **changes: Any) -> None:
        self.run = replace(self.run, **changes)
        self.folder.write_run(self.run)

    def add(self, changes: Mapping[str, Any]) -> None:
        """Record what became known meanwhile: environments that were built late, say."""
        self._save(**changes)


def counted(replicates: Sequence[Replicate]) -> int:
    """Return how many have a quad that was not voided."""
    return sum(any(quad.void is None for quad in one.quads) for one in replicates)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def arms_of(run: Run) -> Iterator[str]:
    """Yield the arms that a run begins with: the base, its second build, the candidates."""
    yield run.base
    yield run.base + REBUILT
    yield from run.candidates
