"""The engine on Ray: a job at a time for each place, and once more for those whose place was lost.

Ray keeps the nodes, the actors and their resources, and says what is lost; this process says which job comes next,
since it alone writes results, and a job is done when its record is on disk.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygem_core import __version__
from heygem_core.errors import Cause, ClusterUnavailable, HeygemError, ProviderNotApplied
from heygem_core.scale import ray_places
from heygem_core.scale.acceptance import Acceptance, Refusal
from heygem_core.scale.engine import Finished, Lost, Refused, Started, Tell, lost_for_good, strictest
from heygem_core.scale.jobs import Job
from heygem_core.scale.plan import CORES
from heygem_core.scale.ray_cluster import connected
from heygem_core.scale.ray_node import Worker
from heygem_core.scale.ray_places import Node, Place
from heygem_core.scale.warm import failed, header
from heygem_core.text import Text

ATTEMPTS = 4
"""How often a job is begun whose place is lost in the middle; one that always takes its place along ends here."""
_TRIES = 3
"""How many actors in a row may be lost on a living node without a job to blame for it."""
_WAIT_S = 0.5
"""How long Ray is waited for before the word to stop is looked for."""
_LOOK_S = 5.0
"""Between two looks at the list of nodes: one that has joined is examined and takes part."""
_CLOSE_S = 5.0
_REASON = Text(
    "{pipelines}: one per GPU, or per {cores} cores of a node without one",
    "{pipelines}：每块 GPU 一条，无 GPU 的节点每 {cores} 个核一条",
)


@dataclass(frozen=True)
class RayEngine:
    """Renders into ``folder``, which every node must see under this path, on the cluster at ``address``.

    Without an address a cluster of this machine alone is started and ended. ``pipelines`` is how many a node gets.
    """

    folder: Path
    address: str | None = None
    pipelines: int | None = None
    worker: type[Worker] = Worker
    """What an actor is; a measurement of the engine alone puts one here that renders nothing."""

    def work(self, jobs: Sequence[Job], tell: Tell, stop: threading.Event) -> None:
        """See `Engine.work`.

        Raises `MissingPackage`, `ClusterUnavailable`, and `ProviderNotApplied` where no node applies what is asked for.
        """
        with connected(self.address) as ray:
            driver = _Driver(ray, str(self.folder.absolute()), jobs, tell, self)
            try:
                driver.run(stop)
            finally:
                driver.close(0.0 if stop.is_set() else _CLOSE_S)


class _Driver:
    def __init__(self, ray: Any, folder: str, jobs: Sequence[Job], tell: Tell, engine: RayEngine) -> None:
        self._ray = ray
        self._folder = folder
        self._tell = tell
        self._engine = engine
        self._provider = strictest(jobs)
        # Jobs for the same pipeline one after the other: a change of setup costs a start.
        self._left = deque(sorted(jobs, key=lambda job: repr(job.setup)))
        self._begun: Counter[int] = Counter()
        self._known: set[str] = set()
        self._busy: dict[Any, tuple[Place, Job | None]] = {}
        """What is waited for: an admission where there is no job."""
        self._idle: list[Place] = []
        self._refused: dict[str, Refused] = {}
        self._announced = 0
        self._look_due = 0.0

    def run(self, stop: threading.Event) -> None:
        """Hand out jobs until each has ended or ``stop`` is set."""
        while (self._left or self._places(working=True)) and not stop.is_set():
            if time.monotonic() >= self._look_due:
                self._look_due = time.monotonic() + _LOOK_S
                self._recruit()
            if not self._busy and not self._idle:
                raise self._nobody()
            self._hand_out()
            ready, _ = self._ray.wait(list(self._busy), num_returns=1, timeout=_WAIT_S)
            for reference in ready:
                self._ended(reference)
            self._announce()

    def close(self, patience_s: float) -> None:
        """End every actor, in order if there is time; what Ray does not hear in time ends with the connection."""
        actors = [place.actor for place in (*self._idle, *(place for place, _ in self._busy.values()))]
        if patience_s and actors:
            closing = [place.actor.close.remote() for place in self._idle]
            if closing:
                self._ray.wait(closing, num_returns=len(closing), timeout=patience_s)
        for actor in actors:
            self._end(actor)

    def _recruit(self) -> None:
        for node in ray_places.alive(self._ray).values():
            if node.id not in self._known:
                self._known.add(node.id)
                part = ray_places.share(node, self._provider != "cpu", self._engine.pipelines)
                for _ in range(min(part.count, len(self._left))):
                    self._start(node, part, 1)

    def _start(self, node: Node, part: ray_places.Share, tries: int) -> None:
        actor = ray_places.start(self._ray, node, part, self._engine.worker, self._folder)
        self._busy[actor.admit.remote(self._provider, __version__)] = (Place(node, part, actor, tries), None)

    def _hand_out(self) -> None:
        while self._left and self._idle:
            place, job = self._idle.pop(), self._left.popleft()
            self._begun[job.line] += 1
            self._busy[place.actor.render.remote(job)] = (place, job)

    def _ended(self, reference: Any) -> None:
        place, job = self._busy.pop(reference)
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            # Our own code raised there, which it would do again.
            self._raised(place, job, error)
        except self._ray.exceptions.RayError as error:
            self._gone(place, job, error)
        else:
            if job is None:
                self._admitted(place, answer)
            else:
                self._finished(place, job, answer)

    def _admitted(self, place: Place, found: Acceptance) -> None:
        if found.refusal is None:
            self._idle.append(place)
        else:
            self._refuse(place, found.refusal)

    def _finished(self, place: Place, job: Job, record: dict[str, Any]) -> None:
        self._idle.append(place)
        self._tell(Finished(job, {**record, "place": place.node.name, "attempts": self._begun[job.line]}))

    def _raised(self, place: Place, job: Job | None, error: BaseException) -> None:
        words = str(error).strip().splitlines()[-1]
        if job is None:
            self._refuse(place, Refusal(Cause.OTHER, Text(words, words)))
        else:
            self._finished(place, job, {**header(job), **failed(HeygemError(words))})

    def _gone(self, place: Place, job: Job | None, error: BaseException) -> None:
        self._end(place.actor)
        if job is not None:
            self._again(place, job)
        if place.node.id not in ray_places.alive(self._ray):
            return
        # With a job in it the loss counts against the job, and a bad job must not cost the others their place.
        tries = 1 if job is not None else place.tries + 1
        if tries <= _TRIES:
            self._start(place.node, place.share, tries)
        else:
            words = f"{place.tries} actors were lost there: {' '.join(str(error).split())[:300]}"
            self._refuse(place, Refusal(Cause.WORKER_DIED, Text(words, words)))

    def _again(self, place: Place, job: Job) -> None:
        begun = self._begun[job.line]
        if begun >= ATTEMPTS:
            told = {**header(job), **lost_for_good(begun), "place": place.node.name, "attempts": begun}
            self._tell(Finished(job, told))
        else:
            self._tell(Lost(place.node.name, job, begun))
            # Last: whatever it does to its place, the others have been there by then.
            self._left.append(job)

    def _refuse(self, place: Place, refusal: Refusal) -> None:
        """Say of a node once why it gets no work; of its GPUs, each is examined by itself."""
        self._end(place.actor)
        if place.node.id not in self._refused:
            self._refused[place.node.id] = Refused(place.node.name, refusal)
            self._tell(self._refused[place.node.id])

    def _end(self, actor: Any) -> None:
        with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(actor)

    def _places(self, *, working: bool) -> list[Place]:
        """Return the places with a job, or with ``working`` False all that have been admitted."""
        found = [place for place, job in self._busy.values() if job is not None]
        return found if working else [*found, *self._idle]

    def _announce(self) -> None:
        """Say how many places there are whenever that is more than before and no examination is under way."""
        admitted = self._places(working=False)
        examining = any(job is None for _, job in self._busy.values())
        if len(admitted) > self._announced and not examining:
            self._announced = len(admitted)
            words = (f"{len(admitted)} pipeline{'s' * (len(admitted) > 1)}", f"{len(admitted)} 条流水线")
            reason = Text(
                _REASON.en.format(pipelines=words[0], cores=CORES),
                _REASON.zh.format(pipelines=words[1], cores=CORES),
            )
            self._tell(Started(len(admitted), len({place.node.id for place in admitted}), reason))

    def _nobody(self) -> HeygemError:
        """Return the error for a cluster without any place left."""
        if self._announced or not self._refused:
            return ClusterUnavailable(
                f"no node of the Ray cluster is left to work on, {len(self._left)} jobs are not done; "
                "the same command goes on with them"
            )
        told = "; ".join(f"{one.node}: {one.refusal.words().en}" for one in self._refused.values())
        error = ProviderNotApplied(f"no node of the Ray cluster can do these jobs: {told}")
        error.cause = next(iter(self._refused.values())).refusal.cause
        return error
