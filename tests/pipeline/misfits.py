"""Stages that go wrong at the seams between a stage and its engine, and a pipeline made of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from heygem_core.pipeline import Item, Job, Liveness, Pipeline, Slot, Stage
from tests.pipeline.stages import Collect, Double, Numbers

LIVENESS = Liveness(floor_s=0.5, ready_s=20.0, first_s=1.0, finish_s=0.6)
DEADLINE_S = 30.0
"""What should end within about a second is cancelled after this, and the test then fails instead of hanging."""


class Homeless(Exception):
    """Pickles and unpickles in the worker that raised it, and nowhere else."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Name the only process in which this can be unpickled."""
        return _only_in, (os.getpid(),)


def _only_in(pid: int) -> Homeless:
    if os.getpid() != pid:
        raise ModuleNotFoundError("no module of that name here")
    return Homeless()


class Poison:
    """Metadata that pickles and does not unpickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Fail once unpickled."""
        return _refuse, ()


def _refuse() -> NoReturn:
    raise RuntimeError("deliberately not to be unpickled")


@dataclass
class Misfit(Double):
    """Runs ``job["code"][moment]``; ``payload`` makes its configuration as large as one likes."""

    payload: bytes = b""
    code: dict[str, str] = field(default_factory=dict)

    def run(self, moment: str, item: Item | None = None) -> None:
        """Do what the job says for ``moment``."""
        names = {"item": item, "os": os, "signal": signal, "subprocess": subprocess}
        more = {"sys": sys, "threading": threading, "time": time, "Homeless": Homeless}
        exec(self.code.get(moment, ""), names | more)  # noqa: S102 - a test's own source

    def start(self, job: Job) -> None:
        """Start."""
        self.code = job.get("code", {})
        super().start(job)

    def process(self, item: Item, out: Slot) -> None:
        """Process."""
        self.run("process", item)
        super().process(item, out)

    def finish(self) -> Mapping[str, Any] | None:
        """Finish."""
        if "summary" in self.code:
            return {"x": Homeless()}
        return super().finish()

    def abort(self) -> None:
        """Abort."""
        self.run("abort")


@dataclass
class Poisoned(Numbers):
    """Sends metadata that its consumer cannot unpickle in jobs with ``poison``."""

    poison: bool = False

    def start(self, job: Job) -> None:
        """Start."""
        self.poison = job.get("poison", False)
        super().start(job)

    def fill(self, out: Slot) -> int:
        """Fill."""
        if self.poison:
            out.meta["poison"] = Poison()
        return super().fill(out)


def pipeline_of(**options: object) -> Pipeline:
    """Return a pipeline with a `Misfit` between source and sink."""
    stages: list[Stage] = [Numbers(), Misfit(), Collect()]
    return Pipeline(stages, **{"slot_bytes": 4096, "liveness": LIVENESS} | options)  # type: ignore[arg-type]


@contextmanager
def bounded(pipeline: Pipeline) -> Iterator[None]:
    """Cancel what hangs."""
    timer = threading.Timer(DEADLINE_S, pipeline.cancel)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
