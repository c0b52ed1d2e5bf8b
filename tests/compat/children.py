"""What the processes of the tests do with the queues that they are given; importable, so that they can be spawned."""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np

from heygem_core.compat import JoinableQueue, Queue
from heygem_core.compat.members import Count, End
from heygem_core.compat.shared import Shared
from tests.compat.waiting import until_waits


def put_numbered(queue: Queue[Any], name: int, count: int, size: int = 0) -> None:
    """Put ``count`` items that say whose they are and which, with ``size`` bytes each."""
    for number in range(count):
        queue.put((name, number, np.full(size, number % 256, np.uint8)))


def get_until_none(queue: Queue[Any], results: Queue[Any]) -> None:
    """Hand on what is got, without its bytes but with whether they were right."""
    while (item := queue.get()) is not None:
        name, number, data = item
        results.put((os.getpid(), name, number, bool((data == number % 256).all())))
    results.put(None)


def get_for_ever(queue: Queue[Any], ready: Queue[Any]) -> None:
    """Say so, and get."""
    ready.put("ready")
    while True:
        queue.get()


def put_and_exit(queue: Queue[Any], item: Any) -> None:
    """Put and leave without any of the interpreter's ends."""
    queue.put(item)
    os._exit(0)


def die_writing(queue: Queue[Any]) -> None:
    """Be killed when the item's bytes are written and the item is not yet in the queue."""

    def killed(_shared: Shared, entry: bytes, deadline: float) -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        return bool(entry and deadline)

    Shared.append = killed  # type: ignore[assignment, method-assign] # in this process only
    queue.put(np.zeros(1 << 20, np.uint8))


def die_in_the_mutex(queue: Queue[Any], ready: Queue[Any]) -> None:
    """Be killed while holding the mutex, with a counter stored and no bell rung."""
    ready.put("ready")
    until_waits(queue, os.getppid(), End.GET)

    def killed(_shared: Shared, *, anew: bool) -> None:
        os.kill(os.getpid(), signal.SIGKILL if not anew else signal.SIGTERM)

    Shared._settle = killed  # type: ignore[assignment, method-assign] # in this process only
    queue.put(7)


def stop_in_the_mutex(queue: Queue[Any]) -> None:
    """Be stopped while holding the mutex."""

    def stopped(_shared: Shared, *, anew: bool) -> None:
        os.kill(os.getpid(), signal.SIGSTOP if not anew else signal.SIGTERM)

    Shared._settle = stopped  # type: ignore[assignment, method-assign] # in this process only
    queue.put(7)


def fail(queue: Queue[Any], ready: Queue[Any], manner: str, end: End | None = None) -> None:
    """End in a bad ``manner``, with an ``end`` once the parent waits there."""
    ready.put("ready")
    if end is not None:
        until_waits(queue, os.getppid(), end)
    if manner == "raise":
        raise RuntimeError("no model")
    if manner == "exit":
        raise SystemExit(3)
    os.kill(os.getpid(), signal.SIGKILL)


def leave(queue: Queue[Any], ready: Queue[Any]) -> None:
    """End well."""
    del queue
    ready.put("ready")


def finish_until_none(queue: JoinableQueue[Any], results: Queue[Any]) -> None:
    """Take items, hand their numbers on, and finish each; leave at None, which is finished too."""
    while (item := queue.get()) is not None:
        results.put(item)
        queue.task_done()
    queue.task_done()


def fail_holding(queue: JoinableQueue[Any], ready: Queue[Any], manner: str, count: int, finished: int) -> None:
    """Take ``count`` items, finish ``finished`` of them, and end in a bad ``manner`` once the parent waits in join."""
    for _ in range(count):
        queue.get()
    for _ in range(finished):
        queue.task_done()
    fail(queue, ready, manner, End.PUT)


def hold(queue: JoinableQueue[Any], ready: Queue[Any], finish: Queue[Any]) -> None:
    """Take one item, say so, and finish it when asked to; then take for ever."""
    queue.get()
    ready.put("ready")
    finish.get()
    queue.task_done()
    get_for_ever(queue, ready)


def die_between(queue: JoinableQueue[Any], moment: str) -> None:
    """Be killed in ``moment``: with an item counted as taken and not taken, or finished and the mutex still held."""
    if moment == "finishing":
        queue.get()

    def killed(_shared: Shared, *, anew: bool) -> None:
        os.kill(os.getpid(), signal.SIGKILL if not anew else signal.SIGTERM)

    if moment == "taking":

        def killed_reading(fd: int, length: int, offset: int) -> bytes:
            queue._shared.words[queue._members.word(Count.TAKEN)] += 1  # type: ignore[union-attr]
            os.kill(os.getpid(), signal.SIGKILL)
            return bytes((fd, length, offset))

        os.pread = killed_reading
        queue.get()
    Shared._settle = killed  # type: ignore[assignment, method-assign] # in this process only
    queue.task_done()
