"""What Ray Data runs: the source as a task that yields batches, the stages between as one actor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.rivals.job import filled, made, opened, passed, split
from bench.rivals.runners import slot_of


def decoded(_: dict[str, Any], mapping: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the job's batches as arrays by name."""
    source = split(made())[0]
    opened([source])
    source.start(mapping)
    first = 0
    while (item := filled(source, first)) is not None:
        yield {name: item[name] for name in item.names}
        first += item.count
    source.finish()


class Between:
    """The stages between source and sink, kept open by their actor."""

    def __init__(self, mapping: dict[str, Any]) -> None:
        self._transforms = split(made())[1]
        for stage in opened(self._transforms):
            stage.start(mapping)

    def __call__(self, arrays: dict[str, Any]) -> dict[str, Any]:
        """Return the finished frames of a batch."""
        done = passed(self._transforms, slot_of(arrays))
        return {name: done[name] for name in done.names}
