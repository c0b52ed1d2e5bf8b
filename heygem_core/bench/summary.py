"""What each arm did in a scenario, in units that people know; descriptive, nothing is decided on these figures.

All of an arm's figures are of the replicates in which it was the candidate; the base's are of all replicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from heygem_core.bench import metrics
from heygem_core.bench.compare import Measured
from heygem_core.bench.schema import Block, Gpu, Replicate, Worker


@dataclass(frozen=True)
class Quantile:
    """A latency quantile in milliseconds and its one-sided 99 % upper bound, None where n cannot give one."""

    ms: float
    bound_ms: float | None


@dataclass(frozen=True)
class Summary:
    """One arm in one scenario with one model.

    ``quantiles`` holds those that ``latencies`` are enough for. Shares are in 0..1, ``cpu`` is in processors,
    ``cold_ms`` are the medians of total, import, session and first; ``psnr`` is the smallest, None for equal outputs.
    """

    model: str
    scenario: str
    arm: str
    replicates: int
    latencies: int
    quantiles: dict[str, Quantile]
    fps: float
    missed: float | None
    cpu: float
    peak_rss: float | None
    peak_vram: float | None
    gpu_utilization: float | None
    gpu_power: float | None
    joules_per_frame: float | None
    cold_ms: dict[str, float] = field(default_factory=dict)
    max_abs: float = 0.0
    psnr: float | None = None
    outputs: int = 1
    """How many different outputs its processes gave; more than one is not wrong, but not repeatable either."""
    unsteady: int = 0


def summarise(measured: Measured) -> list[Summary]:
    """Return a summary for each arm of each scenario and model that was measured."""
    found = []
    for model in measured.run.models:
        for scenario in measured.run.scenarios:
            those = [
                one
                for (name, kind, _, session), group in measured.replicates.items()
                if (name, kind, session) == (model.name, scenario.name, 1)
                for one in group
            ]
            arms = dict.fromkeys(arm for one in those for arm in (one.base, one.candidate))
            found += [_summary(model.name, scenario.name, arm, those) for arm in arms]
    return found


def _summary(model: str, scenario: str, arm: str, those: Sequence[Replicate]) -> Summary:
    mine = [one for one in those if arm in {one.base, one.candidate}]
    blocks = [
        block for one in mine for quad in one.quads if quad.void is None for block in quad.blocks if block.arm == arm
    ]
    workers = [worker for one in mine for worker in one.workers if worker.arm == arm]
    latencies = [took for block in blocks for took in block.runs_ns]
    missed = [block.missed for block in blocks if block.missed is not None]
    names = ["p50", *(name for name, least in metrics.SMALLEST.items() if len(latencies) >= least)]
    return Summary(
        model=model,
        scenario=scenario,
        arm=arm,
        replicates=len(mine),
        latencies=len(latencies),
        quantiles={name: _quantile(latencies, name) for name in names if latencies},
        fps=median(block.frames / sum(block.runs_ns) * 1e9 for block in blocks) if blocks else 0.0,
        missed=sum(missed) / len(latencies) if missed else None,
        cpu=median(block.cpu_ns / (block.ended_ns - block.began_ns) for block in blocks) if blocks else 0.0,
        peak_rss=_median(worker.peak_rss for worker in workers),
        peak_vram=_median(worker.peak_vram for worker in workers),
        gpu_utilization=_gpu(blocks, lambda gpu: gpu.utilization),
        gpu_power=_gpu(blocks, lambda gpu: gpu.power),
        joules_per_frame=_median(metrics.BLOCKS["joules"](block) for block in blocks),
        cold_ms={name: median(_times(workers, name)) / 1e6 for name in ("total", "import", "session", "first")},
        max_abs=max(worker.max_abs for worker in workers),
        psnr=min((worker.psnr for worker in workers if worker.psnr is not None), default=None),
        outputs=len({worker.output_sha256 for worker in workers}),
        unsteady=sum(worker.unsteady for worker in workers),
    )


def _quantile(latencies: Sequence[int], name: str) -> Quantile:
    bound = metrics.upper_bound(latencies, name)
    return Quantile(metrics.quantile(latencies, name) / 1e6, None if bound is None else bound / 1e6)


def _times(workers: Sequence[Worker], name: str) -> list[float]:
    return [value for value in map(metrics.WORKERS[name], workers) if value is not None]


def _median(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return median(there) if there else None


def _gpu(blocks: Sequence[Block], read: Callable[[Gpu], float | None]) -> float | None:
    values = [read(block.gpu) for block in blocks if block.gpu is not None]
    there = [value for value in values if value is not None]
    return fmean(there) if there else None
