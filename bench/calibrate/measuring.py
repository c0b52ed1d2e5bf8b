"""Measures cells, a few replicates of each in turn, and goes on where an earlier attempt was ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.calibrate import extra_op
from bench.calibrate.cells import BALLAST, CELLS, Cell, Side
from bench.calibrate.load import on_machine
from bench.calibrate.overhead import Harness
from heygem_core.bench import matrix, metrics, verdict
from heygem_core.bench.folder import Folder
from heygem_core.bench.replicate import Arm, Conditions, Experiment, measure
from heygem_core.bench.schema import Environment, Plan, Replicate, Scenario
from heygem_core.bench.twin import Twin

MARGIN = 0.01
BASE = "A"
"""Name of every cell's first arm; the second bears the cell's name, so that each cell has coins of its own."""
_TIMED_RUNS = 30
_ROUNDS = 15


@dataclass(frozen=True)
class Trial:
    """One experiment of a cell: its effects, in order, and what the plan made of them."""

    effects: tuple[float, ...]
    decision: verdict.Decision


def trials(effects: Sequence[float], plan: Plan, margin: float = MARGIN) -> list[Trial]:
    """Cut ``effects`` into disjoint experiments, each as long as the plan wanted it, less a last unfinished one."""
    found = []
    begin = 0
    while (decision := verdict.decide(effects[begin:], plan, margin)) is not None:
        ended = decision.answer != "inconclusive" or decision.last.estimate.n == plan.looks[-1]
        if not ended:
            break
        found.append(Trial(tuple(effects[begin : begin + decision.last.estimate.n]), decision))
        begin += decision.last.estimate.n
    return found


@dataclass
class Bench:
    """Everything that measuring cells needs: two builds of one version, one model, one plan, one folder."""

    path: Path
    builds: tuple[Environment, Environment]
    model: Path
    scenario: Scenario
    plan: Plan
    provider: str = "cpu"
    say: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self._reference = self.path / "references" / f"{self.model.stem}.npz"
        self._known: dict[str, list[Replicate]] = {}
        there = [one for cell in CELLS.values() for one in self.replicates(cell)[:1]]
        if there:
            self._sized(there[0].quads[0].blocks[0].frames)

    def folder(self, cell: Cell) -> Folder:
        """Return a cell's folder."""
        place = self.path / "cells" / cell.name
        place.mkdir(parents=True, exist_ok=True)
        return Folder(place)

    def replicates(self, cell: Cell) -> list[Replicate]:
        """Return what a cell has so far."""
        if cell.name not in self._known:
            self._known[cell.name] = list(self.folder(cell).replicates())
        return self._known[cell.name]

    def effects(self, cell: Cell, metric: str | None = None) -> list[float]:
        """Return a cell's effects so far."""
        return metrics.effects(self.replicates(cell), metric or self.scenario.metric)

    def done(self, cell: Cell, experiments: int) -> bool:
        """Tell whether a cell has its experiments: of the first look's size if it is fixed, else of the whole plan."""
        effects = self.effects(cell)
        if cell.fixed:
            return len(effects) >= experiments * self.plan.looks[0]
        return len(trials(effects, self.plan)) >= experiments

    def turn(self, cell: Cell, experiments: int) -> None:
        """Measure one experiment's worth of replicates of a cell, under its load, or until it is done."""
        those = self.replicates(cell)
        turn = len(those) // self.plan.looks[0]
        with on_machine(cell.load, turn):
            for _ in range(self.plan.looks[0]):
                if self.done(cell, experiments):
                    return
                began = time.monotonic()
                those.append(self._one(cell, len(those)))
                self.folder(cell).append(those[-1])
                self.say(f"{cell.name}: replicate {len(those)}, {time.monotonic() - began:.1f} s")

    def _one(self, cell: Cell, index: int) -> Replicate:
        arms = {BASE: self._arm(BASE, cell.first), cell.name: self._arm(cell.name, cell.second)}
        experiment = Experiment(self.model.stem, self.scenario, BASE, cell.name)
        conditions = Conditions(self.plan, self.provider, nullcontext, str(self.reference()), self.scenario.batches)
        return measure(experiment, arms, conditions, index, self._sized)

    def _sized(self, size: int) -> None:
        """Let the first block of all decide: every block of a calibration has the same number of frames."""
        if not self.scenario.frames:
            self.scenario = replace(self.scenario, frames={self.model.stem: size})

    def _arm(self, name: str, side: Side) -> Arm:
        launch = replace(matrix.launch(self.builds[side.rebuilt]), arm=name)
        handicap = dict(side.handicap)
        if "ballast" in handicap:
            handicap["ballast"] = BALLAST * self._resident()
        model = self.model if not side.op else self.with_work(side.op)
        return Arm(launch, str(model), handicap)

    def _resident(self) -> int:
        """Return the memory of a process without ballast: the median over what was measured, or a round figure."""
        sizes = [worker.peak_rss for those in self._known.values() for one in those for worker in one.workers]
        there = sorted(size for size in sizes if size)
        return there[len(there) // 2] if there else 90_000_000

    def reference(self) -> Path:
        """Return the file of inputs and outputs, made once."""
        if not self._reference.exists():
            self._reference.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._reference.with_suffix(".unfinished")
            with Twin(matrix.launch(self.builds[0])) as twin:
                twin.ask("open", **self.opening(self.model))
                twin.ask("prepare", path=str(unfinished))
                twin.quit()
            unfinished.replace(self._reference)
        return self._reference

    def harness(self) -> Harness:
        """Return what is measured with, to measure that."""
        first, second = (matrix.launch(build) for build in self.builds)
        return Harness((first, second), self.model, self.opening, self.plan)

    def opening(self, model: Path) -> dict[str, Any]:
        """Return how a process opens ``model``."""
        options: dict[str, Any] = {"kind": "model", "model": str(model), "provider": self.provider}
        return {**options, "threads": self.plan.threads, "batches": [1]}

    def with_work(self, share: float) -> Path:
        """Return the model with that share of extra work, sized once and kept with the calibration."""
        target = self.path / "references" / f"{self.model.stem}-op-{share:.3f}.onnx"
        told = target.with_suffix(".json")
        if not told.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            found = extra_op.build(self.model, target, share, self._slower)
            told.write_text(json.dumps({"wanted": share, "quick_timing": found}), encoding="utf-8")
        return target

    def _slower(self, model: Path) -> float:
        """Return by which share ``model`` is slower: two live processes in turn, the least time of each block."""
        with ExitStack() as stack:
            harness = self.harness()
            twins = [stack.enter_context(Twin(harness.launches[0])) for _ in range(2)]
            for twin, path in zip(twins, (self.model, model), strict=True):
                harness.ready(twin, path)
            shares = []
            for _ in range(_ROUNDS):
                plain, slower = (min(twin.ask("block", frames=_TIMED_RUNS)["runs_ns"]) for twin in twins)
                shares.append(slower / plain - 1)
        return float(median(shares))
