"""What the engine itself costs: ``python -m bench.engine`` runs null stages, with the trace off and on, as JSON.

``item_us`` is the wall time of an item in a pipeline of three, ``cpu_us`` the processor time of all workers per item
and stage, ``supervisor_share`` the share of a core that the supervising process takes meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.null_stages import Drops, Makes, Passes
from heygem_core.bench import host
from heygem_core.pipeline import Pipeline
from heygem_core.pipeline.evidence import cpu_seconds

SMALL = (1, 64)
FRAMES = (4, 1080 * 1920 * 3)
"""A batch of four 1080p frames: what a transform copies if it changes nothing."""


def measure(pipeline: Pipeline, items: int) -> dict[str, float]:
    """Return the figures of one job."""
    pids = set(pipeline._crew.pids())
    before, mine = sum(map(cpu_seconds, pids)), time.process_time()
    result = pipeline.run({"items": items})
    cpu = sum(map(cpu_seconds, pids)) - before
    return {
        "item_us": 1e6 * result.seconds / items,
        "cpu_us": 1e6 * cpu / items / 3,
        "supervisor_share": (time.process_time() - mine) / result.seconds,
    }


def compare(shape: tuple[int, int], items: int, rounds: int) -> dict[str, Any]:
    """Return medians with the trace off and on, the two in turn, and the median of the ratios of a round."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        traces = {"off": None, "on": folder / "trace.json"}
        pipelines = {
            name: opened.enter_context(
                Pipeline([Makes(*shape), Passes(), Drops()], slot_bytes=shape[0] * shape[1], trace=trace)
            )
            for name, trace in traces.items()
        }
        for pipeline in pipelines.values():
            measure(pipeline, 200)
        told = [{name: measure(pipeline, items) for name, pipeline in pipelines.items()} for _ in range(rounds)]
    figures: dict[str, Any] = {
        name: {key: median(each[name][key] for each in told) for key in told[0][name]} for name in pipelines
    }
    return {**figures, "rate_with_trace": median(each["off"]["item_us"] / each["on"]["item_us"] for each in told)}


def main() -> None:
    """Measure small items and frames."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    told = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "host": asdict(host.facts()),
        "rounds": rounds,
        "small": compare(SMALL, 5000, rounds),
        "frames": compare(FRAMES, 150, rounds),
    }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
