"""From a job's Chrome trace to rows: what each stage did when, how full each queue was, how busy each stage."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from heygem_core.bench.report.figure import Row

SPANS = 4000
"""Of one trace; a longer job is shown from its begin up to there, and the caption says so."""
BINS = 80
"""Over which the share of working time is taken."""


@dataclass(frozen=True)
class Span:
    """One stay of a stage in a state, in seconds since the first of all; ``frame`` is the first of an item."""

    stage: str
    state: str
    began: float
    ended: float
    frame: int


@dataclass(frozen=True)
class Trace:
    """One job; ``stages`` are in their order. ``whole`` is its length, of which ``shown`` is the beginning."""

    name: str
    stages: tuple[str, ...]
    spans: tuple[Span, ...]
    whole: float
    shown: float


def read(path: Path) -> Trace | None:
    """Return the trace in ``path``, None for one without spans; onnxruntime's own events in it are left out."""
    events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    mine = [event for event in events if event.get("pid") == 0]
    names = {event["tid"]: event["args"]["name"] for event in mine if event.get("name") == "thread_name"}
    stays = sorted((event for event in mine if event.get("ph") == "X"), key=lambda event: event["ts"])
    if not stays:
        return None
    start = stays[0]["ts"]
    whole = max(_seconds(event, start)[1] for event in stays)
    kept = stays[:SPANS]
    shown = whole if len(kept) == len(stays) else _seconds(kept[-1], start)[0]
    spans = tuple(_span(event, names, start, shown) for event in kept)
    return Trace(path.name.removesuffix(".json"), tuple(names[tid] for tid in sorted(names)), spans, whole, shown)


def _seconds(event: Mapping[str, Any], start: float) -> tuple[float, float]:
    began = (event["ts"] - start) / 1e6
    return began, began + event["dur"] / 1e6


def _span(event: Mapping[str, Any], names: Mapping[int, str], start: float, shown: float) -> Span:
    began, ended = _seconds(event, start)
    return Span(names[event["tid"]], event["name"], began, min(ended, shown), event["args"]["frame"])


def rows(trace: Trace) -> Iterator[Row]:
    """Yield the trace's rows, of three kinds: "state" of a stage, items in a "queue", "busy" share of a stage."""
    for span in trace.spans:
        yield _row(trace, "state", span.stage, span.state, span.began, span.ended, None, span.frame)
    for before, after in pairwise(trace.stages):
        name = f"{before} → {after}"
        for began, ended, items in occupancy(trace, before, after):
            yield _row(trace, "queue", name, None, began, ended, items, None)
        # A step needs to know where it ends.
        yield _row(trace, "queue", name, None, ended, ended, items, None)
    for stage in trace.stages:
        for began, ended, share in busy(trace, stage):
            yield _row(trace, "busy", stage, None, began, ended, share, None)


def _row(
    trace: Trace,
    kind: str,
    name: str,
    state: str | None,
    began: float,
    ended: float,
    value: float | None,
    frame: int | None,
) -> Row:
    return {
        "trace": trace.name,
        "kind": kind,
        "name": name,
        "state": state,
        "began_s": round(began, 6),
        "ended_s": round(ended, 6),
        "value": value,
        "frame": frame,
    }


def occupancy(trace: Trace, before: str, after: str) -> list[tuple[float, float, int]]:
    """Return how many items stood between two neighbours, as intervals over the whole of what is shown.

    An item is in the queue from the end of the work on it in ``before`` until the end of the work on it in ``after``,
    which reads it in its place: so long its slot is taken.
    """
    sent, taken = _worked(trace.spans, before), _worked(trace.spans, after)
    changes: dict[float, int] = defaultdict(int)
    for frame, work in sent.items():
        if frame in taken:
            # It is sent before its sender says that it does something else, and a busy machine may come in between.
            changes[min(work.ended, taken[frame].began)] += 1
            changes[taken[frame].ended] -= 1
        else:
            changes[work.ended] += 1
    intervals = []
    began, items = 0.0, 0
    for moment in sorted(changes):
        if moment > began:
            intervals.append((began, moment, items))
        began, items = moment, items + changes[moment]
    return [*intervals, (began, trace.shown, items)]


def _worked(spans: Sequence[Span], stage: str) -> dict[int, Span]:
    """Return the work on each item, by the item's first frame."""
    mine = [span for span in spans if span.stage == stage]
    # Only a frame number that has gone up afterwards was an item: a source's last fill gives nothing.
    done = (span for span, after in pairwise(mine) if span.state == "working" and after.frame > span.frame)
    return {span.frame: span for span in done}


def busy(trace: Trace, stage: str) -> list[tuple[float, float, float]]:
    """Return the share of working time of ``stage`` in each of `BINS` equal intervals."""
    width = trace.shown / BINS
    worked = [0.0] * BINS
    for span in trace.spans:
        if span.stage != stage or span.state != "working":
            continue
        for index in range(int(span.began / width), min(BINS, int(span.ended / width) + 1)):
            worked[index] += max(0.0, min(span.ended, (index + 1) * width) - max(span.began, index * width))
    return [(index * width, (index + 1) * width, round(spent / width, 4)) for index, spent in enumerate(worked)]
