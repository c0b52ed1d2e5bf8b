"""A trace that no pipeline left: stages with given times per item and queues of given length, worked out exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from heygem_core.pipeline import trace
from heygem_core.pipeline.trace import Span

STAGES = ("decode", "face", "generator", "blend", "encode")
MS = (6.0, 14.0, 38.0, 9.0, 16.0)
SLOTS = 4
BATCH = 4


def spans(items: int, ms: Sequence[float], slots: int = SLOTS) -> dict[int, list[Span]]:
    """Return what each stage did: it waits for an item, then for a free slot behind it, then works."""
    random = np.random.default_rng(1)
    done: dict[tuple[int, int], float] = defaultdict(float)
    told: dict[int, list[Span]] = {
        index: [Span("STARTING", 0, int((5 + 20 * index) * 1e6), 0, 0)] for index in range(len(ms))
    }
    for item in range(items):
        for stage, mean in enumerate(ms):
            before = told[stage][-1].start + told[stage][-1].duration
            ready = max(before, done[stage - 1, item] * 1e6) if stage else before
            free = max(ready, done[stage + 1, item - slots] * 1e6) if stage + 1 < len(ms) else ready
            ended = free + mean * 1e6 * float(np.exp(random.normal(0, 0.12)))
            for state, began, until in (
                ("WAITING_FOR_INPUT", before, ready),
                ("WAITING_FOR_OUTPUT", ready, free),
                ("WORKING", free, ended),
            ):
                if until > began:
                    told[stage].append(Span(state, int(began), int(until - began), item * BATCH, BATCH))
            done[stage, item] = ended / 1e6
    for stage, those in told.items():
        # A source fills once more, in vain; the others wait for the end.
        state = "WAITING_FOR_INPUT" if stage else "WORKING"
        those.append(Span(state, those[-1].start + those[-1].duration, 1_000_000, items * BATCH, 0))
        those.append(Span("FINISHING", those[-1].start + 1_000_000, 2_000_000, items * BATCH, 0))
    return told


def write(path: Path, items: int = 44, slow: float = 1.0, stages: Sequence[str] = STAGES) -> None:
    """Write a trace; ``slow`` multiplies what the generator takes; ``stages`` are five names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ms = [mean * (slow if name == "generator" else 1.0) for name, mean in zip(STAGES, MS, strict=True)]
    trace.write(path, stages, spans(items, ms))
