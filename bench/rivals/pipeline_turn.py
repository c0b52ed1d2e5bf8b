"""One runner's turn, in a process of its environment: the job twice, cold and warm, printed as one line of JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.rivals.job import Task
from bench.rivals.processor import PeakMemory, Processor
from bench.rivals.runners import Runner

RUNNERS = {
    "core": "core:Core",
    "core-traced": "core:Traced",
    "reported": "reported:Reported",
    "loop": "runners:Loop",
    "threads": "runners:Threads",
    "side-by-side": "beside:SideBySide",
    "dataloader": "runners:DataLoader",
    "ray-data": "runners:RayData",
    "core-transcode": "ffmpeg:Transcode",
    "ffmpeg": "ffmpeg:FFmpeg",
}


def runner(name: str, task: Task) -> Runner:
    """Return a runner; only its own module is loaded."""
    module, _, kind = RUNNERS[name].partition(":")
    make: Callable[[Task], Runner] = getattr(import_module(f"bench.rivals.{module}"), kind)
    return make(task)


def turn(name: str, task: Task) -> dict[str, Any]:
    """Return what the runner did: its start, a first job with its memory, a second one with its times."""
    running = runner(name, task)
    began = time.perf_counter()
    running.start()
    told: dict[str, Any] = {
        "peer": name,
        "open_s": time.perf_counter() - began,
        "ready_s": _age(),
        "jobs": running.jobs,
    }
    try:
        with PeakMemory() as memory:
            cold = running.run()
        told |= {"peak_mib": memory.mib, "cold": cold.as_json(task.output)}
        with Processor(sampled=running.forgets) as processor:
            warm = running.run()
        told |= {"cpu_s": processor.seconds, "warm": warm.as_json(task.output), "busy_s": running.busy}
    finally:
        running.close()
    return told


def _age() -> float:
    """Return the seconds since this process was started: the interpreter and the imports count."""
    import psutil

    return time.time() - float(psutil.Process(os.getpid()).create_time())


def main() -> None:
    """Take the turn that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer")
    parser.add_argument("--video", required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "out.mp4")
        told = turn(asked.peer, Task(asked.video, output, asked.width, asked.height))
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
