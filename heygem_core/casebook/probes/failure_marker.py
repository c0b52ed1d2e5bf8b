"""A producer that gives up on a full queue, and then tells so through that queue or through one of its own."""

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

QUEUE_SIZE = 10
MARKER = "failed"
_START_S = 20.0


@dataclass(frozen=True)
class Marking:
    """What became of the failure marker; times in seconds."""

    sent: int
    full_after_s: float
    delivered_s: float | None
    """From the moment it was put; None when it had not arrived after ``watched_s``."""
    watched_s: float
    where: str
    """The queue's function in which the producer then waits; empty where it does not."""
    place: int | None
    """Its place in the order in which a consumer that comes back gets things, from 1; None in its own queue."""


def producer(items: Any, markers: Any, says: Connection, timeout_s: float) -> None:
    """Put items until one does not fit for ``timeout_s``, then put the marker, without a timeout."""
    sent = 0
    began = time.monotonic()
    try:
        while True:
            began = time.monotonic()
            items.put(sent, timeout=timeout_s)
            sent += 1
    except queue.Full:
        says.send((sent, time.monotonic() - began))
    markers.put(MARKER)


def marked(arguments: dict[str, Any]) -> dict[str, Any]:
    """Let a producer give up; ``arguments``: own (the marker has a queue of its own), timeout_s, watch_s."""
    items: Any = CONTEXT.Queue(QUEUE_SIZE)
    markers: Any = CONTEXT.Queue(QUEUE_SIZE) if arguments["own"] else items
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        hears, says = pipe()
        giving_up = Spawned(Path(name), producer, items, markers, says, arguments["timeout_s"])
        given_up = told(hears, _START_S + arguments["timeout_s"])
        if given_up is None:
            raise EffectNotShown("the producer never met a full queue")
        began = time.monotonic()
        delivered_s, place, where = None, None, ""
        if arguments["own"]:
            markers.get(timeout=_START_S)
            delivered_s = time.monotonic() - began
        else:
            giving_up.ends_within(arguments["watch_s"])
            blocked = giving_up.exit_code is None and any("queues.py:put" in one for one in giving_up.stacks())
            where = "queues.py:put" if blocked else ""
            place = _place(items)
        sent, full_after_s = given_up
        return asdict(Marking(sent, full_after_s, delivered_s, arguments["watch_s"], where, place))


def _place(items: Any) -> int:
    """Be the consumer that comes back: take everything up to the marker, and return how many that were."""
    taken = 1
    while items.get(timeout=_START_S) != MARKER:
        taken += 1
    return taken
