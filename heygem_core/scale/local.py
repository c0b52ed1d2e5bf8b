"""The local engine: a thread per place on this machine, each with a warm pipeline, all taking from one list of jobs."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from heygem_core.errors import JobCancelled, ProviderNotApplied
from heygem_core.scale import acceptance, plan
from heygem_core.scale.engine import Finished, Refused, Started, Tell, strictest
from heygem_core.scale.jobs import Job
from heygem_core.scale.warm import WarmPipeline

_NUDGE_S = 0.05
"""Between two cancels of a job that is to end: one that comes before the job has begun is forgotten."""


@dataclass(frozen=True)
class LocalEngine:
    """Renders into ``folder``; ``pipelines`` is how many at once, None for what `plan.local` finds right."""

    folder: Path
    pipelines: int | None = None

    def work(self, jobs: Sequence[Job], tell: Tell, stop: threading.Event) -> None:
        """See `Engine.work`; raises `ProviderNotApplied` where this machine does not apply what jobs ask for."""
        found = acceptance.examine(strictest(jobs))
        if found.refusal is not None:
            tell(Refused("", found.refusal))
            error = ProviderNotApplied(f"this machine cannot do these jobs: {found.refusal.words().en}")
            error.cause = found.refusal.cause
            raise error
        chosen = plan.local(acceptance.on_gpu(found), len(jobs), self.pipelines)
        tell(Started(len(chosen.places), 1, chosen.reason))
        # Jobs for the same pipeline one after the other: a change of setup costs a start.
        waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in sorted(jobs, key=lambda job: repr(job.setup)):
            waiting.put(job)
        servers = [_Server(WarmPipeline(self.folder, place.variables), place, waiting, tell) for place in chosen.places]
        for server in servers:
            server.start()
        while any(server.is_alive() for server in servers):
            if stop.is_set():
                for server in servers:
                    server.stop()
            for server in servers:
                server.join(_NUDGE_S)


class _Server(threading.Thread):
    """Renders at one place until no job is waiting."""

    def __init__(self, pipeline: WarmPipeline, place: plan.Place, waiting: queue.SimpleQueue[Job], tell: Tell) -> None:
        super().__init__(name=f"batch-{place.name}", daemon=True)
        self._pipeline = pipeline
        self._place = place
        self._waiting = waiting
        self._tell = tell
        self._stopped = False

    def run(self) -> None:
        """Render job after job."""
        with self._pipeline:
            while not self._stopped:
                try:
                    job = self._waiting.get_nowait()
                    record = self._pipeline.render(job)
                except (queue.Empty, JobCancelled):
                    return
                self._tell(Finished(job, {**record, "place": self._place.name, "attempts": 1}))

    def stop(self) -> None:
        """Make the end come soon; to be called until it has."""
        self._stopped = True
        self._pipeline.cancel()
