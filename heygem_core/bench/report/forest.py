"""The intervals of all comparisons, each with its margin: who lies where, and how sure that is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from heygem_core.bench.report import labels, sentences
from heygem_core.bench.report.figure import Chart, Figure, Row, Spec, expression
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.text import Text

_LINE = 26
"""Pixels per comparison."""
_VALUES = [sign * value for value in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) for sign in (-1, 1)] + [0]
_WIDE = 30.0
"""Per cent beyond which an axis becomes logarithmic outside the margin: one ×15 would hide all others."""


def figures(gated: Sequence[Comparison], advisory: Sequence[Comparison]) -> list[Figure]:
    """Return the figure of what gates, by model, and folded away that of what does not, by model and metric."""
    caption = Text(
        "Each line is the interval in which the difference lies, the sign in its middle the verdict, the small ticks "
        "the replicates behind it. The band is the margin: inside it a difference does not matter.",
        "横线是差异所在的区间，中间的符号是判定，小竖线是各次重复测量。色带是界限：落在其内的差异无关紧要。",
    )
    rows = [_row(one, f"{one.scenario} · {one.candidate}") for one in gated]
    charts = [
        Chart(Text(model, model), _spec([row for row in rows if row["model"] == model]), {"model": model})
        for model in dict.fromkeys(one.model for one in gated)
    ]
    return [
        Figure("intervals", Text("How much, and how sure", "差多少，有多确定"), caption, rows, charts),
        _advisory(advisory),
    ]


def _advisory(those: Sequence[Comparison]) -> Figure:
    counts = Counter(one.verdict for one in those)
    told = [(labels.VERDICTS[verdict].name, counts[verdict]) for verdict in labels.VERDICTS if counts[verdict]]
    en = ", ".join(f"{count} {name.en}" for name, count in told)
    zh = "，".join(f"{count} 项{name.zh}" for name, count in told)
    caption = Text(
        f"These gate nothing and are not adjusted for how many they are, so that some differ by chance: {en}.",
        f"这些指标不作为门槛，也未按数量校正，因此其中会有偶然的差异：{zh}。",
    )
    rows = [_row(one, f"{one.scenario} · {one.candidate}") for one in those]
    charts = []
    for model, metric in dict.fromkeys((one.model, one.metric) for one in those):
        mine = [row for row in rows if (row["model"], row["metric"]) == (model, metric)]
        name = labels.metric(metric).name
        title = Text(f"{model} · {name.en}", f"{model} · {name.zh}")
        charts.append(Chart(title, _spec(mine), {"model": model, "metric": metric}))
    return Figure("advisory", Text("Other metrics", "其他指标"), caption, rows, charts, choose=True, folded=True)


def _row(one: Comparison, label: str) -> Row:
    ends = sentences.interval(one)
    return {
        "model": one.model,
        "scenario": one.scenario,
        "metric": one.metric,
        "candidate": one.candidate,
        "base": one.base,
        "label": label,
        "verdict": one.verdict,
        "worse_percent": None if one.ratio is None else _percent(sentences.harm(one.ratio, one.metric)),
        "low": None if ends is None else _percent(ends[0]),
        "high": None if ends is None else _percent(ends[1]),
        "band_low": -_percent(math.log1p(one.margin)),
        "band_high": _percent(math.log1p(one.margin)),
        "n": one.n,
        "confidence": one.confidence,
        "replicates": [_percent(sentences.harm(math.exp(effect), one.metric)) for effect in one.effects],
    }


def _percent(shift: float) -> float:
    return round(100 * math.expm1(shift), 4)


def _spec(rows: Sequence[Row]) -> Spec:
    reach = max(
        (abs(row[end]) for row in rows for end in ("low", "high", "worse_percent") if row[end] is not None), default=0
    )
    scale = {"type": "symlog", "constant": _WIDE / 4} if reach > _WIDE else {"zero": True}
    verdicts = list(labels.VERDICTS)
    x = {
        "type": "quantitative",
        "title": Text("← better\u2003worse by, % →", "← 更好\u2003变差的百分比 →"),
        "scale": scale,
        "axis": {"values": _VALUES, "labelOverlap": "greedy"} if reach > _WIDE else {"tickCount": 7},
    }
    y = {"field": "label", "type": "nominal", "sort": None, "title": None}
    paint = {
        "field": "verdict",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": verdicts, "range": [f"var(--{labels.VERDICTS[one].tone})" for one in verdicts]},
    }
    tooltip = [
        *({"field": name, "type": "nominal", "title": title} for name, title in _NAMED.items()),
        *(
            {"field": name, "type": "quantitative", "format": ".2f", "title": title}
            for name, title in _MEASURED.items()
        ),
        {"field": "n", "type": "quantitative", "title": Text("replicates", "重复次数")},
    ]
    estimate = {"x": {**x, "field": "worse_percent"}, "y": y, "tooltip": tooltip}
    return {
        "width": "container",
        "height": _LINE * len(rows),
        "transform": [
            {"calculate": expression(labels.NAMES, "datum.verdict"), "as": "verdict_name"},
            {"calculate": expression(labels.SYMBOLS, "datum.verdict"), "as": "symbol"},
        ],
        "layer": [
            {
                "mark": {"type": "bar", "color": "var(--same-tint)", "height": _LINE - 2},
                "encoding": {"x": {**x, "field": "band_low"}, "x2": {"field": "band_high"}, "y": y},
            },
            {
                "transform": [{"flatten": ["replicates"], "as": ["replicate"]}],
                "mark": {
                    "type": "tick",
                    "color": "var(--soft)",
                    "opacity": 0.35,
                    "thickness": 1,
                    "size": 9,
                    "clip": True,
                },
                "encoding": {"x": {**x, "field": "replicate"}, "y": y},
            },
            {"mark": {"type": "rule", "color": "var(--ink)"}, "encoding": {"x": {"datum": 0, "type": "quantitative"}}},
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "round"},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": paint},
            },
            {
                "transform": [{"filter": "isValid(datum.worse_percent)"}],
                "mark": {"type": "point", "size": 190, "filled": False, "fill": "var(--paper)", "opacity": 1},
                "encoding": {**estimate, "stroke": paint},
            },
            {
                "transform": [{"filter": "isValid(datum.worse_percent)"}],
                "mark": {"type": "text", "fontSize": 10, "fontWeight": "bold", "baseline": "middle"},
                "encoding": {**estimate, "text": {"field": "symbol"}, "color": paint},
            },
        ],
    }


_NAMED = {
    "verdict_name": Text("verdict", "结论"),
    "candidate": Text("candidate", "候选"),
    "base": Text("against", "对照"),
    "scenario": Text("scenario", "场景"),
    "metric": Text("metric", "指标"),
}
_MEASURED = {
    "worse_percent": Text("worse by, %", "变差，%"),
    "low": Text("at least, %", "至少，%"),
    "high": Text("at most, %", "至多，%"),
    "band_high": Text("margin, %", "容差，%"),
}
