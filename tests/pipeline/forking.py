"""A program whose pipeline is warm, or runs a job, while it forks copies of itself; prints what came of all of them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from heygem_core.errors import PipelineBroken
from heygem_core.pipeline import Pipeline, Stage
from tests.pipeline.stages import Collect, Double, Numbers


def pipeline_of() -> Pipeline:
    """Return a pipeline."""
    stages: list[Stage] = [Numbers(), Double(), Collect()]
    return Pipeline(stages, slot_bytes=4096)


def disturb(pipeline: Pipeline) -> NoReturn:
    """Call whatever could reach the workers; each must refuse or do nothing."""
    pipeline.cancel()
    for call in (pipeline.wait_ready, lambda: pipeline.run({"frames": 1})):
        try:
            call()
        except PipelineBroken:
            continue
        os._exit(1)
    pipeline.close()
    pipeline.statistics()
    os._exit(8)


def own(_: Pipeline) -> None:
    """Run a job on a pipeline of this process's own."""
    with pipeline_of() as another:
        os._exit(another.run({"frames": 5}).frames)


def leave(_: Pipeline) -> None:
    """End as a program does: out of the ``with`` block."""
    sys.exit(7)


def fail(_: Pipeline) -> None:
    """End by an exception, out of the ``with`` block."""
    raise LookupError


COPIES: dict[str, Callable[[Pipeline], object]] = {
    "leave": leave,
    "fail": fail,
    "disturb": disturb,
    "own": own,
    # It goes on where its parent does, with the same pipeline.
    "go on": lambda _: None,
}


def main(moment: str) -> None:
    """Fork every copy at ``moment``, "warm" or "job"."""
    copies: dict[int, str] = {}

    def fork(_: object = None) -> None:
        for name, end in COPIES.items() if not copies else ():
            pid = os.fork()
            if pid == 0:
                sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as long as the copy
                end(pipeline)
                return
            copies[pid] = name

    with pipeline_of() as pipeline:
        before = pipeline.run({"frames": 2})
        if moment == "warm":
            fork()
        result = pipeline.run({"frames": 100, "item_s": 0.01}, on_event=fork)
        ended = {name: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, name in copies.items()}
        after = pipeline.run({"frames": 2})
    told = {
        "seen": result.summaries["collect"]["seen"],
        "restarts": after.statistics.restarts,
        "same": before.summaries["collect"]["pid"] == after.summaries["collect"]["pid"],
        "ended": ended,
    }
    print(json.dumps(told), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(sys.argv[1])
