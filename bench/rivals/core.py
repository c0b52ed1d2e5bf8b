"""The job as the project's own pipeline does it, kept warm."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.rivals.job import BATCH, GENERATOR, PROVIDER, Ran, Task
from bench.rivals.runners import Runner


class Core(Runner):
    """`Renderer` with what it chooses by itself."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._opened = ExitStack()
        self._trace: Path | None = None

    def start(self) -> None:
        """Start the workers and wait until all are open."""
        from heygem_core.lipsync.render import Renderer

        self._renderer = self._opened.enter_context(
            Renderer(
                self.task.width,
                self.task.height,
                generator=GENERATOR,
                provider=PROVIDER,
                batch=BATCH,
                trace=self._trace,
            )
        )
        self._renderer._pipeline.wait_ready()

    def run(self) -> Ran:
        """Run the job."""
        began = time.perf_counter()
        result = self._renderer.render(self.task.video, self.task.video, self.task.output, overwrite=True)
        wall_s = time.perf_counter() - began
        self.busy = {stage.name: stage.busy_s for stage in result.stages}
        beyond_s = None
        if self._trace is not None:
            events = json.loads(self._trace.read_text(encoding="utf-8"))["traceEvents"]
            beyond_s = result.warmup_s - own_time(events, list(self.busy))
        return Ran(result.warmup_s + wall_s - result.wall_s, wall_s, result.frames_out, beyond_s)

    def close(self) -> None:
        """End the workers."""
        self._opened.close()


class Traced(Core):
    """The same with its trace on, which tells what the first batch waited for."""

    def start(self) -> None:
        """Start the workers."""
        self._trace = Path(self._opened.enter_context(tempfile.TemporaryDirectory())) / "trace.json"
        super().start()


def own_time(events: Sequence[Mapping[str, Any]], names: Sequence[str]) -> float:
    """Return the seconds from the job's submission to its first batch's end if nothing but the stages took time.

    Each stage begins with the first batch once it has started and the stage before is done with it.
    """
    done = 0.0
    for index, _ in enumerate(names):
        spans = [event for event in events if event["ph"] == "X" and event["tid"] == index]
        start = sum(span["dur"] for span in spans if span["name"] == "starting")
        work = next(span["dur"] for span in spans if span["name"] == "working")
        done = max(done, start) + work
    return done / 1e6
