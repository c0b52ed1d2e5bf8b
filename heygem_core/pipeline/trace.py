"""Chrome trace events: what each stage did when, to be opened in Perfetto or chrome://tracing."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygem_core.pipeline.page import State

MAX_SPANS = 100_000
"""Per stage and job; what comes later is left out, so that a long job's trace does not fill the memory."""
_FIELDS = 4


@dataclass(frozen=True)
class Span:
    """One stay in one state; times are monotonic nanoseconds."""

    state: str
    start: int
    duration: int
    frame: int
    count: int


class SpanRecorder:
    """Collects one worker's stays in its states; each lasts until the next begins. Used in the worker.

    Kept as 64-bit integers in native order, four per stay: state, start in ns, frame, count; and at last one end in ns.
    """

    def __init__(self) -> None:
        self._begun = array("q")

    def enter(self, state: State, start: int, frame: int, count: int) -> None:
        """Record that the worker entered ``state`` at ``start``, in nanoseconds of the monotonic clock."""
        words = self._begun
        if len(words) < MAX_SPANS * _FIELDS:
            words.extend((state, start, frame, count))
        elif len(words) == MAX_SPANS * _FIELDS:
            words.append(start)

    def take(self) -> bytes:
        """Return what was recorded so far, for `unpacked`, and begin anew."""
        begun, self._begun = self._begun, array("q")
        if begun and len(begun) % _FIELDS == 0:
            begun.append(time.monotonic_ns())
        return begun.tobytes()


def unpacked(packed: bytes) -> list[Span]:
    """Return the spans in the bytes that `SpanRecorder.take` returned; raises ValueError for others."""
    words = array("q", packed)
    ends = [*words[_FIELDS + 1 :: _FIELDS], *words[-1:]]
    rows = zip(*(words[field:-1:_FIELDS] for field in range(_FIELDS)), ends, strict=True)
    return [Span(State(state).name, start, end - start, frame, count) for state, start, frame, count, end in rows]


def events(names: Sequence[str], spans: Mapping[int, Sequence[Span]]) -> list[dict[str, Any]]:
    """Return trace events, one track per stage; times are microseconds of the monotonic clock."""
    rows: list[dict[str, Any]] = [{"ph": "M", "pid": 0, "name": "process_name", "args": {"name": "heygem-core"}}]
    for index, name in enumerate(names):
        rows.append({"ph": "M", "pid": 0, "tid": index, "name": "thread_name", "args": {"name": name}})
        rows.extend(_event(index, span) for span in spans.get(index, ()))
    return rows


def _event(index: int, span: Span) -> dict[str, Any]:
    return {
        "ph": "X",
        "pid": 0,
        "tid": index,
        "name": span.state.lower(),
        "ts": span.start / 1e3,
        "dur": span.duration / 1e3,
        "args": {"frame": span.frame, "count": span.count},
    }


def write(path: Path, names: Sequence[str], spans: Mapping[int, Sequence[Span]]) -> None:
    """Write the trace of one job to ``path``, replacing an older one."""
    document = {"traceEvents": events(names, spans), "displayTimeUnit": "ms"}
    path.write_text(json.dumps(document), encoding="utf-8")
