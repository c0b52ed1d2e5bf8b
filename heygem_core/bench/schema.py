"""What a run leaves in its folder, as frozen dataclasses; the report and every later comparison read only these.

::

    DIR/run.json            one `Run`: the plan, the host, the environments, the models, the scenarios; written at the
                            start and again (in one step) when an environment, a failure or the end is known
    DIR/replicates.jsonl    one `Replicate` per line, appended and synced as each is measured; replicates.jsonl.gz
                            in its place where a finished run is kept
    DIR/comparisons.json    list of `schema_comparison.Comparison`: the verdicts, which follow from the two above
    DIR/references/NAME.npz the outputs that every arm's outputs were held against: arrays "0", "1", …
    DIR/traces/MODEL.ARM.json  Chrome trace of one job of the whole pipeline, where that scenario was run

An *arm* is one built environment: "1.20.2"; "1.20.2-rebuilt" is the independent second build of the same version.
An *experiment* is model × scenario × (base arm, candidate arm); its *replicates* are pairs of fresh processes;
a replicate has *quads* of four *blocks* in the order ABBA or BAAB, where A is the base arm. The control of an
experiment is the same with the base's own second build as candidate.

Times ``…_ns`` are ``time.perf_counter_ns()``, CLOCK_MONOTONIC, comparable between processes of one boot. Memory is in
bytes, clocks in MHz, power in watts, energy in joules, shares in 0..1. None always means "not measured";
``unavailable`` of the `Run` says why, by name of the field. `heygem_core.bench.folder` reads and writes the files;
in JSON each object is its fields, and `heygem_core.bench.from_json` leads back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = 1
"""Number of this layout; a folder with another one is refused."""


@dataclass(frozen=True)
class Model:
    """A model that was measured; ``name`` is puppet, dinet, dinet-small or the file's name without its suffix.

    ``batch`` is the batch size that it was exported with, None where it is free.
    """

    name: str
    path: str
    sha256: str
    size: int
    batch: int | None = None


@dataclass(frozen=True)
class Scenario:
    """How frames were asked for.

    ``metric`` is the one that gates, the others are advisory; ``margin`` its equivalence margin. ``batches`` are the
    sizes of successive runs, in turn; ``period_ns`` the time between two scheduled arrivals, None for back to back.
    ``frames`` is the size m of a block for each model, by its name, once it is known. ``quads`` are per replicate.
    """

    name: str
    metric: str
    margin: float
    batches: tuple[int, ...]
    period_ns: int | None = None
    quads: int = 4
    frames: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What was decided before the first measurement.

    ``alphas[k]`` is what may go wrong at look k, which is taken after ``looks[k]`` replicates.
    """

    looks: tuple[int, ...] = (12, 24, 48)
    alphas: tuple[float, ...] = (0.005, 0.01, 0.035)
    control: int = 12
    """Replicates of A against its own second build."""
    block_frames: int = 20
    block_ns: int = 100_000_000
    """A block has at least so many frames and takes at least so long; ``seed`` is that of all coin flips."""
    warm_frames: int = 30
    warm_cap: int = 300
    """Warm-up ends at the latest after so many frames, and the process is then marked unsteady."""
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Environment:
    """One arm, as it was built and as it answered.

    ``package`` is onnxruntime-gpu or onnxruntime; ``build`` 1, or 2 for the independent second one; ``providers`` what
    it could use, which is no proof that it did; ``cuda`` the CUDA libraries that its provider library needs, and where
    each was found, "" for nowhere; ``variables`` what its processes get beside our own; ``nodes`` how many nodes of
    each model each provider ran, by "MODEL PROVIDER".
    """

    arm: str
    package: str
    version: str
    build: int
    path: str
    python: str
    python_version: str
    wheel_sha256: str
    freeze: tuple[str, ...]
    build_info: str
    providers: tuple[str, ...]
    cuda: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Host:
    """The facts that figures depend on; two runs compare only if all but ``boot``, ``git`` and ``load`` are equal.

    ``boot`` is the kernel's id of this boot; ``git`` the commit and "+dirty", or the package's version outside a
    checkout; ``load`` the load averages when the run began.
    """

    cpu: str
    cores: int
    memory: int
    kernel: str
    system: str
    governor: str | None
    gpus: tuple[str, ...]
    driver: str | None
    boot: str
    git: str
    load: tuple[float, ...]


