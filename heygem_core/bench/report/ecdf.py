"""The distributions of all latencies, as the share of frames that took at most so long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from heygem_core.bench.compare import Measured
from heygem_core.bench.report.figure import Chart, Figure, Row, Spec, by_arm, key
from heygem_core.bench.schema import Replicate
from heygem_core.text import Text

_POINTS = 120
"""Of a curve; more cannot be seen."""
_TAIL = 40
"""Of these, how many stand evenly in the logarithm of the share that took longer."""
_END, _NEAR = 0.97, 1.25
"""An axis ends at this share of the slowest arm, unless its largest latency is at most so many times as far."""


def figure(measured: Measured, arms: Sequence[str]) -> Figure:
    """Return one chart per model and scenario, with a curve for each of ``arms`` that was measured in it."""
    rows: list[Row] = []
    charts = []
    for model in measured.run.models:
        for scenario in measured.run.scenarios:
            mine = _curves(model.name, scenario.name, measured, arms)
            if mine:
                rows += mine
                title = Text(f"{model.name} · {scenario.name}", f"{model.name} · {scenario.name}")
                charts.append(Chart(title, _spec(mine, arms), {"model": model.name, "scenario": scenario.name}))
    caption = Text(
        "Share of runs that took at most so long; voided quads are left out, and an axis may end before the slowest "
        "3 %. All frames of an arm are pooled: a look "
        "at the shape, not the test, which counts replicates. In cold-start a run is a whole process until its first "
        "result, in pipeline a whole clip.",
        "耗时不超过该值的运行所占比例；已作废的四块组不计入，坐标轴可能不含最慢的 3 %。"
        "每个版本的所有帧合在一起，只用于观察分布形状；判定以重复测量为单位。"
        "cold-start 中的一次运行是一个进程直到首个结果，pipeline 中是整段视频。",
    )
    title = Text("Latency distributions", "延迟分布")
    return Figure("latencies", title, caption, rows, charts, key(arms))


def _curves(model: str, scenario: str, measured: Measured, arms: Sequence[str]) -> list[Row]:
    those = [
        one
        for (name, kind, _, session), group in measured.replicates.items()
        if (name, kind, session) == (model, scenario, 1)
        for one in group
    ]
    rows: list[Row] = []
    for arm in arms:
        latencies = pooled(those, arm)
        if latencies.size:
            rows += [
                {"model": model, "scenario": scenario, "arm": arm, "ms": ms, "share": share, "runs": latencies.size}
                for ms, share in curve(latencies)
            ]
    return rows


def pooled(replicates: Iterable[Replicate], arm: str) -> NDArray[np.float64]:
    """Return all latencies of ``arm`` in quads that count, in milliseconds, in order."""
    found = [
        took
        for one in replicates
        for quad in one.quads
        if quad.void is None
        for block in quad.blocks
        if block.arm == arm
        for took in block.runs_ns
    ]
    return np.sort(np.asarray(found, np.float64) / 1e6)


def curve(ordered: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return points of the empirical distribution of ``ordered``: latencies really seen, with the share up to each.

    The smallest and the largest are among them. Between two points the share lies between theirs.
    """
    n = ordered.size
    even = np.linspace(0, n - 1, _POINTS - _TAIL)
    tail = n - 1 - np.geomspace(1, max(n / 10, 1), _TAIL)
    places = np.unique(np.clip(np.concatenate([even, tail]).round(), 0, n - 1).astype(int))
    return [(round(float(ordered[place]), 5), round((place + 1) / n, 6)) for place in places]


def _spec(rows: Sequence[Row], arms: Sequence[str]) -> Spec:
    largest = max(row["ms"] for row in rows)
    end = max(row["ms"] for row in rows if row["share"] <= max(_END, min(one["share"] for one in rows)))
    domain = [min(row["ms"] for row in rows), largest if largest <= _NEAR * end else end]
    x = {
        "field": "ms",
        "type": "quantitative",
        "title": Text("ms", "毫秒"),
        "scale": {"domain": domain, "nice": False},
        "axis": {"tickCount": 5, "format": ",.3~r"},
    }
    y = {"field": "share", "type": "quantitative", "title": None, "axis": {"format": "%", "tickCount": 5}}
    tooltip = [
        {"field": "arm", "type": "nominal", "title": Text("version", "版本")},
        {"field": "share", "type": "quantitative", "format": ".2%", "title": Text("share of runs", "运行占比")},
        {"field": "ms", "type": "quantitative", "format": ".4~r", "title": Text("at most, ms", "不超过，毫秒")},
        {"field": "runs", "type": "quantitative", "format": ",", "title": Text("of runs", "运行总数")},
    ]
    nearest = {"select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}, "name": "near"}
    return {
        "width": "container",
        "height": 180,
        "encoding": {"x": x, "y": y, **by_arm(arms)},
        "layer": [
            {"mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 1.8, "clip": True}},
            {
                "params": [nearest],
                "mark": {"type": "point", "filled": True, "size": 45, "clip": True},
                "encoding": {
                    "tooltip": tooltip,
                    "opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0},
                    "strokeDash": {"value": [1, 0]},
                },
            },
        ],
    }
