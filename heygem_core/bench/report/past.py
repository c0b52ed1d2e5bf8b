"""The ratios of earlier runs, with the moments from which on they were at another level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heygem_core.bench.history import Series
from heygem_core.bench.report import labels
from heygem_core.bench.report.figure import Chart, Figure, Row, Spec, expression
from heygem_core.text import Text


def figure(series: Sequence[Series]) -> Figure:
    """Return a chart for each series, those that changed first."""
    ordered = sorted(series, key=lambda one: not one.changes)
    rows = [row for one in ordered for row in _rows(one)]
    charts = [Chart(_title(one), _spec(one), {"series": one.name}) for one in ordered]
    changed = sum(bool(one.changes) for one in series)
    caption = Text(
        f"Each run's ratio to the reference measured in the same session. {changed} of {len(series)} series changed; "
        "a dashed line marks the run from which on, bars the levels before and after.",
        f"每次运行与同一会话中测得的基准之比。{len(series)} 个序列中有 {changed} 个发生变化；"
        "虚线标出变化起始的那次运行，横线为前后水平。",
    )
    return Figure("history", Text("History", "历史"), caption, rows, charts)


def _title(one: Series) -> Text:
    marks = "".join(f" {_change(change.before, change.after)}" for change in one.changes)
    # "VERSION / MACHINE PROVIDER REFERENCE WHEEL MODEL SCENARIO METRIC", see `heygem_core.bench.history.append`.
    words = one.name.split()
    name = f"{words[0]} · {' · '.join(words[-3:])}" if len(words) > 4 else one.name
    return Text(name + marks, name + marks)


def _change(before: float, after: float) -> str:
    return f"▲ {100 * (after / before - 1):+.1f} %" if after > before else f"▼ {100 * (after / before - 1):+.1f} %"


def _rows(one: Series) -> list[Row]:
    edges = [0, *(change.index for change in one.changes), len(one.points)]
    levels = [change.before for change in one.changes] + [one.changes[-1].after] if one.changes else []
    rows: list[Row] = []
    for index, point in enumerate(one.points):
        part = next(place for place, end in enumerate(edges[1:]) if index < end)
        rows.append(
            {
                "series": one.name,
                "at": point.at,
                "run": point.run,
                "git": point.git,
                "ratio": round(point.ratio, 6),
                "low": point.ci[0],
                "high": point.ci[1],
                "n": point.n,
                "verdict": point.verdict,
                "level": round(levels[part], 6) if levels else None,
                "part": part,
                "changed": index in edges[1:-1],
            }
        )
    return rows


def _spec(one: Series) -> Spec:
    verdicts = list(labels.VERDICTS)
    x = {
        "field": "at",
        "type": "temporal",
        "title": None,
        "scale": {"padding": 8},
        "axis": {"tickCount": 4, "format": "%m-%d"},
    }
    y: dict[str, Any] = {"type": "quantitative", "title": None, "scale": {"zero": False}, "axis": {"tickCount": 4}}
    tooltip = [
        {"field": "at", "type": "temporal", "format": "%Y-%m-%d %H:%M", "title": Text("run", "运行")},
        {"field": "ratio", "type": "quantitative", "format": ".4f", "title": Text("ratio", "比值")},
        {"field": "low", "type": "quantitative", "format": ".4f", "title": Text("at least", "至少")},
        {"field": "high", "type": "quantitative", "format": ".4f", "title": Text("at most", "至多")},
        {"field": "verdict_name", "title": Text("verdict", "判定")},
        {"field": "git", "title": Text("commit", "提交")},
    ]
    paint = {
        "field": "verdict",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": verdicts, "range": [f"var(--{labels.VERDICTS[code].tone})" for code in verdicts]},
    }
    return {
        "width": "container",
        "height": 130,
        "transform": [{"calculate": expression(labels.NAMES, "datum.verdict"), "as": "verdict_name"}],
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "rule", "color": "var(--soft)", "strokeDash": [2, 3]},
                "encoding": {"y": {**y, "datum": 1}, "x": {"value": 0}, "x2": {"value": "width"}},
            },
            *(_levels(y) if one.changes else ()),
            {
                "mark": {"type": "rule", "opacity": 0.55},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": paint},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 36, "opacity": 1},
                "encoding": {"y": {**y, "field": "ratio"}, "color": paint, "tooltip": tooltip},
            },
        ],
    }


def _levels(y: dict[str, Any]) -> list[Spec]:
    return [
        {
            "transform": [{"filter": "datum.changed"}],
            "mark": {"type": "rule", "color": "var(--bad)", "strokeDash": [5, 3], "strokeWidth": 1.5},
        },
        {
            "transform": [{"filter": "isValid(datum.level)"}],
            "mark": {"type": "line", "strokeWidth": 4, "color": "var(--line)"},
            "encoding": {"y": {**y, "field": "level"}, "detail": {"field": "part"}},
        },
    ]
