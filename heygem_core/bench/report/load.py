"""What processors and GPU did along the run, replicate by replicate: a machine that changed meanwhile shows here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from statistics import fmean

from heygem_core.bench.compare import Measured
from heygem_core.bench.report.figure import Chart, Figure, Row, Spec, by_arm, key
from heygem_core.bench.schema import Block, Replicate
from heygem_core.text import Text


def _gpu(name: str, factor: float = 1.0) -> Callable[[Block], float | None]:
    def read(block: Block) -> float | None:
        value = None if block.gpu is None else getattr(block.gpu, name)
        return None if value is None else factor * value

    return read


_READINGS: dict[str, tuple[Text, Callable[[Block], float | None]]] = {
    "processors": (
        Text("processors that the working process kept busy", "工作进程占用的处理器数"),
        lambda block: block.cpu_ns / (block.ended_ns - block.began_ns),
    ),
    "gpu_percent": (Text("GPU utilization, %", "GPU 利用率，%"), _gpu("utilization", 100)),
    "gpu_watts": (Text("GPU power, W", "GPU 功率，瓦"), _gpu("power")),
    "gpu_mhz": (Text("GPU SM clock, MHz", "GPU SM 时钟，MHz"), _gpu("sm_clock")),
}


_STEADY = {"gpu_watts", "gpu_mhz"}
"""Readings of which a few per cent matter: their axes need not begin at 0."""


def figure(measured: Measured, arms: Sequence[str]) -> Figure:
    """Return a chart for each reading that the machine gives, over the minutes of the run."""
    replicates = sorted(
        (one for group in measured.replicates.values() for one in group), key=lambda one: (one.began, one.index)
    )
    rows = list(_rows(replicates, arms))
    charts = [
        Chart(title, _spec(name, title, arms), {})
        for name, (title, _) in _READINGS.items()
        if any(row[name] is not None for row in rows)
    ]
    caption = Text(
        "One point per replicate and arm: mean over its blocks, the other process idle. A square has voided quads. "
        "A steady machine shows level bands.",
        "每个点是一次重复测量中一个版本的各块平均值，此时另一进程空闲。方块表示其中有作废的四块组。机器稳定时呈水平带状。",
    )
    return Figure("load", Text("Utilization along the run", "运行期间的利用率"), caption, rows, charts, key(arms))


def _rows(replicates: Sequence[Replicate], arms: Sequence[str]) -> Iterator[Row]:
    if not replicates:
        return
    start = datetime.fromisoformat(replicates[0].began)
    for one in replicates:
        minutes = (datetime.fromisoformat(one.began) - start).total_seconds() / 60
        voided = sum(quad.void is not None for quad in one.quads)
        for arm in dict.fromkeys((one.base, one.candidate)):
            if arm not in arms:
                continue
            blocks = [block for quad in one.quads for block in quad.blocks if block.arm == arm]
            if not blocks:
                continue
            yield {
                "minutes": round(minutes, 3),
                "model": one.model,
                "scenario": one.scenario,
                "arm": arm,
                **{name: _mean(read, blocks) for name, (_, read) in _READINGS.items()},
                "voided": voided,
                "quads": len(one.quads),
            }


def _mean(read: Callable[[Block], float | None], blocks: Sequence[Block]) -> float | None:
    values = [value for value in map(read, blocks) if value is not None]
    return round(fmean(values), 4) if values else None


def _spec(name: str, title: Text, arms: Sequence[str]) -> Spec:
    tooltip = [
        {"field": "arm", "type": "nominal", "title": Text("version", "版本")},
        {"field": "model", "type": "nominal", "title": Text("model", "模型")},
        {"field": "scenario", "type": "nominal", "title": Text("scenario", "场景")},
        {"field": name, "type": "quantitative", "format": ".3~g", "title": title},
        {"field": "voided", "type": "quantitative", "title": Text("quads voided", "作废的四块组")},
    ]
    voided = {"test": "datum.voided > 0"}
    x = {
        "field": "minutes",
        "type": "quantitative",
        "title": Text("minutes since the run began", "自运行开始的分钟数"),
        "scale": {"nice": False},
    }
    points = {
        "mark": {"type": "point", "filled": True, "opacity": 0.65},
        "encoding": {
            "y": {
                "field": name,
                "type": "quantitative",
                "title": None,
                "axis": {"tickCount": 4},
                "scale": {"zero": name not in _STEADY},
            },
            "color": by_arm(arms)["color"],
            "tooltip": tooltip,
            "shape": {"condition": {**voided, "value": "square"}, "value": "circle"},
            "size": {"condition": {**voided, "value": 45}, "value": 20},
        },
    }
    return {"width": "container", "height": 150, "encoding": {"x": x}, "layer": [*_PHASES, points]}


_PHASE = [
    {"aggregate": [{"op": "min", "field": "minutes", "as": "minutes"}], "groupby": ["model", "scenario"]},
    {"calculate": "datum.model + ' · ' + datum.scenario", "as": "phase"},
]
_WORDS = {"type": "text", "angle": 90, "align": "left", "baseline": "bottom", "dx": 22, "dy": -3, "fontSize": 9}
_PHASES: list[Spec] = [
    {"transform": _PHASE, "mark": {"type": "rule", "color": "var(--line)"}},
    {
        "transform": _PHASE,
        "mark": {**_WORDS, "color": "var(--soft)"},
        "encoding": {"text": {"field": "phase"}, "y": {"value": 0}},
    },
]
"""What was measured from when on."""
