"""A worker that shares a queue is killed, and another takes its place on the same queue."""

from __future__ import annotations

import queue
import signal
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes import feeder_join
from heygem_core.casebook.probes.spawned import Spawned, pipe, told
from heygem_core.casebook.queues import Whose, make
from heygem_core.errors import EffectNotShown

BLOCKED: dict[Whose, str] = {"multiprocessing": feeder_join.READ, "compat": "queue.py:_wait"}
"""On the stack of a reader that waits for data: multiprocessing's has taken the queue's read lock."""
LOCK = "synchronize.py:__enter__"
"""On the stack of a reader that waits for that lock."""
FIRST, NEXT = "first", "next"
"""The item that the worker is killed over, and the one put in after that."""
_START_S = 20.0


@dataclass(frozen=True)
class Replacement:
    """What became of the worker in the killed one's place; times in seconds."""

    there: bool
    """Whether an item was in the queue when it asked."""
    got: str | None
    """The item that it got, asking with a timeout; None for nothing."""
    waited_s: float
    still_waits: bool
    """Whether a worker that asks without a timeout, as the reported one does, still waited; False where not tried."""
    where: tuple[str, ...]
    """Stack of that worker, innermost first."""
    kernel: str


def worker(inbox: Any, says: Connection) -> None:
    """Be the eternal worker: take items without a timeout, and work on each for ever."""
    says.send("started")
    inbox.get()
    says.send("works")
    time.sleep(_START_S)


def patient_worker(inbox: Any, says: Connection, timeout_s: float) -> None:
    """Take one item, or give up after ``timeout_s``, and say which."""
    began = time.monotonic()
    try:
        says.send((inbox.get(timeout=timeout_s), time.monotonic() - began))
    except queue.Empty:
        says.send((None, time.monotonic() - began))


def replaced(arguments: dict[str, Any]) -> dict[str, Any]:
    """Kill a worker and replace it; see `Replacement`.

    ``arguments``: working (kill it while it works on an item, else while it waits for one), signal (its
    number), fresh (give the replacement a queue of its own), timeout_s, and queues (whose).
    """
    whose: Whose = arguments.get("queues", "multiprocessing")
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        folder = Path(name)
        inbox = _after_the_kill(folder, whose, working=arguments["working"], number=arguments["signal"])
        if arguments["fresh"]:
            inbox = make(whose, 10)
        inbox.put(NEXT)
        there = _arrives(inbox)
        hears, says = pipe()
        timed = Spawned(folder, patient_worker, inbox, says, arguments["timeout_s"])
        answer = told(hears, _START_S)
        if answer is None:
            raise EffectNotShown(f"the replacement, process {timed.pid}, said nothing in {_START_S:g} s")
        got, waited_s = answer
        untimed = _untimed(folder, inbox, arguments["timeout_s"]) if got is None else None
        waits = untimed is not None and not untimed.ends_within(0)
        where = untimed.main_stack() if untimed is not None and waits else ()
        kernel = untimed.kernel() if untimed is not None else ""
        return asdict(Replacement(there, got, waited_s, waits, where, kernel))


def _after_the_kill(folder: Path, whose: Whose, *, working: bool, number: int) -> Any:
    """Return the queue that the killed worker shared."""
    inbox = make(whose, 10)
    hears, says = pipe()
    first = Spawned(folder, worker, inbox, says)
    told(hears, _START_S)
    if working:
        inbox.put(FIRST)
        if told(hears, _START_S) != "works":
            raise EffectNotShown("the worker to be killed did not take its item")
    elif not first.stands_in(BLOCKED[whose], _START_S):
        raise EffectNotShown(f"the worker to be killed does not wait in {BLOCKED[whose]}: {first.stacks()}")
    first.end(signal.Signals(number))
    return inbox


def _arrives(inbox: Any) -> bool:
    deadline = time.monotonic() + _START_S
    while inbox.empty() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not inbox.empty()


def _untimed(folder: Path, inbox: Any, seconds: float) -> Spawned:
    """Start a worker of the reported kind and give it ``seconds`` from its start."""
    hears, says = pipe()
    started = Spawned(folder, worker, inbox, says)
    told(hears, _START_S)
    told(hears, seconds)
    return started
