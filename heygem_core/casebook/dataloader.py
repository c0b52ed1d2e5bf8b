"""A real torch DataLoader with four workers, in each of the surroundings that the reports could mean.

Imports torch; only a program that is thrown away, or a stage that is to hang, may import this module.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

WORKERS = 4
"""``num_threads: 4`` of the report's opt.txt, which only its training code turns into ``num_workers``."""
ITEMS = 8
_THREADS = 4
# Several times the 32768 elements below which ATen does not start a parallel region.
_PARALLEL_ELEMENTS = 1 << 20


class Frames(Dataset[Any]):  # type: ignore[misc]
    """Eight items, each made by an operation that runs on four OpenMP threads."""

    def __len__(self) -> int:
        """Return the number of items."""
        return ITEMS

    def __getitem__(self, index: int) -> Any:
        """Make one item."""
        return parallel_region() + index


class CudaFrames(Frames):
    """The same, made on the GPU."""

    def __getitem__(self, index: int) -> Any:
        """Make one item on the GPU, and bring it back."""
        return torch.full((4,), float(index), device="cuda").cpu()


def parallel_region() -> Any:
    """Run an operation on four OpenMP threads, which from then on belong to this process."""
    torch.set_num_threads(_THREADS)
    return torch.ones(_PARALLEL_ELEMENTS).exp().sum()


def load(workers: int, method: str | None = None, dataset: Frames | None = None, timeout_s: float = 0) -> int:
    """Load all items and return how many came; ``method`` is the workers' start method."""
    loader = DataLoader(dataset or Frames(), num_workers=workers, multiprocessing_context=method, timeout=timeout_s)
    return sum(len(batch) for batch in loader)


def load_zero() -> int:
    """Load without workers."""
    return load(0)


def load_daemonic() -> int:
    """Load with four workers inside a daemonic process; raises here what was raised there."""
    context = multiprocessing.get_context("fork")
    read, write = context.Pipe(duplex=False)
    process = context.Process(target=_load_and_tell, args=(write,), daemon=True)
    process.start()
    write.close()
    result = read.recv()
    process.join()
    if isinstance(result, BaseException):
        raise result
    return int(result)


def _load_and_tell(write: Connection) -> None:
    try:
        write.send(load(WORKERS))
    except AssertionError as error:
        write.send(error)


def load_spawned() -> int:
    """Load with four spawned workers, after a parallel region in this process."""
    parallel_region()
    return load(WORKERS, "spawn")


def load_forked() -> int:
    """Load with four forked workers, after a parallel region in this process: this hangs."""
    parallel_region()
    return load(WORKERS, "fork")


def load_forked_with_timeout() -> int:
    """The same with ``timeout=5``, the remedy of the DataLoader itself."""
    parallel_region()
    return load(WORKERS, "fork", timeout_s=5)


def load_forked_before() -> int:
    """Load with four forked workers in a process that ran no parallel region before."""
    return load(WORKERS, "fork")


def load_cuda_forked() -> int:
    """Load on the GPU in forked workers, after CUDA was initialised in this process."""
    torch.ones(1, device="cuda")
    return load(WORKERS, "fork", CudaFrames())


LOADS: dict[str, Callable[[], int]] = {
    "zero": load_zero,
    "daemonic": load_daemonic,
    "fork before": load_forked_before,
    "spawn": load_spawned,
    "fork": load_forked,
    "fork with timeout": load_forked_with_timeout,
    "fork after CUDA": load_cuda_forked,
}


def attempt(name: str) -> dict[str, Any]:
    """Return ``{"loaded", "error", "seconds"}``: items that came, or the type and message of what was raised."""
    began = time.monotonic()
    loaded, error = 0, ""
    try:
        loaded = LOADS[name]()
    except Exception as raised:
        error = f"{type(raised).__name__}: {str(raised).strip()}"
    return {"loaded": loaded, "error": error, "seconds": time.monotonic() - began}
