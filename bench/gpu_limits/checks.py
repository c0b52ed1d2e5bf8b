"""From figures to checks: each value beside its budget, and what could not be told said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.gpu_limits.budgets import Budget
from bench.gpu_limits.feeding import Turns
from bench.gpu_limits.job import Job
from bench.gpu_limits.steady import Verdict
from bench.rivals.job import Ran
from heygem_core.bench.metrics import SMALLEST
from heygem_core.text import Text


@dataclass(frozen=True)
class Check:
    """One line of the table; ``passed`` is None where the value could not be had, and ``note`` says why."""

    name: str
    title: Text
    value: float | None
    budget: float
    at_most: bool
    passed: bool | None
    note: str = ""


TITLES = {
    "p50_over_device": Text(
        "one run of the generator over the device's own time, median", "生成器单次运行 / 设备自身耗时（中位数）"
    ),
    "p99_over_p50": Text("99th percentile of the runs over their median", "单次运行的 p99 / p50"),
    "utilization": Text("GPU utilization, generator fed from memory", "GPU 利用率（从内存喂给生成器）"),
    "of_bare": Text("generator over the bare graph back to back, throughput", "生成器吞吐 / 裸图连续重放吞吐"),
    "of_slowest_stage": Text("whole job over its slowest stage, throughput", "整个任务吞吐 / 最慢阶段吞吐"),
    "over_cpu": Text("GPU over all processors of the machine, throughput", "GPU 吞吐 / 本机全部 CPU 吞吐"),
    "over_reported": Text("whole job over the reported topology's, throughput", "整个任务吞吐 / 所报告拓扑的吞吐"),
}
"""By the keys of a `Budget`."""
_AT_MOST = {"p50_over_device", "p99_over_p50"}


def check(name: str, value: float | None, budget: Budget, note: str = "") -> Check:
    """Return the check ``name`` of ``value``."""
    limit: float = getattr(budget, name)
    at_most = name in _AT_MOST
    passed = None if value is None else (value <= limit if at_most else value >= limit)
    return Check(name, TITLES[name], value, limit, at_most, passed, note)


def of_turns(turns: Turns, budget: Budget) -> list[Check]:
    """Return what the generator and the bare graph in turns show."""
    return [
        check("p50_over_device", turns.p50_over_device, budget),
        _tail(turns.runs_s, budget),
        check("of_bare", turns.of_bare, budget),
    ]


def _tail(runs_s: Sequence[float], budget: Budget) -> Check:
    if len(runs_s) < SMALLEST["p99"]:
        return check("p99_over_p50", None, budget, f"{len(runs_s)} runs, a p99 needs {SMALLEST['p99']}")
    p50, p99 = np.percentile(runs_s, [50, 99])
    return check("p99_over_p50", float(p99 / p50), budget)


def of_utilization(share: float | None, verdict: Verdict, budget: Budget) -> Check:
    """Return the check of the utilization; a fallback fails whatever the share."""
    made = check("utilization", share, budget, verdict.said.en)
    return Check(**{**vars(made), "passed": verdict.passed})


def of_job(done: Job, budget: Budget) -> Check:
    """Return how much of its slowest stage's rate a whole job reaches."""
    return check("of_slowest_stage", done.of_slowest_stage, budget, f"slowest: {done.slowest['name']}")


def of_topologies(done: Job, reported: Ran, budget: Budget) -> Check:
    """Return how much faster a whole job is than in the reported topology; unknown where their frames differ."""
    if reported.frames != done.frames:
        return check("over_reported", None, budget, f"{reported.frames} frames there, {done.frames} here")
    fps = reported.frames / reported.wall_s
    return check("over_reported", reported.wall_s / done.wall_s, budget, f"{fps:.2f} frames/s there")
