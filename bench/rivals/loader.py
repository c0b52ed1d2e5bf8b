"""The dataset behind a torch DataLoader: decoded batches, made in the loader's worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import IterableDataset

from bench.rivals.job import Task, filled, made, opened, split


class Decoded(IterableDataset):  # type: ignore[misc] # torch has no types here
    """Yields what the source makes of a job, as tensors by name."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __iter__(self) -> Iterator[dict[str, Any]]:
        stages = made()
        source = split(stages)[0]
        opened([source])
        source.start(self._task.mapping())
        first = 0
        while (item := filled(source, first)) is not None:
            yield {name: torch.from_numpy(item[name]) for name in item.names}
            first += item.count
        source.finish()


def loader(task: Task, ahead: int) -> Any:
    """Return a loader with one spawned worker, which stays for the next job: the frames come in order from one file."""
    return torch.utils.data.DataLoader(
        Decoded(task),
        batch_size=None,
        num_workers=1,
        prefetch_factor=ahead,
        persistent_workers=True,
        multiprocessing_context="spawn",
    )
