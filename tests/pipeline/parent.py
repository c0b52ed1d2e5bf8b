"""A program that runs a pipeline until something ends it; prints the workers' process ids first."""

from __future__ import annotations

import json
import sys

from heygem_core.pipeline import Liveness, Pipeline
from tests.pipeline.stages import Collect, Double, Numbers


def main(item_s: float) -> None:
    """Run a job that takes hours; ``item_s`` seconds in each item."""
    liveness = Liveness(first_s=10_000.0)
    with Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096, liveness=liveness) as pipeline:
        pipeline.wait_ready()
        print(json.dumps(pipeline._crew.pids()), flush=True)  # noqa: T201 - the test reads it
        pipeline.run({"frames": 10**9, "item_s": item_s})


if __name__ == "__main__":
    main(float(sys.argv[1]))
