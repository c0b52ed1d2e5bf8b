"""Runs that nobody measured, for tests of the report: their host says so. Effects are put in, verdicts computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np

from heygem_core.bench import compare
from heygem_core.bench.folder import Folder
from heygem_core.bench.scenarios import SCENARIOS
from heygem_core.bench.schema import (
    Block,
    Failure,
    Gpu,
    Host,
    Model,
    Plan,
    Quad,
    Replicate,
    Run,
    Scenario,
    Worker,
)
from heygem_core.bench.schema_comparison import Comparison
from tests.bench import samples
from tests.bench.report import jobs

BASE = "1.20.2"
REBUILT = "1.20.2-rebuilt"
BEGAN = datetime(2026, 1, 1, 3, tzinfo=UTC)
HOST = Host(
    "synthetic: no such processor", 2, 24 << 30, "6.1.0-synthetic", "Debian GNU/Linux 12", None, (), None, "boot-1",
    "0123abc+dirty", (0.1, 0.2, 0.3),
)  # fmt: skip
_BASE_MS = {"puppet": 1.2, "dinet-small": 9.0}
_FRAMES = {"cold-start": 1, "pipeline": 173}


@dataclass(frozen=True)
class Effects:
    """What is put into a run: by candidate and scenario, how much longer a frame takes; 0 where nothing is said."""

    shifts: Mapping[tuple[str, str], float]
    noise: float = 0.006
    """Spread of a replicate's effect, as a natural logarithm."""


DEMONSTRATED = Effects(
    {
        ("1.31.1", "single-stream"): 0.042,
        ("1.31.1", "shape-churn"): 0.31,
        ("1.31.1", "cold-start"): 0.012,
        ("1.26.0", "single-stream"): -0.035,
        ("1.26.0", "offline"): -0.06,
        ("1.26.0", "cold-start"): -0.14,
        ("1.22.0", "paced"): 0.01,
    }
)


def run(
    candidates: Sequence[str] = ("1.22.0", "1.26.0", "1.31.1"),
    models: Sequence[str] = ("puppet",),
    scenarios: Sequence[str] = ("single-stream", "cold-start"),
    *,
    gpu: bool = False,
) -> Run:
    """Return the run, with one version that failed."""
    arms = (BASE, REBUILT, *candidates)
    return Run(
        id="synthetic-1",
        began=BEGAN.isoformat(),
        ended=(BEGAN + timedelta(hours=2)).isoformat(),
        provider="cuda" if gpu else "cpu",
        base=BASE,
        candidates=(*candidates, "1.16.3"),
        plan=Plan(),
        host=replace(HOST, gpus=("synthetic GPU",), driver="0.0") if gpu else HOST,
        models=tuple(Model(name, f"/models/{name}.onnx", "ab" * 32, 1_000_000) for name in models),
        scenarios=tuple(_scenario(SCENARIOS[name], models) for name in scenarios),
        environments=tuple(map(samples.environment, arms)),
        failures=(Failure("1.16.3", None, None, "other", "no wheel for this Python: cp312"),),
        unavailable={} if gpu else {"power": "no GPU", "vram": "no GPU"},
    )


def _scenario(scenario: Scenario, models: Sequence[str]) -> Scenario:
    # Two quads are enough to void one and keep one.
    return replace(scenario, frames=dict.fromkeys(models, _FRAMES.get(scenario.name, 20)), quads=min(2, scenario.quads))


