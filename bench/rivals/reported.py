"""The job in the reported topology: spawned processes, mp.Queue(10) with pickled lists of frames, joins without end."""

from __future__ import annotations

from typing import Any

from bench.peers import PLACES, spawn
from bench.rivals.job import Clocked, Ran, Recipe, filled, made, opened, passed, split
from bench.rivals.runners import Runner, slot_of
from heygem_core.pipeline import DictSlot

_WAIT_S = 120.0


class Reported(Runner):
    """audio_transfer lives for ever with the models; drivered_video and write_video are started for each task."""

    def start(self) -> None:
        """Start the eternal child and wait until its stages are open."""
        self._drivered, self._output, self._up = spawn.Queue(PLACES), spawn.Queue(PLACES), spawn.Queue(1)
        self._eternal: Any = spawn.Process(
            target=audio_transfer, args=(self.task.recipe, self._drivered, self._output, self._up), daemon=True
        )
        self._eternal.start()
        self._up.get(timeout=_WAIT_S)

    def run(self) -> Ran:
        """Start the task's two processes, wait for both, take the result."""
        clock = Clocked()
        result: Any = spawn.Queue(1)
        first: Any = spawn.Queue(1)
        mapping = self.task.mapping()
        processes: list[Any] = [
            spawn.Process(target=drivered_video, args=(self.task.recipe, mapping, self._drivered)),
            spawn.Process(target=write_video, args=(self.task.recipe, mapping, self._output, first, result)),
        ]
        for process in processes:
            process.start()
        first.get(timeout=_WAIT_S)
        clock.consumed()
        for process in processes:
            process.join()
        return clock.ran([result.get(timeout=10)])

    def close(self) -> None:
        """Have the eternal child return."""
        self._drivered.put(None)
        self._eternal.join(_WAIT_S)
        for each in (self._drivered, self._output, self._up):
            each.close()
            each.join_thread()


Lists = list[tuple[str, list[Any]]]
"""Name and arrays, one per frame."""


def listed(item: DictSlot) -> Lists:
    """Return what a slot holds as lists, one array per frame."""
    return [(name, list(item[name])) for name in item.names]


def stacked(lists: Lists) -> DictSlot:
    """Return a slot with these frames."""
    import numpy as np

    return slot_of({name: np.stack(parts) for name, parts in lists})


def drivered_video(recipe: Recipe, mapping: dict[str, Any], outgoing: Any) -> None:
    """Decode; each item is lists of the frames' planes, and of the sound around each."""
    source = split(made(recipe))[0]
    opened([source])
    source.start(mapping)
    outgoing.put(mapping)
    first = 0
    while (item := filled(source, first)) is not None:
        outgoing.put(listed(item), timeout=600)
        first += item.count
    source.finish()
    outgoing.put("end")


def audio_transfer(recipe: Recipe, incoming: Any, outgoing: Any, up: Any) -> None:
    """Find faces, draw lips and blend, task after task."""
    transforms = split(made(recipe))[1]
    opened(transforms)
    up.put(True)
    while (item := incoming.get()) is not None:
        if isinstance(item, dict):
            for stage in transforms:
                stage.start(item)
        elif item == "end":
            outgoing.put(None)
        else:
            outgoing.put(listed(passed(transforms, stacked(item))))


def write_video(recipe: Recipe, mapping: dict[str, Any], incoming: Any, first: Any, result: Any) -> None:
    """Encode what comes, until the end of the task."""
    sink = split(made(recipe))[2]
    opened([sink])
    sink.start(mapping)
    began = False
    while (item := incoming.get()) is not None:
        sink.consume(stacked(item))
        if not began:
            began = True
            first.put(True)
    result.put(sink.finish())
