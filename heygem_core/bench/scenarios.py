"""The ways in which frames are asked for, and which figure decides in each."""

from __future__ import annotations

from heygem_core.bench.schema import Scenario

FPS = 25
BATCH = 4
"""What `render` gives the generator by default."""

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("single-stream", "p50", 0.01, (1,)),
        Scenario("offline", "throughput", 0.01, (BATCH,)),
        Scenario("paced", "p50", 0.01, (1,), period_ns=1_000_000_000 // FPS, quads=2),
        # onnxruntime 23006: fifteen times slower, but only with inputs whose size changes from run to run.
        Scenario("shape-churn", "throughput", 0.01, (1, 3, 2, 4)),
        Scenario("cold-start", "total", 0.05, (1,), quads=1),
        Scenario("pipeline", "throughput", 0.02, (BATCH,), quads=2),
    )
}
"""By name. cold-start makes a process per block; pipeline renders a whole clip per block, in stages of its own."""

MARGINS = {"p50": 0.01, "throughput": 0.01, "rss": 0.02, "vram": 0.02}
"""Margins of metrics that do not gate their scenario; quantiles of the tail have 10 %, all others 5 %."""


def margin(scenario: Scenario, metric: str) -> float:
    """Return the margin of ``metric`` in ``scenario`` where none is asked for."""
    if metric == scenario.metric:
        return scenario.margin
    return MARGINS.get(metric, 0.10 if metric.startswith("p") else 0.05)