def write(path: Path, told: Run, effects: Effects = DEMONSTRATED, replicates: int = 24) -> list[Comparison]:
    """Write the run's folder with a trace for each model and arm, and return its verdicts, which are in it too."""
    folder = Folder(path)
    folder.write_run(told)
    lines = [json.dumps(asdict(one), separators=(",", ":")) for one in measured(told, effects, replicates)]
    (path / "replicates.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    verdicts = compare.gate(compare.read(folder))
    folder.write_comparisons(verdicts)
    if any(one.name == "pipeline" for one in told.scenarios):
        for model in told.models:
            for arm in (told.base, told.candidates[0]):
                jobs.write(path / "traces" / f"{model.name}.{arm}.json", slow=1.0 if arm == told.base else 1.25)
    return verdicts


def measured(told: Run, effects: Effects, replicates: int) -> Iterator[Replicate]:
    """Yield the run's replicates, in the order in which they would have been measured."""
    random = np.random.default_rng(20260101)
    clock = 0
    for model in told.models:
        for scenario in told.scenarios:
            pairs = [(BASE, REBUILT, 1), *((BASE, one, 1) for one in told.candidates if one != "1.16.3")]
            pairs += [
                (REBUILT, f"{one}-rebuilt", 2)
                for one in told.candidates
                if effects.shifts.get((one, scenario.name), 0) > scenario.margin
            ]
            for index in range(replicates):
                for base, candidate, session in pairs:
                    shift = effects.shifts.get((candidate.removesuffix("-rebuilt"), scenario.name), 0.0)
                    shift += random.normal(0, effects.noise)
                    clock += int(2e9)
                    yield _replicate(random, model.name, scenario, base, candidate, session, index, shift, clock, told)


def _replicate(
    random: np.random.Generator, model: str, scenario: Scenario, base: str, candidate: str, session: int, index: int,
    shift: float, clock: int, told: Run,
) -> Replicate:  # fmt: skip
    scale = {base: 1.0, candidate: float(np.exp(shift))}
    process = float(np.exp(random.normal(0, 0.01)))
    quads = []
    for _ in range(scenario.quads):
        order: Literal["ABBA", "BAAB"] = "ABBA" if random.random() < 0.5 else "BAAB"
        blocks = []
        for letter in order:
            arm = base if letter == "A" else candidate
            blocks.append(_block(random, model, scenario, arm, scale[arm] * process, clock, told))
            clock = blocks[-1].ended_ns
        void = "the idle process took 3 % of a block" if random.random() < 0.04 else None
        quads.append(Quad(order, tuple(blocks), {base: 0.0, candidate: 0.001}, None, void))
    workers = tuple(_worker(random, arm, scale[arm] * process, candidate) for arm in (base, candidate))
    began = (BEGAN + timedelta(microseconds=clock / 1e3)).isoformat(timespec="milliseconds")
    return Replicate(
        model, scenario.name, base, candidate, session, index, candidate == REBUILT, base, workers, tuple(quads), began
    )  # fmt: skip


def _block(
    random: np.random.Generator, model: str, scenario: Scenario, arm: str, scale: float, began: int, told: Run
) -> Block:
    frames = scenario.frames[model]
    runs = {"cold-start": 1, "pipeline": 1}.get(
        scenario.name, frames // max(1, sum(scenario.batches) // len(scenario.batches))
    )
    middle = _BASE_MS[model] * {"cold-start": 260.0, "pipeline": 900.0}.get(
        scenario.name, float(np.mean(scenario.batches))
    )
    latencies = middle * scale * np.exp(random.normal(0, 0.02, runs)) + random.exponential(0.03 * middle, runs)
    latencies[random.random(runs) < 0.01] *= 2.2
    took = tuple(int(one * 1e6) for one in latencies)
    total = sum(took) if scenario.period_ns is None else runs * scenario.period_ns
    told_gpu = Gpu(
        float(random.uniform(0.7, 0.9)), float(random.normal(1700, 5)), float(random.normal(240, 6)), 2 << 30, 0
    )
    return Block(
        arm, began, began + total + 1, frames, took, int(0.97 * sum(took)), 0,
        None if scenario.period_ns is None else sum(one > scenario.period_ns for one in took),
        gpu=told_gpu if told.provider == "cuda" else None,
    )  # fmt: skip


def _worker(random: np.random.Generator, arm: str, scale: float, candidate: str) -> Worker:
    times = [int(one * scale * float(np.exp(random.normal(0, 0.03)))) for one in (90e6, 60e6, 9e6, 310e6)]
    drift = 2.4e-7 if arm == candidate and "-" not in arm else 0.0
    warm = tuple(int(1.3e6 * scale * float(np.exp(random.normal(0, 0.05)))) for _ in range(30))
    return Worker(
        arm, 4242, 1, 0, "CPUExecutionProvider", times[0], times[1], times[2], times[3], warm, False,
        "ef" * 32, drift, 128.0 if drift else None, int(180e6 * float(np.exp(random.normal(0, 0.004)))),
    )  # fmt: skip
