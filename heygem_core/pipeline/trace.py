"""Chrome trace events: what each stage did when, to be opened in Perfetto or chrome://tracing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heygem_core.pipeline.messages import Span


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
