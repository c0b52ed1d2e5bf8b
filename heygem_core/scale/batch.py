"""A batch: what of a manifest is left to do, an engine for it, and one line on disk for each result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from heygem_core.scale.engine import Engine, Finished, Happening, Refused, Started, running
from heygem_core.scale.jobs import Job
from heygem_core.scale.ledger import Ledger, Record
from heygem_core.text import Text

GRACE_S = 20.0
"""What an engine may take to end once it is told to; a local one takes a second, a cluster several."""


@dataclass(frozen=True)
class Progress:
    """How far a batch is: ``done`` and ``failed`` in this run, of ``total`` that were left to do.

    ``eta_s`` is the time left at the rate so far, None before the first job has ended.
    """

    done: int
    failed: int
    total: int
    eta_s: float | None


OnEvent = Callable[[Happening | Progress], None]


@dataclass
class Outcome:
    """What became of a batch: ``done`` and ``failed`` in this run, and before it; of ``total``, the rest is left."""

    total: int = 0
    done: int = 0
    failed: int = 0
    done_before: int = 0
    failed_before: int = 0
    wall_s: float = 0.0
    pipelines: int = 0
    nodes: int = 0
    reason: Text | None = None
    refused: list[Refused] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    """Of every job that has one, in the manifest's order, once the batch has ended."""

    @property
    def all_done(self) -> bool:
        """Whether every job's video is there."""
        return self.done + self.done_before == self.total

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return the object that ``heygem-core batch --json`` writes."""
        return {
            "status": "done" if self.all_done else "failed",
            "total": self.total,
            "done": self.done,
            "failed": self.failed,
            "done_before": self.done_before,
            "failed_before": self.failed_before,
            "wall_s": round(self.wall_s, 3),
            "pipelines": self.pipelines,
            "nodes": self.nodes,
            "reason": None if self.reason is None else self.reason.get(lang),
            "refused": [{"node": one.node, **one.refusal.as_json(lang)} for one in self.refused],
            "results": list(self.records),
        }


def run(
    jobs: Iterable[Job],
    folder: Path,
    engine: Engine,
    *,
    retry_failed: bool = False,
    outcome: Outcome | None = None,
    on_event: OnEvent = lambda _: None,
) -> Outcome:
    """Do what is left of ``jobs`` and return the outcome, kept up to date in ``outcome`` where one is given.

    A job is left to do unless ``folder`` holds its result, by its key and its output; a failed one is left to do with
    ``retry_failed``. Every result is on disk before the next is looked at. Raises `BadInput` for a folder in which
    another batch is at work, or which holds somebody else's files, and what the engine raises; then, as after an
    interrupt, the same again goes on with what is left.
    """
    began = time.monotonic()
    told = outcome if outcome is not None else Outcome()
    with Ledger(folder) as ledger:
        everything = list(jobs)
        told.total = len(everything)
        left = _left(everything, ledger, retry_failed, told)
        try:
            if left:
                ledger.begin(left)
                _work(engine, left, ledger, told, on_event)
        finally:
            told.wall_s = time.monotonic() - began
            ledger.refresh()
            told.done = sum((ledger.latest(job) or {}).get("status") == "done" for job in left)
            told.records = [record for job in everything if (record := ledger.latest(job)) is not None]
    return told


def _left(jobs: list[Job], ledger: Ledger, retry_failed: bool, outcome: Outcome) -> list[Job]:
    left = []
    for job in jobs:
        latest = ledger.latest(job)
        if latest is not None and latest["status"] == "done":
            outcome.done_before += 1
        elif latest is not None and not retry_failed:
            outcome.failed_before += 1
        else:
            left.append(job)
    return left


def _work(engine: Engine, jobs: list[Job], ledger: Ledger, outcome: Outcome, on_event: OnEvent) -> None:
    first: float | None = None
    # Closed here and now, also when what is done with a happening raises or is interrupted.
    with closing(running(partial(engine.work, jobs), GRACE_S)) as happenings:
        for happening in happenings:
            match happening:
                case Started():
                    first = time.monotonic() if first is None else first
                    outcome.pipelines, outcome.nodes = happening.pipelines, happening.nodes
                    outcome.reason = happening.reason
                case Refused():
                    outcome.refused.append(happening)
                case Finished(_, record):
                    ledger.append(record)
                    _count(outcome, record)
            on_event(happening)
            if isinstance(happening, Finished):
                on_event(_progress(outcome, len(jobs), first or time.monotonic()))


def _count(outcome: Outcome, record: Mapping[str, Any]) -> None:
    if record["status"] == "done":
        outcome.done += 1
    else:
        outcome.failed += 1


def _progress(outcome: Outcome, total: int, began: float) -> Progress:
    ended = outcome.done + outcome.failed
    eta_s = (time.monotonic() - began) / ended * (total - ended)
    return Progress(outcome.done, outcome.failed, total, eta_s)
