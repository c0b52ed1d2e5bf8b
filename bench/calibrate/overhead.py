"""What the harness itself costs: an empty frame, and the effect of a live process that does nothing beside the one that
is measured.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from heygem_core.bench import statistic
from heygem_core.bench.schema import Plan
from heygem_core.bench.twin import Launch, Twin

WITHIN = 0.005
"""Of the idle process' effect: the bound of the method, half a per cent."""
REPLICATES = 12
_QUADS = 2
_RUNS = 30
_EMPTY_RUNS = 2000


@dataclass(frozen=True)
class Harness:
    """Two builds of one version, the model that they run, and the options that open one."""

    launches: tuple[Launch, Launch]
    model: Path
    opening: Callable[[Path], dict[str, Any]]
    plan: Plan

    def ready(self, twin: Twin, model: Path) -> None:
        """Have a process load ``model`` and warm it up."""
        twin.ask("open", **self.opening(model))
        twin.ask("warm", least=self.plan.warm_frames, cap=self.plan.warm_cap)


def null_model(path: Path) -> Path:
    """Write a model that returns the number it is given."""
    import onnx
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", 1]) for name in ("given", "returned")]
    graph = helper.make_graph([helper.make_node("Identity", ["given"], ["returned"])], "null", values[:1], values[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def empty_frame(harness: Harness, path: Path) -> dict[str, float]:
    """Return p50 and p99 in µs of a frame that costs nothing, as a worker times it."""
    with Twin(harness.launches[0]) as twin:
        harness.ready(twin, null_model(path))
        runs = twin.ask("block", frames=_EMPTY_RUNS)["runs_ns"]
        twin.quit()
    p50, p99 = (float(value) / 1e3 for value in np.percentile(runs, [50, 99]))
    return {"p50_us": p50, "p99_us": p99, "n": len(runs)}


def idle_twin(harness: Harness, replicates: int = REPLICATES, seed: int = 0) -> dict[str, Any]:
    """Return by which share a model is slower while another process of the same kind lives and waits beside it.

    A replicate is a fresh process; in each quad it is measured twice alone and twice beside a twin, ABBA or BAAB as a
    coin decides. ``within`` says whether the 95 % interval lies within `WITHIN`.
    """
    flips = random.Random(seed)  # noqa: S311 - coins, not keys
    effects = []
    for _ in range(replicates):
        with Twin(harness.launches[0]) as measured:
            harness.ready(measured, harness.model)
            effects.append(median(_quad(harness, measured, flips.random() < 0.5) for _ in range(_QUADS)))
            measured.quit()
    found = statistic.estimate(effects, 0.05)
    within = found.low > -WITHIN and found.high < WITHIN
    return {"effect": found.shift, "ci95": [found.low, found.high], "n": replicates, "within": within}


def _quad(harness: Harness, measured: Twin, alone_first: bool) -> float:
    """Return the logarithm of the time beside a twin over the time alone."""
    order = [alone_first, not alone_first, not alone_first, alone_first]
    times: dict[bool, list[float]] = {True: [], False: []}
    for alone in order:
        times[alone].append(_block(measured) if alone else _beside(harness, measured))
    return float(np.mean(np.log(times[False])) - np.mean(np.log(times[True])))


def _beside(harness: Harness, measured: Twin) -> float:
    with Twin(harness.launches[1]) as idle:
        harness.ready(idle, harness.model)
        return _block(measured)


def _block(twin: Twin) -> float:
    return float(median(twin.ask("block", frames=_RUNS)["runs_ns"]))
