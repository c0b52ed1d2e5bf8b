"""onnxruntime's own profile of a session, as one more process in the pipeline's Chrome trace."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PROCESS = 1
"""Process id in the trace; the pipeline itself is 0."""


def ended(session: Any) -> dict[str, Any]:
    """End an InferenceSession's profile; return {"path", "start_ns"}, its start on the monotonic clock."""
    # onnxruntime stamps the start with std::chrono::high_resolution_clock, in libstdc++ the wall clock.
    wall_to_monotonic = time.monotonic_ns() - time.time_ns()
    start = session.get_profiling_start_time_ns() + wall_to_monotonic
    return {"path": session.end_profiling(), "start_ns": start}


def merge(trace: Path, profile: Mapping[str, Any], name: str) -> None:
    """Add the events of ``profile`` (see `ended`) to the Chrome trace file ``trace`` and delete the profile file."""
    document = json.loads(trace.read_text(encoding="utf-8"))
    path = Path(profile["path"])
    shift = profile["start_ns"] / 1e3
    title = {"ph": "M", "pid": _PROCESS, "name": "process_name", "args": {"name": f"onnxruntime: {name}"}}
    events = [
        {**event, "pid": _PROCESS, "ts": event["ts"] + shift}
        for event in json.loads(path.read_text(encoding="utf-8"))
        if "ts" in event
    ]
    document["traceEvents"] += [title, *events]
    trace.write_text(json.dumps(document), encoding="utf-8")
    path.unlink()
