"""Where the nodes of a graph ran, and for how long, by onnxruntime's own profile of a session."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KERNEL = "_kernel_time"
_DEVICE = "Kernel"
"""Category of what ran on the device itself; only in builds of onnxruntime with CUPTI, which PyPI's are not."""


@dataclass(frozen=True)
class NodeTimes:
    """Microseconds of a session's nodes. ``nodes`` are those that ran, by provider: operator -> how many of them.

    ``us`` is time by provider as the host saw it. For a GPU that is the time to launch a node's kernels, but for a
    node that waits for its own result; ``device_us`` is the kernels' own, None where this build does not tell.
    """

    us: Mapping[str, float]
    nodes: Mapping[str, Mapping[str, int]]
    device_us: float | None

    def share(self, provider: str) -> float:
        """Return the part of all the nodes' time that was ``provider``'s; 0 when nothing ran."""
        total = sum(self.us.values())
        return self.us.get(provider, 0.0) / total if total else 0.0

    def elsewhere(self, provider: str) -> dict[str, dict[str, int]]:
        """Return what did not run on ``provider``: other provider -> operator -> nodes."""
        return {name: dict(kinds) for name, kinds in self.nodes.items() if name != provider}


def read(path: Path, *, skip_runs: int = 0) -> NodeTimes:
    """Return the times in the profile file ``path``, without those of the first ``skip_runs`` runs.

    Raises ValueError when it is no profile, or holds fewer runs.
    """
    try:
        events = json.loads(path.read_text(encoding="utf-8"))
        return of_events(events, skip_runs=skip_runs)
    except (json.JSONDecodeError, AttributeError, TypeError) as error:
        raise ValueError(f"{str(path)!r} is no profile of onnxruntime: {error}") from error


def of_events(events: Iterable[Mapping[str, Any]], *, skip_runs: int = 0) -> NodeTimes:
    """Return the times of a profile's events."""
    known = [event for event in events if "ts" in event]
    runs = sorted(event["ts"] for event in known if event.get("name") == "model_run")
    if len(runs) < skip_runs:
        raise ValueError(f"the profile holds {len(runs)} runs, {skip_runs} are to be skipped")
    begin = runs[skip_runs] if skip_runs < len(runs) else float("inf") if skip_runs else float("-inf")
    us: Counter[str] = Counter()
    seen: dict[str, dict[str, set[str]]] = {}
    device = None
    for event in known:
        if event["ts"] < begin:
            continue
        arguments = event.get("args", {})
        if event.get("cat") == _DEVICE:
            device = (device or 0.0) + event["dur"]
        elif event.get("cat") == "Node" and str(event["name"]).endswith(_KERNEL):
            provider = arguments["provider"]
            us[provider] += event["dur"]
            kinds = seen.setdefault(provider, {})
            kinds.setdefault(arguments["op_name"], set()).add(str(event["name"]))
    nodes = {provider: {kind: len(names) for kind, names in kinds.items()} for provider, kinds in seen.items()}
    return NodeTimes({name: float(time) for name, time in us.items()}, nodes, device)