@dataclass(frozen=True)
class Failure:
    """An arm that gave no result: a failure, never a slow result. ``cause`` is spelled as everywhere else."""

    arm: str
    model: str | None
    scenario: str | None
    cause: str
    detail: str


@dataclass(frozen=True)
class Run:
    """One run; every candidate is compared with ``base``, the pinned reference.

    ``began`` and ``ended`` are UTC, ISO 8601; ``ended`` is None until the end: the same command again goes on.
    """

    id: str
    began: str
    ended: str | None
    provider: Literal["cpu", "cuda"]
    base: str
    candidates: tuple[str, ...]
    plan: Plan
    host: Host
    models: tuple[Model, ...]
    scenarios: tuple[Scenario, ...]
    environments: tuple[Environment, ...]
    failures: tuple[Failure, ...] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)
    schema: int = SCHEMA


@dataclass(frozen=True)
class Gpu:
    """What the GPU did during one block, averaged over its samples; None where the device does not tell."""

    utilization: float | None
    sm_clock: float | None
    power: float | None
    memory: int | None
    throttle: int | None
    """Union of the samples' reason bits, idle (1) left out."""


@dataclass(frozen=True)
class Block:
    """m frames of one arm.

    ``runs_ns`` has one latency per run of the model: from its start, or under a schedule from its scheduled arrival,
    to its result. ``arrivals_ns`` are those arrivals, counted from ``began_ns``; empty when back to back.
    ``cpu_ns`` is the processor time of the whole process (all threads) within the block. ``wrong`` counts runs whose
    output was not the reference's; ``missed`` those that ended after the next arrival, None without a schedule.
    ``stages`` are the pipeline's own statistics, in the scenario ``pipeline``.
    """

    arm: str
    began_ns: int
    ended_ns: int
    frames: int
    runs_ns: tuple[int, ...]
    cpu_ns: int
    wrong: int = 0
    missed: int | None = None
    arrivals_ns: tuple[int, ...] = ()
    gpu: Gpu | None = None
    stages: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Quad:
    """Four blocks; ``void`` is None or the reason, which never looks at latencies.

    ``idle_cpu`` is, by arm, its processor time while the other was at work, as a share of the other's blocks.
    ``energy`` is what the board's counter says of the whole quad, both arms.
    """

    order: Literal["ABBA", "BAAB"]
    blocks: tuple[Block, ...]
    idle_cpu: Mapping[str, float] = field(default_factory=dict)
    energy: float | None = None
    void: str | None = None


@dataclass(frozen=True)
class Worker:
    """One process of a replicate; ``max_abs`` and ``psnr`` (dB, None if equal): its first output off the reference."""

    arm: str
    pid: int
    hash_seed: int
    padding: int
    applied: str
    import_ns: int
    session_ns: int
    first_ns: int
    total_ns: int
    """From just before the process was made until its first result."""
    warm_ns: tuple[int, ...]
    unsteady: bool
    output_sha256: str
    max_abs: float
    psnr: float | None
    peak_rss: int | None = None
    peak_vram: int | None = None


@dataclass(frozen=True)
class Replicate:
    """A fresh pair of processes, ``first`` started first; in cold-start there is one per block, in their order."""

    model: str
    scenario: str
    base: str
    candidate: str
    session: int
    """1, or 2 for the confirmation of a regression by rebuilt environments and fresh processes."""
    index: int
    control: bool
    first: str
    workers: tuple[Worker, ...]
    quads: tuple[Quad, ...]
    began: str
