"""Waiting for a moment that can be seen, not for a time; importable by the processes of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from heygem_core.compat import Queue
from heygem_core.compat.members import End
from heygem_core.pipeline.evidence import process_state

DEADLINE_S = 20.0
Start = Callable[..., BaseProcess]
Make = Callable[..., Queue[Any]]


def until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds; raises TimeoutError."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition} did not come true within {DEADLINE_S:g} s")
        threading.Event().wait(0.005)


def assert_told_when_closed(queue: Queue[Any], call: Callable[[], object]) -> None:
    """Assert that a thread that waits in ``call`` gets a ValueError once ``queue`` is closed."""
    seen: list[BaseException] = []

    def wait() -> None:
        try:
            call()
        except ValueError as error:
            seen.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: queue._calls == 1)
    queue.close()
    thread.join(DEADLINE_S)
    assert [type(error) for error in seen] == [ValueError]


def until_waits(queue: Queue[Any], pid: int, end: End) -> None:
    """Wait until process ``pid`` has come to ``end`` of ``queue`` and sleeps there."""
    members = queue._members
    until(lambda: any(one.pid == pid and one.used[end] for one in members._snapshot()) and process_state(pid) == "S")
