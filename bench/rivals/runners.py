"""The job in one process, as a loop and as threads, and as PyTorch and Ray would have it done."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.rivals.job import BATCH, Clocked, Ran, Task, filled, made, opened, passed, split
from heygem_core.pipeline import DictSlot, Sink, Source, Stage, Transform

_AHEAD = 4
"""Items between two threads, and batches that a loader works ahead: what the project's channel has by default."""


class Runner:
    """Opens the stages once and runs one job after the other."""

    forgets = False
    """Whether somebody ends processes during a job and does not count their processor time."""
    jobs = 1
    """How many jobs are done at once."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.busy: dict[str, float] = {}
        """Seconds of each stage in the latest job, where the runner tells them apart."""

    def start(self) -> None:
        """Have every stage open."""
        raise NotImplementedError

    def run(self) -> Ran:
        """Run the job."""
        raise NotImplementedError

    def close(self) -> None:
        """End what `start` began."""


class Loop(Runner):
    """A plain loop: one stage after the other, one item after the other."""

    def start(self) -> None:
        """Open the stages here."""
        self._stages = opened(made())

    def run(self) -> Ran:
        """Run the job; each stage's time is what bounds any pipeline of them."""
        clock = Clocked()
        source, transforms, sink = split(self._stages)
        self.busy = dict.fromkeys((stage.name for stage in self._stages), 0.0)
        mapping = self.task.mapping()
        for stage in self._stages:
            stage.start(mapping)
        first = 0
        while (item := self._timed(source, filled, source, first)) is not None:
            for transform in transforms:
                item = self._timed(transform, passed, [transform], item)
            self._timed(sink, sink.consume, item)
            clock.consumed()
            first += item.count
        return clock.ran([self._timed(stage, stage.finish) for stage in self._stages])

    def _timed(self, stage: Stage, call: Any, *arguments: Any) -> Any:
        began = time.perf_counter()
        result = call(*arguments)
        self.busy[stage.name] += time.perf_counter() - began
        return result


class Threads(Runner):
    """The same stages as threads of one process with queue.Queue between them."""

    def start(self) -> None:
        """Open the stages here."""
        self._stages = opened(made())

    def run(self) -> Ran:
        """Run the job in five threads."""
        clock = Clocked()
        mapping = self.task.mapping()
        queues: list[queue.Queue[DictSlot | None]] = [queue.Queue(_AHEAD) for _ in self._stages[1:]]
        ends = zip(self._stages, [None, *queues], [*queues, None], strict=True)
        threads = [threading.Thread(target=self._stage, args=(*end, mapping, clock)) for end in ends]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return clock.ran([stage.finish() for stage in self._stages])

    def _stage(self, stage: Stage, incoming: Any, outgoing: Any, mapping: Any, clock: Clocked) -> None:
        stage.start(mapping)
        for item in _items(stage, incoming):
            if isinstance(stage, Sink):
                stage.consume(item)
                clock.consumed()
            else:
                outgoing.put(passed([stage], item) if isinstance(stage, Transform) else item)
        if outgoing is not None:
            outgoing.put(None)


def _items(stage: Stage, incoming: Any) -> Iterator[DictSlot]:
    first = 0
    while (item := filled(stage, first) if isinstance(stage, Source) else incoming.get()) is not None:
        first += item.count
        yield item


class DataLoader(Runner):
    """torch's DataLoader decodes ahead in a worker, the loop does the rest."""

    def start(self) -> None:
        """Open the other stages here; the loader's worker opens the first, in every job."""
        # What it is made of needs torch, which only this peer has to have.
        from bench.rivals.loader import loader

        self._loader = loader(self.task, _AHEAD)
        self._stages = opened(made()[1:])

    def run(self) -> Ran:
        """Run the job."""
        clock = Clocked()
        mapping = self.task.mapping()
        for stage in self._stages:
            stage.start(mapping)
        *transforms, sink = self._stages
        for arrays in self._loader:
            sink.consume(passed(transforms, slot_of({name: array.numpy() for name, array in arrays.items()})))  # type: ignore[attr-defined, arg-type]
            clock.consumed()
        return clock.ran([stage.finish() for stage in self._stages])


def slot_of(arrays: dict[str, Any]) -> DictSlot:
    """Return a slot of these arrays; their first axis is the frames'."""
    slot = DictSlot(1, 0, len(next(iter(arrays.values()))))
    for name, array in arrays.items():
        slot.allocate(name, array.shape, array.dtype)
        slot._arrays[name] = array
    return slot


class RayData(Runner):
    """Ray Data: a task that decodes, an actor with the stages between, the results in order to the encoder here."""

    forgets = True

    def start(self) -> None:
        """Start a local cluster; the dataset's actors start with every job."""
        import ray

        ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, object_store_memory=3 << 30)
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        # One block per batch of the source, so that each is handed on as soon as it is there.
        context.target_max_block_size = BATCH * self.task.width * self.task.height * 3
        self._ray = ray
        self._sink = opened(made()[-1:])[0]

    def run(self) -> Ran:
        """Run the job."""
        from bench.rivals.dataset import Between, decoded

        clock = Clocked()
        mapping = self.task.mapping()
        self._sink.start(mapping)
        dataset = self._ray.data.from_items([{"job": 0}], override_num_blocks=1)
        dataset = dataset.map_batches(decoded, fn_kwargs={"mapping": mapping}, batch_size=None)
        dataset = dataset.map_batches(
            Between,
            fn_constructor_kwargs={"mapping": mapping},
            batch_size=None,
            zero_copy_batch=True,
            compute=self._ray.data.ActorPoolStrategy(size=1),
        )
        for arrays in dataset.iter_batches(batch_size=None, prefetch_batches=_AHEAD):
            self._sink.consume(slot_of({name: np.ascontiguousarray(array) for name, array in arrays.items()}))  # type: ignore[attr-defined]
            clock.consumed()
        return clock.ran([self._sink.finish()])

    def close(self) -> None:
        """End the cluster."""
        self._ray.shutdown()
