"""One job of the whole pipeline, drawn: stages as a Gantt chart, queues as steps, and a strip to zoom with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from heygem_core.bench.report import labels, trace
from heygem_core.bench.report.figure import Chart, Figure, Row, Spec, expression
from heygem_core.bench.report.trace import Trace
from heygem_core.text import Text

_SIDE = 130
"""Pixels left of each view, all alike so that their times stand above each other."""
_LINE = 24
_TONES = {
    "working": "var(--good)",
    "waiting_for_input": "var(--waits-input)",
    "waiting_for_output": "var(--waits-output)",
    "starting": "var(--odd)",
    "finishing": "var(--same)",
    "idle": "var(--tint)",
}
_UNNAMED = {"title": None, "axis": {"labels": False, "ticks": False}}
_TIME = Text("seconds since the job began", "自任务开始的秒数")


def figure(folder: Path, models: Sequence[str]) -> Figure | None:
    """Return the figure of all traces in ``folder``, one shown at a time; None without any."""
    traces = [read for path in sorted(folder.glob("*.json")) if (read := trace.read(path)) is not None]
    if not traces:
        return None
    traces.sort(key=lambda one: [not one.name.startswith(f"{model}.") for model in models])
    rows: list[Row] = [row for one in traces for row in trace.rows(one)]
    charts = [Chart(_title(one.name, models), _spec(one), {"trace": one.name}) for one in traces]
    caption = Text(
        "One job of the whole pipeline. A queue's height is the items in it, the one being worked on included. A full "
        "queue in front of a stage, and none behind it, names the stage that bounds the rate. Drag across the top "
        "strip to zoom, click it twice to see all.",
        "整条流水线的一个任务。队列的高度是其中的条目数，包括正在处理的一个。某阶段之前队列满、之后队列空，它就是瓶颈。"
        "在最上方的色带上拖动可放大，双击恢复。",
    )
    cut = [one for one in traces if one.shown < one.whole]
    if cut:
        share = ", ".join(f"{one.name} {one.shown:.1f} s / {one.whole:.1f} s" for one in cut)
        caption = Text(f"{caption.en} Shown is the beginning of {share}.", f"{caption.zh}只显示开头部分：{share}。")
    key = [(_TONES[state], False, name) for state, name in labels.STATES.items() if state != "idle"]
    return Figure("pipeline", Text("Inside the pipeline", "流水线内部"), caption, rows, charts, key, choose=True)


def _title(name: str, models: Sequence[str]) -> Text:
    model = next((one for one in models if name.startswith(f"{one}.")), None)
    told = name if model is None else f"{model} · {name.removeprefix(f'{model}.')}"
    return Text(told, told)


def _spec(one: Trace) -> Spec:
    peaks = {
        f"{before} → {after}": max(items for _, _, items in trace.occupancy(one, before, after))
        for before, after in pairwise(one.stages)
    }
    queues = [_queue(name, peak, last=place == len(peaks)) for place, (name, peak) in enumerate(peaks.items(), 1)]
    zoomed = [_states(one.stages), *queues]
    return {
        "usermeta": {"side": _SIDE},
        "spacing": 6,
        "vconcat": [
            _busy(one.stages),
            {"spacing": 6, "vconcat": zoomed, "resolve": {"scale": {"x": "shared"}}},
        ],
    }


def _time(**more: Any) -> dict[str, Any]:
    return {"field": "began_s", "type": "quantitative", "scale": {"nice": False, "zero": False, **more}}


def _names(stages: Sequence[str], **more: Any) -> dict[str, Any]:
    axis = {**more, "minExtent": _SIDE - 20, "maxExtent": _SIDE - 20, "labelLimit": _SIDE - 26}
    return {"field": "name", "type": "nominal", "sort": list(stages), "title": None, "axis": axis}


def _busy(stages: Sequence[str]) -> Spec:
    """Return the strip of how busy each stage was, which also is what one zooms with."""
    return {
        "width": "container",
        "height": 13 * len(stages),
        "transform": [{"filter": "datum.kind === 'busy'"}],
        "params": [{"name": "zoom", "select": {"type": "interval", "encodings": ["x"]}}],
        "mark": {"type": "rect", "color": "var(--good)"},
        "encoding": {
            "x": {**_time(), "title": None, "axis": {"tickCount": 5, "orient": "top"}},
            "x2": {"field": "ended_s"},
            "y": _names(stages, labelFontSize=9),
            "opacity": {
                "field": "value",
                "type": "quantitative",
                "legend": None,
                "scale": {"domain": [0, 1], "range": [0.04, 1]},
            },
            "tooltip": [
                {"field": "name", "title": Text("stage", "阶段")},
                {"field": "value", "type": "quantitative", "format": ".0%", "title": Text("working", "工作占比")},
            ],
        },
    }


def _states(stages: Sequence[str]) -> Spec:
    return {
        "width": "container",
        "height": _LINE * len(stages),
        "transform": [
            {"filter": "datum.kind === 'state' && datum.state !== 'idle'"},
            {"calculate": expression(labels.STATES, "datum.state"), "as": "state_name"},
            {"calculate": "1000 * (datum.ended_s - datum.began_s)", "as": "ms"},
        ],
        "mark": {"type": "bar", "height": _LINE - 8, "clip": True},
        "encoding": {
            "x": {**_time(domain={"param": "zoom"}), **_UNNAMED},
            "x2": {"field": "ended_s"},
            "y": _names(stages),
            "color": {
                "field": "state",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": list(_TONES), "range": list(_TONES.values())},
            },
            "tooltip": [
                {"field": "name", "title": Text("stage", "阶段")},
                {"field": "state_name", "title": Text("state", "状态")},
                {"field": "ms", "type": "quantitative", "format": ",.1f", "title": Text("for, ms", "持续，毫秒")},
                {"field": "frame", "type": "quantitative", "title": Text("at frame", "所在帧")},
            ],
        },
    }


def _queue(name: str, peak: int, *, last: bool) -> Spec:
    """Return one queue's steps; the name stands left of them, and is data: it comes from the trace."""
    axis = {
        "values": [0, peak],
        "format": "d",
        "titleFontSize": 10,
        "minExtent": _SIDE - 20,
        "maxExtent": _SIDE - 20,
        "titleAngle": 0,
    }
    heading = {"titleAlign": "right", "titleX": -14, "titleY": 17, "titleBaseline": "middle", "titleLimit": _SIDE - 26}
    below = (
        {"title": _TIME, "axis": {"tickCount": 5}}
        if last
        else {"title": None, "axis": {"labels": False, "ticks": False}}
    )
    return {
        "width": "container",
        "height": 34,
        "transform": [{"filter": {"and": [{"field": "kind", "equal": "queue"}, {"field": "name", "equal": name}]}}],
        "mark": {"type": "area", "interpolate": "step-after", "color": "var(--same)", "opacity": 0.75, "clip": True},
        "encoding": {
            "x": {**_time(domain={"param": "zoom"}), **below},
            "y": {"field": "value", "type": "quantitative", "title": name, "axis": {**axis, **heading}},
            "tooltip": [
                {"field": "name", "title": Text("queue", "队列")},
                {"field": "value", "type": "quantitative", "title": Text("items", "条目")},
            ],
        },
    }
