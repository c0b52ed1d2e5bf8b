"""A program that runs healthy jobs of every pace on one pipeline after the other, and prints what it was told of them.

``python -m tests.pipeline.healthy SEED FLOOR_S JOBS COLD_START_S...``: so many jobs on a pipeline for each cold start.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any

from heygem_core.errors import HeygemError
from heygem_core.pipeline import Liveness, Pipeline, Stage
from tests.pipeline.stages import Collect, Double, Numbers


def job_of(draw: random.Random, floor_s: float) -> dict[str, Any]:
    """Return a job with frames at some pace, and here and there a single item that takes most of the floor."""
    slow = {draw.randint(0, 15): draw.choice([0.0, 0.3, 0.7]) * floor_s}
    return {"frames": draw.randint(0, 30), "item_s": draw.choice([0.0, 0.001, 0.02]), "slow_items": slow}


def main(seed: int, floor_s: float, jobs: int, *cold_starts_s: float) -> None:
    """Run the jobs; print ``{"jobs", "alarms", "ahead_s"}``, the clock as seen here and in the worker."""
    draw = random.Random(seed)
    done, alarms, ahead_s = 0, [], []
    print("started", flush=True)  # noqa: T201 - the test reads it
    for open_s in cold_starts_s:
        stages: list[Stage] = [Numbers(), Double(open_s=open_s), Collect()]
        with Pipeline(stages, slot_bytes=4096, liveness=Liveness(floor_s), max_restarts=1000) as pipeline:
            for _ in range(jobs):
                job = job_of(draw, floor_s)
                done += 1
                try:
                    result = pipeline.run(job)
                    assert result.frames == job["frames"]
                except (HeygemError, AssertionError) as error:
                    alarms.append(f"{error} {getattr(error, 'evidence', '')}")
                else:
                    ahead_s += [time.time() - time.monotonic(), result.summaries["double"]["ahead_s"]]
    print(json.dumps({"jobs": done, "alarms": alarms, "ahead_s": ahead_s}), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:]))
