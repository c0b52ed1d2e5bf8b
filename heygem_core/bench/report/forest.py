"""The intervals of all comparisons, each with its margin: who lies where, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from heygem_core.bench.report import labels, sentences
from heygem_core.bench.report.figure import Chart, Figure, Row, Spec, told
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.text import Text

_LINE = 26
"""Pixels per comparison."""
_WIDE = 30.0
"""Per cent beyond which an axis becomes logarithmic outside the margin: one ×15 would hide all others."""


def figures(comparisons: Sequence[Comparison]) -> list[Figure]:
    """Return the figure of what gates and, folded away, of what does not."""
    caption = Text(
        "Each line is the interval in which the difference lies, the sign in its middle the verdict, the small ticks "
        "the replicates behind it. The band is the margin: inside it a difference does not matter.",
        "横线是差异所在的区间，中间的符号是结论，小竖线是各次重复测量。色带是容差：落在其内的差异无关紧要。",
    )
    gated = [one for one in comparisons if one.gated]
    advisory = [one for one in comparisons if not one.gated]
    made = [_figure("intervals", Text("How much, and how sure", "差多少，有多确定"), caption, gated)]
    if advisory:
        note = Text("These do not gate; nothing fails because of them.", "这些指标仅供参考，不作为门槛。")
        title = Text("Other metrics", "其他指标")
        made.append(_figure("advisory", title, note, advisory, folded=True))
    return made


def _figure(name: str, title: Text, caption: Text, those: Sequence[Comparison], *, folded: bool = False) -> Figure:
    rows = [_row(one) for one in those]
    models = dict.fromkeys(one.model for one in those)
    charts = [
        Chart(Text(model, model), _spec([row for row in rows if row["model"] == model]), {"model": model})
        for model in models
    ]
    return Figure(name, title, caption, rows, charts, folded=folded)


def _row(one: Comparison) -> Row:
    ends = sentences.interval(one)
    label = f"{one.scenario} · {one.candidate}" if one.gated else f"{one.scenario} · {one.metric} · {one.candidate}"
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
    reach = max((abs(row[end]) for row in rows for end in ("low", "high", "worse_percent") if row[end] is not None), default=0)
    scale = {"type": "symlog", "constant": 1} if reach > _WIDE else {"zero": True}
    verdicts = list(labels.VERDICTS)
    x = {
        "type": "quantitative",
        "title": Text("← better      worse by, %      →", "← 更好      变差的百分比      →"),
        "scale": scale,
    }
    y = {"field": "label", "type": "nominal", "sort": None, "title": None}
    paint = {
        "field": "verdict",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": verdicts, "range": [f"var(--{labels.VERDICTS[one].tone})" for one in verdicts]},
    }
    names = {code: label.name for code, label in labels.VERDICTS.items()}
    tooltip = [
        *({"field": name, "type": "nominal", "title": title} for name, title in _NAMED.items()),
        *({"field": name, "type": "quantitative", "format": ".2f", "title": title} for name, title in _MEASURED.items()),
        {"field": "n", "type": "quantitative", "title": Text("replicates", "重复次数")},
    ]
    estimate = {"x": {**x, "field": "worse_percent"}, "y": y, "tooltip": tooltip}
    return {
        "width": "container",
        "height": {"step": _LINE},
        "transform": [
            {"calculate": told(names, "datum.verdict"), "as": "verdict_name"},
            {"calculate": _symbols(), "as": "symbol"},
        ],
        "layer": [
            {
                "mark": {"type": "bar", "color": "var(--same-tint)", "height": _LINE - 2},
                "encoding": {"x": {**x, "field": "band_low"}, "x2": {"field": "band_high"}, "y": y},
            },
            {
                "transform": [{"flatten": ["replicates"], "as": ["replicate"]}],
                "mark": {"type": "tick", "color": "var(--soft)", "opacity": 0.35, "thickness": 1, "size": 9, "clip": True},
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
                "mark": {"type": "point", "size": 260, "filled": False, "fill": "var(--paper)", "opacity": 1},
                "encoding": {**estimate, "stroke": paint},
            },
            {
                "transform": [{"filter": "isValid(datum.worse_percent)"}],
                "mark": {"type": "text", "fontSize": 11, "fontWeight": "bold", "baseline": "middle"},
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


def _symbols() -> Text:
    signs = {code: Text(label.symbol, label.symbol) for code, label in labels.VERDICTS.items()}
    return told(signs, "datum.verdict")
