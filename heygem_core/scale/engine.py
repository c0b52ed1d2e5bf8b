"""What an engine is: it takes jobs and says what became of each, from threads of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from heygem_core.errors import Cause
from heygem_core.runtime.session import Provider
from heygem_core.scale.acceptance import Refusal
from heygem_core.scale.jobs import Job
from heygem_core.text import Text


@dataclass(frozen=True)
class Started:
    """Places have been found; ``reason`` says how many and why, ``nodes`` on how many machines."""

    pipelines: int
    nodes: int
    reason: Text


@dataclass(frozen=True)
class Refused:
    """A machine, or one of the GPUs of ``node``, gets no work."""

    node: str
    refusal: Refusal


@dataclass(frozen=True)
class Lost:
    """A place is gone in the middle of ``job``, which is done again elsewhere."""

    node: str
    job: Job
    attempt: int


@dataclass(frozen=True)
class Finished:
    """A job has come to its end, done or failed."""

    job: Job
    record: dict[str, Any]


@dataclass(frozen=True)
class Crashed:
    """The engine itself cannot go on."""

    error: BaseException


Happening = Started | Refused | Lost | Finished
Tell = Callable[[Happening], None]
_T = TypeVar("_T")


class Engine(Protocol):
    """Works on jobs in threads of its own, until they are done or it is told to stop."""

    def work(self, jobs: Sequence[Job], tell: Tell, stop: threading.Event) -> None:
        """Do ``jobs``; called in a thread. Returns when all is done or, soon, when ``stop`` is set.

        Everything it started is gone when it returns.
        """


def strictest(jobs: Sequence[Job]) -> Provider:
    """Return what a machine must be able to apply for all of ``jobs``."""
    asked = {job.setup.provider for job in jobs}
    return "cuda" if "cuda" in asked else "auto" if "auto" in asked else "cpu"


def running(work: Callable[[Callable[[_T], None], threading.Event], None], grace_s: float) -> Generator[_T]:
    """Yield what ``work``, called with where to tell it and what stops it, tells; raises what it raises.

    It has a thread of its own: signals reach the main thread, which waits for a queue and nothing else, so that they
    end it there and then. When this is closed early the work is told to stop, and waited for.
    """
    happenings: queue.SimpleQueue[_T | Crashed | None] = queue.SimpleQueue()
    stop = threading.Event()

    def body() -> None:
        try:
            work(happenings.put, stop)
        except BaseException as error:
            happenings.put(Crashed(error))
        else:
            happenings.put(None)

    thread = threading.Thread(target=body, name="engine", daemon=True)
    thread.start()
    try:
        while (happening := happenings.get()) is not None:
            if isinstance(happening, Crashed):
                raise happening.error
            yield happening
    finally:
        stop.set()
        thread.join(grace_s)


def lost_for_good(attempts: int) -> dict[str, Any]:
    """Return what the record of a job says that took its place down with it, every time."""
    detail = f"the place where it ran was lost {attempts} times: its node or its process went away in the middle"
    return {"status": "failed", "cause": str(Cause.WORKER_DIED), "culprit": None, "detail": detail, "evidence": []}
