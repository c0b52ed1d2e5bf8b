"""A producer whose function returned, and whose process waits for the thread that feeds the queue."""

from __future__ import annotations

import queue
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes.spawned import CONTEXT, Spawned, pipe, told
from heygem_core.errors import EffectNotShown

ITEMS = 150
JOIN = "queues.py:_finalize_join"
_START_S = 20.0
_QUIET_S = 0.7


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
    where: tuple[str, ...]
    """Stack of its main thread, innermost first; empty where it ended."""
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
    items: Any = CONTEXT.Queue(arguments["maxsize"])
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
        alive = not one.ends_within(watch_s)
        where, kernel = (one.main_stack(), one.kernel()) if alive else ((), "")
        drained, ends_after_s = _drain(Path(name), items, accepted, one)
        ended_s = ends_after_s if alive else None
        return asdict(Producing(accepted, full, alive, watch_s, where, kernel, drained, ended_s))


def _drain(folder: Path, items: Any, accepted: int, one: Spawned) -> tuple[int, float | None]:
    """Let a consumer come; return how much it got, and after how long from its first item the process ended."""
    hears, says = pipe()
    Spawned(folder, consumer, items, says)
    drained = 0
    patience_s = _START_S
    began = time.monotonic()
    while told(hears, patience_s) is not None:
        began = began if drained else time.monotonic()
        drained += 1
        patience_s = 0.0 if drained == accepted else _QUIET_S
    return drained, time.monotonic() - began if one.ends_within(_QUIET_S) else None
