"""Queues that are closed and processes that are waited for, whatever becomes of the test that made them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from heygem_core.compat import Queue
from tests.compat.waiting import DEADLINE_S, Make, Start


@pytest.fixture(scope="module", autouse=True)
def tracker() -> Iterator[None]:
    """Run multiprocessing's tracker around all tests: spawning needs it, and it outlives every single one."""
    resource_tracker.ensure_running()
    yield
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined] # there is no public way


@pytest.fixture
def make() -> Iterator[Make]:
    """Return what makes queues of the given class that are closed in the end."""
    made: list[Queue[Any]] = []

    def build(maxsize: int = 0, kind: type[Queue[Any]] = Queue) -> Queue[Any]:
        made.append(kind(maxsize))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts processes; they are joined, or killed, in the end."""
    started: list[BaseProcess] = []

    def begin(target: Callable[..., None], *arguments: object, method: str = "spawn") -> BaseProcess:
        context: Any = multiprocessing.get_context(method)
        process: BaseProcess = context.Process(target=target, args=arguments, name=target.__name__)
        process.start()
        started.append(process)
        return process

    yield begin
    for process in started:
        process.join(DEADLINE_S)
        alive = process.is_alive()
        process.kill()
        process.join()
        process.close()
        assert not alive
