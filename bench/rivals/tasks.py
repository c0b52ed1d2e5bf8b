"""Peers that move frames as arguments and results of tasks: loky, joblib, Ray; and memcpy as the limit of all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Self

from bench.peers import PLACES, aligned_places, copy, look_at
from bench.rivals.chain import Batches, Relays, check
from bench.rivals.links import LINKS, Link, mark


class NotOffered(Exception):
    """The peer has no such thing; the message says why."""


def marked(batch: Any) -> Any:
    """Return the batch changed; a task, so its argument is its own."""
    changed = batch if batch.flags.writeable else batch.copy()
    mark(changed)
    return changed


def arrived(sent: int) -> int:
    """Return the nanoseconds since ``sent``, on the monotonic clock."""
    return time.monotonic_ns() - sent


class _Tasks:
    """Base of the task peers: what a chain must give, worked out in the driver."""

    def __init__(self, sources: Batches) -> None:
        self._sources = sources

    def carry(self, case: str, hops: int, count: int) -> float:
        """Send the batch ``case``; see `Chain`."""
        batch = self._sources[case]
        began = time.perf_counter()
        seen = sum(self._seen(batch, hops, count))
        took = time.perf_counter() - began
        check(seen, count * Link(batch).expected(batch, hops - 1))
        return took

    def _seen(self, batch: Any, hops: int, count: int) -> Iterator[int]:
        raise NotImplementedError


class Loky(_Tasks):
    """loky's executors with one process each: a frame goes out as an argument and comes back as a result.

    Three hops are out, back and out again.
    """

    def __enter__(self) -> Self:
        """Start both processes."""
        from loky import ProcessPoolExecutor

        self._first, self._second = ProcessPoolExecutor(1), ProcessPoolExecutor(1)
        for executor in (self._first, self._second):
            executor.submit(arrived, 0).result()
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        for executor in (self._first, self._second):
            executor.shutdown(wait=True)

    def _seen(self, batch: Any, hops: int, count: int) -> Iterator[int]:
        if hops == 1:
            yield from _in_order(self._first.submit(look_at, batch) for _ in range(count))
            return
        back = _in_order(self._first.submit(marked, batch) for _ in range(count))
        yield from _in_order(self._second.submit(look_at, marked(changed)) for changed in back)

    def latencies(self, count: int, pause_s: float) -> list[int]:
        """Send small messages; see `Chain`."""
        waits = []
        for _ in range(count):
            time.sleep(pause_s)
            waits.append(self._first.submit(arrived, time.monotonic_ns()).result())
        return waits


def _in_order(futures: Iterator[Any]) -> Iterator[Any]:
    """Yield results in order, with as many tasks under way as a queue has places."""
    pending: deque[Any] = deque()
    for future in futures:
        pending.append(future)
        if len(pending) == PLACES:
            yield pending.popleft().result()
    for future in pending:
        yield future.result()


class Joblib(_Tasks):
    """joblib.Parallel with results as a generator; it hands large arrays to its processes as memory maps."""

    def __enter__(self) -> Self:
        """Start the processes."""
        from joblib import Parallel, delayed

        self._parallel = Parallel(n_jobs=2, return_as="generator", pre_dispatch=PLACES, batch_size=1)
        self._delayed = delayed
        list(self._parallel(delayed(arrived)(0) for _ in range(4)))
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)

    def _seen(self, batch: Any, hops: int, count: int) -> Iterator[int]:
        if hops > 1:
            raise NotOffered("hands tasks out and takes results back, nothing goes from one process to the next")
        # A view each: the very same array would be written once and then only referred to.
        yield from self._parallel(self._delayed(look_at)(batch[:]) for _ in range(count))

    def latencies(self, count: int, pause_s: float) -> list[int]:  # noqa: ARG002 - it has none
        """Refuse: tasks are dispatched by the batch."""
        raise NotOffered("dispatches batches of tasks, not messages")


class Ray(_Tasks):
    """Ray actors, one a stage; batches are put into the object store and their references chained."""

    def __enter__(self) -> Self:
        """Start a local cluster and the actors."""
        import ray

        ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, object_store_memory=3 << 30)

        class Actor:
            def mark(self, batch: Any) -> Any:
                return marked(batch)

            def look(self, batch: Any) -> int:
                return look_at(batch)

            def arrived(self, sent: int) -> int:
                return arrived(sent)

        self._ray = ray
        self._actors = [ray.remote(Actor).remote() for _ in range(3)]
        ray.get([actor.arrived.remote(0) for actor in self._actors])
        return self

    def __exit__(self, *_: object) -> None:
        """End the cluster."""
        self._ray.shutdown()

    def _seen(self, batch: Any, hops: int, count: int) -> Iterator[int]:
        pending: deque[Any] = deque()
        for _ in range(count):
            reference = self._ray.put(batch)
            for actor in self._actors[: hops - 1]:
                reference = actor.mark.remote(reference)
            pending.append(self._actors[hops - 1].look.remote(reference))
            if len(pending) == PLACES:
                yield self._ray.get(pending.popleft())
        for reference in pending:
            yield self._ray.get(reference)

    def latencies(self, count: int, pause_s: float) -> list[int]:
        """Send small messages; see `Chain`."""
        waits = []
        for _ in range(count):
            time.sleep(pause_s)
            waits.append(self._ray.get(self._actors[0].arrived.remote(time.monotonic_ns())))
        return waits


class Memcpy(_Tasks):
    """One copy of each frame within one process: what no carrier with a copy can exceed."""

    def __init__(self, sources: Batches) -> None:
        super().__init__(sources)
        self._places = {case: aligned_places(batch) for case, batch in sources.items()}

    def __enter__(self) -> Self:
        """Nothing is to be started."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be ended."""

    def carry(self, case: str, hops: int, count: int) -> float:
        """Copy the batch ``case``."""
        if hops > 1:
            raise NotOffered("is measured in one process")
        return copy(self._sources[case], self._places[case], count)

    def latencies(self, count: int, pause_s: float) -> list[int]:  # noqa: ARG002 - it has none
        """Refuse: nobody receives anything."""
        raise NotOffered("has no receiver")


TASKS: dict[str, Any] = {"loky": Loky, "joblib": Joblib, "ray": Ray, "memcpy": Memcpy}
PEERS = (*LINKS, *TASKS)


def chain(peer: str, sources: Batches) -> Any:
    """Return the `Chain` of ``peer``, not started yet."""
    return TASKS[peer](sources) if peer in TASKS else Relays(peer, sources)
