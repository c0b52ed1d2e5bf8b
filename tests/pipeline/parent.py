"""A program that runs a pipeline until something ends it; prints the process ids of what must end with it, and copies.

SIGUSR1 makes its own code raise; ``fork`` makes a copy that holds on to all descriptors until its stdin ends. A stage
has started a process of its own, which knows nothing of any of this.
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
    stages: list[Stage] = [Numbers(), Double(moment="open", manner="leave-child"), Collect()]
    pipeline = Pipeline(stages, slot_bytes=4096, liveness=Liveness(first_s=10_000.0))
    pipeline.wait_ready()
    with ExitStack() as stack:
        if "unclosed" not in options:
            stack.enter_context(pipeline)
        copies = [copy()] if "fork" in options else []
        below = [int(pipeline._crew.logs.tail("double")[0].split()[-1]), pipeline._crew._guardian._process.pid]
        told = {"workers": pipeline._crew.pids(), "below": below, "copies": copies}
        print(json.dumps(told), flush=True)  # noqa: T201 - the test reads it
        pipeline.run({"frames": 10**9, "item_s": item_s})


if __name__ == "__main__":
    main(float(sys.argv[1]), set(sys.argv[2:]))
