"""A program that runs a pipeline until something ends it; prints the process ids of what must end with it, and copies.

SIGUSR1 makes its own code raise; ``fork`` makes a copy that holds on to all descriptors until its stdin ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import ExitStack

from heygem_core.pipeline import Liveness, Pipeline, Stage
from tests.pipeline.stages import Collect, Double, Numbers


def explode(*_: object) -> None:
    """Fail as the caller's own code might, in the middle of a job."""
    raise LookupError("the caller's own")


def copy() -> int:
    """Fork; the copy ends with its stdin and does nothing until then."""
    pid = os.fork()
    if pid == 0:
        sys.stdin.read()
        os._exit(0)
    return pid


def main(item_s: float, options: set[str]) -> None:
    """Run a job that takes hours; ``item_s`` seconds in each item."""
    signal.signal(signal.SIGUSR1, explode)
    stages: list[Stage] = [Numbers(), Double(), Collect()]
    pipeline = Pipeline(stages, slot_bytes=4096, liveness=Liveness(first_s=10_000.0))
    pipeline.wait_ready()
    with ExitStack() as stack:
        if "unclosed" not in options:
            stack.enter_context(pipeline)
        copies = [copy()] if "fork" in options else []
        print(json.dumps({"workers": pipeline._crew.pids(), "copies": copies}), flush=True)  # noqa: T201 - for the test
        pipeline.run({"frames": 10**9, "item_s": item_s})


if __name__ == "__main__":
    main(float(sys.argv[1]), set(sys.argv[2:]))
