"""Chrome trace events: what each stage did when, to be opened in Perfetto or chrome://tracing."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heygem_core.pipeline.messages import Span

MAX_SPANS = 100_000
"""Per stage and job; what comes later is left out, so that a long job's trace does not fill the memory."""


class SpanRecorder:
    """Collects one worker's stays in its states; each lasts until the next begins. Used in the worker."""

    def __init__(self) -> None:
        self._begun: list[tuple[str, int, int, int]] = []

    def enter(self, state: str, frame: int, count: int) -> None:
        """Record that the worker entered ``state`` now."""
        if len(self._begun) < MAX_SPANS:
            self._begun.append((state, time.monotonic_ns(), frame, count))

    def take(self) -> list[Span]:
        """Return the spans so far and begin anew."""
        begun, self._begun = self._begun, []
        ends = [start for _, start, _, _ in begun[1:]] + [time.monotonic_ns()] * bool(begun)
        return [
            Span(state, start, end - start, frame, count)
            for (state, start, frame, count), end in zip(begun, ends, strict=True)
        ]


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
