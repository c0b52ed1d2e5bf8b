"""One replicate: a fresh process of A and one of B, alive together, of which only one works at a time.

The coin flips (who starts first, the order of each quad, padding, hash seeds) come from the plan's seed and the
replicate's place alone, so that nothing which was measured can have a say in them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

from heygem_core.bench import gpu
from heygem_core.bench.schema import Block, Plan, Quad, Replicate, Scenario, Worker
from heygem_core.bench.twin import START_S, Launch, Twin
from heygem_core.errors import ArmFailed
from heygem_core.runtime.nvml import GpuSample

IDLE_CPU = 0.01
"""Share of the other's blocks that the idle process may take."""
PADDING = 4096


@dataclass(frozen=True)
class Arm:
    """An environment ready to run ``model``, perhaps with a handicap (see `arm.model.ModelRunner`)."""

    launch: Launch
    model: str
    handicap: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """What is compared; ``model`` is a name."""

    model: str
    scenario: Scenario
    base: str
    candidate: str
    session: int = 1
    control: bool = False

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Return what tells experiments of a run apart."""
        return self.model, self.scenario.name, self.base, self.candidate, self.session


@dataclass(frozen=True)
class Conditions:
    """What all replicates of an experiment share.

    ``reference`` is the file of inputs and outputs for the model; ``batches`` the sizes of successive runs, the
    scenario's own unless the model fixes one; ``settings`` what opening a pipeline needs besides.
    """

    plan: Plan
    provider: str
    watch: gpu.Watch
    reference: str
    batches: Sequence[int]
    settings: Mapping[str, Any] = field(default_factory=dict)


SizeBlock = Callable[[int], None]


def measure(
    experiment: Experiment, arms: Mapping[str, Arm], conditions: Conditions, index: int, sized: SizeBlock
) -> Replicate:
    """Measure one replicate; where the scenario has no block size for the model yet, ``sized`` is told it.

    Raises `ArmFailed`; by then both processes are gone.
    """
    flips = random.Random(f"{conditions.plan.seed}/{experiment.key}/{index}")  # noqa: S311 - coins, not keys
    began = datetime.now(UTC).isoformat(timespec="milliseconds")
    starts = (experiment.base, experiment.candidate)
    order = list(starts if flips.random() < 0.5 else starts[::-1])
    with conditions.watch() as sampler:
        run = _cold if experiment.scenario.name == "cold-start" else _warm
        workers, quads = run(experiment, arms, conditions, flips, order, sized)
    seen = gpu.samples(sampler)
    return Replicate(
        model=experiment.model,
        scenario=experiment.scenario.name,
        base=experiment.base,
        candidate=experiment.candidate,
        session=experiment.session,
        index=index,
        control=experiment.control,
        first=order[0],
        workers=tuple(_with_memory(worker, ends, seen) for worker, ends in workers),
        quads=tuple(_judged(quad, seen) for quad in quads),
        began=began,
    )


Started = tuple[Worker, tuple[int, int]]
"""A process, and when its start began and ended."""


def _warm(
    experiment: Experiment,
    arms: Mapping[str, Arm],
    conditions: Conditions,
    flips: random.Random,
    order: Sequence[str],
    sized: SizeBlock,
) -> tuple[list[Started], list[Quad]]:
    scenario, plan = experiment.scenario, conditions.plan
    with ExitStack() as stack:
        twins: dict[str, Twin] = {}
        started: list[Started] = []
        # One after the other, warm-up included: two starts at once would race for what they search and allocate.
        for arm in order:
            twin, worker = _start(stack, arms[arm], experiment, conditions, flips)
            warmed = twin.ask("warm", least=plan.warm_frames, cap=plan.warm_cap)
            worker = replace(worker, warm_ns=tuple(warmed["runs_ns"]), unsteady=warmed["unsteady"])
            given = warmed.get("frames")
            twins[arm] = twin
            started.append((worker, (twin.started_ns, twin.started_ns + worker.total_ns + sum(worker.warm_ns))))
        frames = given or scenario.frames.get(experiment.model) or _size(conditions, scenario, [w for w, _ in started])
        sized(frames)
        quads = [_quad(twins, experiment, frames, flips) for _ in range(scenario.quads)]
        workers = [(replace(worker, **_told(twins[worker.arm].quit())), ends) for worker, ends in started]
    return workers, quads


def _cold(
    experiment: Experiment,
    arms: Mapping[str, Arm],
    conditions: Conditions,
    flips: random.Random,
    order: Sequence[str],
    sized: SizeBlock,
) -> tuple[list[Started], list[Quad]]:
    del order
    sized(1)
    started: list[Started] = []
    quads = []
    for _ in range(experiment.scenario.quads):
        pattern = _order(flips)
        blocks = []
        for letter in pattern:
            name = experiment.base if letter == "A" else experiment.candidate
            with ExitStack() as stack:
                twin, worker = _start(stack, arms[name], experiment, conditions, flips)
                spent = twin.ask("cpu")["cpu_ns"]
                ends = (twin.started_ns, twin.started_ns + worker.total_ns)
                started.append((replace(worker, **_told(twin.quit())), ends))
            blocks.append(Block(name, *ends, frames=1, runs_ns=(worker.total_ns,), cpu_ns=spent))
        quads.append(Quad(pattern, tuple(blocks)))  # type: ignore[arg-type]  # one of the two, by construction
    return started, quads


def _start(
    stack: ExitStack, arm: Arm, experiment: Experiment, conditions: Conditions, flips: random.Random
) -> tuple[Twin, Worker]:
    hash_seed, padding = flips.randrange(1, 1 << 32), flips.randrange(PADDING + 1)
    twin = stack.enter_context(Twin(arm.launch, hash_seed=hash_seed, padding=padding))
    told = twin.ask(
        "open",
        deadline_s=START_S,
        kind="pipeline" if experiment.scenario.name == "pipeline" else "model",
        model=arm.model,
        provider=conditions.provider,
        threads=conditions.plan.threads,
        batches=list(conditions.batches),
        reference=conditions.reference,
        handicap=dict(arm.handicap),
        **conditions.settings,
    )
    if told["wrong"]:
        raise ArmFailed(twin.arm, f"its output is not the reference's: PSNR {told['psnr']:.1f} dB")
    return twin, Worker(
        arm=twin.arm,
        pid=twin.pid,
        hash_seed=hash_seed,
        padding=padding,
        applied=told["applied"],
        import_ns=told["import_ns"],
        session_ns=told["session_ns"],
        first_ns=told["first_ns"],
        total_ns=told["ready_ns"] - twin.started_ns,
        warm_ns=(),
        unsteady=False,
        output_sha256=told["output_sha256"],
        max_abs=told["max_abs"],
        psnr=told["psnr"],
    )


def _size(conditions: Conditions, scenario: Scenario, workers: Sequence[Worker]) -> int:
    """Return m: enough frames and enough time for the faster arm, in whole turns of the batch sizes."""
    plan, per_turn, runs = conditions.plan, sum(conditions.batches), len(conditions.batches)
    fastest = min(median(worker.warm_ns) for worker in workers) * runs
    turns = max(-(-plan.block_frames // per_turn), int(-(-plan.block_ns // fastest)) if not scenario.period_ns else 1)
    return turns * per_turn


def _order(flips: random.Random) -> str:
    return "ABBA" if flips.random() < 0.5 else "BAAB"


def _quad(twins: Mapping[str, Twin], experiment: Experiment, frames: int, flips: random.Random) -> Quad:
    pattern = _order(flips)
    before = {arm: twin.ask("cpu")["idle_ns"] for arm, twin in twins.items()}
    blocks = []
    for letter in pattern:
        arm = experiment.base if letter == "A" else experiment.candidate
        told = twins[arm].ask("block", frames=frames, period_ns=experiment.scenario.period_ns)
        if told["wrong"]:
            many = len(told["runs_ns"])
            raise ArmFailed(arm, f"{told['wrong']} of {many} outputs in a block are not the reference's")
        told.update({name: tuple(told.get(name, ())) for name in ("runs_ns", "arrivals_ns", "stages")})
        blocks.append(Block(arm=arm, **told))
    idle = {}
    for arm, twin in twins.items():
        others = sum(block.ended_ns - block.began_ns for block in blocks if block.arm != arm)
        idle[arm] = (twin.ask("cpu")["idle_ns"] - before[arm]) / others
    return Quad(pattern, tuple(blocks), idle)  # type: ignore[arg-type]  # one of the two, by construction


def _told(last: Mapping[str, Any]) -> dict[str, Any]:
    return {"peak_rss": last["peak_rss"]}


def _with_memory(worker: Worker, ends: tuple[int, int], seen: Sequence[GpuSample]) -> Worker:
    return replace(worker, peak_vram=gpu.grown(seen, 0, *ends)) if seen else worker


def _judged(quad: Quad, seen: Sequence[GpuSample]) -> Quad:
    blocks = tuple(replace(one, gpu=gpu.block(seen, one.began_ns, one.ended_ns)) for one in quad.blocks)
    return replace(
        quad,
        blocks=blocks,
        energy=gpu.energy(seen, blocks[0].began_ns, blocks[-1].ended_ns),
        void=idle_void(quad) or gpu.void(blocks),
    )


def idle_void(quad: Quad) -> str | None:
    """Return why an idle process makes a quad worthless, or None; its latencies are not looked at."""
    for arm, share in quad.idle_cpu.items():
        if share > IDLE_CPU:
            return f"{arm} took {share:.1%} of a processor while the other was at work"
    return None
