"""A producer whose function returned, and whose process waits for the thread that feeds the queue."""

from __future__ import annotations

import array
import fcntl
import queue
import tempfile
import termios
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes.spawned import Spawned, pipe, told
from heygem_core.casebook.queues import make
from heygem_core.casebook.stacks import Stack
from heygem_core.errors import EffectNotShown

ITEMS = 150
JOIN = "queues.py:_finalize_join"
READ = "connection.py:_recv"
"""On the stack of a consumer that waits for data."""
_START_S = 20.0
_LOOK_S = 0.2


@dataclass(frozen=True)
class Producing:
    """What one producer did, and its process after it; times in seconds."""

    accepted: int
    """Items that ``put`` took."""
    full: bool
    """Whether a put then timed out."""
    alive: bool
    """Whether the process was still there ``watched_s`` after its function had returned."""
    watched_s: float
    where: Stack
    """Stack of its main thread; empty where it ended."""
    kernel: str
    drained: int
    """Items that a consumer that came then got."""
    ends_after_s: float | None
    """From the consumer's first item to the end of the process; None when it had ended before, or did not end."""


def producer(items: Any, says: Connection, size: int, timeout_s: float, abandons: bool) -> None:
    """Put 150 items of ``size`` bytes, each within ``timeout_s``; with ``abandons`` after cancel_join_thread."""
    if abandons:
        items.cancel_join_thread()
    accepted = 0
    try:
        for _ in range(ITEMS):
            items.put(bytes(size), timeout=timeout_s)
            accepted += 1
    except queue.Full:
        says.send((accepted, True))
        return
    says.send((accepted, False))


def consumer(items: Any, says: Connection) -> None:
    """Take items and say so, one by one."""
    while True:
        items.get()
        says.send("got")


def produced(arguments: dict[str, Any]) -> dict[str, Any]:
    """Let a producer work with nobody taking; ``arguments``: maxsize, size, timeout_s, abandons, watch_s."""
    items = make(arguments.get("queues", "multiprocessing"), arguments["maxsize"])
    watch_s = arguments["watch_s"]
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        hears, says = pipe()
        one = Spawned(
            Path(name), producer, items, says, arguments["size"], arguments["timeout_s"], arguments["abandons"]
        )
        answer = told(hears, _START_S + arguments["timeout_s"])
        if answer is None:
            raise EffectNotShown("the producer's function did not return")
        accepted, full = answer
        alive, where, kernel = _watched(one, watch_s)
        drained, ends_after_s = _drain(Path(name), items, accepted, one, abandoned=arguments["abandons"])
        ended_s = ends_after_s if alive else None
        return asdict(Producing(accepted, full, alive, watch_s, where, kernel, drained, ended_s))


def _watched(one: Spawned, watch_s: float) -> tuple[bool, Stack, str]:
    """Tell whether the process is still there after ``watch_s``, where, and in what kernel function.

    One that does not wait for its feeder gets longer: how fast a process ends is up to the machine.
    """
    began = time.monotonic()
    while not one.ends_within(watch_s):
        where = one.main_stack()
        if JOIN in where or time.monotonic() - began > _START_S:
            return True, where, one.kernel()
    return False, (), ""


def _drain(folder: Path, items: Any, accepted: int, one: Spawned, *, abandoned: bool) -> tuple[int, float | None]:
    """Let a consumer come; return how much it got, and after how long from its first item the process ended."""
    hears, says = pipe()
    taking = Spawned(folder, consumer, items, says)
    drained = 0
    began = time.monotonic()
    while drained < accepted:
        if told(hears, _LOOK_S if abandoned else _START_S) is not None:
            began = began if drained else time.monotonic()
            drained += 1
        elif not abandoned or (_is_empty(items) and taking.stands_in(READ, 0.0)):
            # Nobody writes any more, and nothing is left to be read: the consumer has what it ever gets.
            break
    return drained, time.monotonic() - began if one.ends_within(_START_S) else None


def _is_empty(items: Any) -> bool:
    """Tell whether there is not a byte in the queue's pipe, not even of half an item."""
    left = array.array("i", [0])
    fcntl.ioctl(items._reader.fileno(), termios.FIONREAD, left)
    return left[0] == 0
