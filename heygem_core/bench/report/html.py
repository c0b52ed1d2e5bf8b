"""The page: verdicts on top, then how sure they are, then everything else there is to see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from importlib.resources import files
from typing import Any

from heygem_core.bench.report import facts, verdicts
from heygem_core.bench.report.figure import Figure, as_json
from heygem_core.bench.report.gather import Report
from heygem_core.page.document import document
from heygem_core.page.markup import both, heading
from heygem_core.text import Text

_METHOD = Text(
    "Two live processes, one per version, take turns in blocks whose order is a coin flip; what is counted are pairs "
    "of fresh processes, never frames. The interval is Hodges and Lehmann's with exact signed ranks. A verdict needs "
    "the whole interval on one side of the margin (regressed, improved) or inside it (equivalent); anything else is "
    "inconclusive, and invalid if two builds of the reference itself differ. A regression must recur with rebuilt "
    "environments. Gated comparisons are adjusted for one another (Holm).",
    "两个活动进程（每个版本一个）按掷币决定的顺序轮流运行各块；计数单位是成对的新进程，而不是帧。"
    "区间为 Hodges–Lehmann 估计的精确符号秩区间。整个区间位于界限一侧才判退步或改进，全部在界限之内才判相当，"
    "其余为未定；若基准自身的两次构建就有差异，则为无效。退步必须在重建的环境中复现。作为门槛的各项比较相互校正（Holm）。",
)
_DOWNLOADS = (("json", "JSON"), ("csv", "CSV"))
_NO_SCRIPT = Text("The charts need JavaScript.", "图表需要 JavaScript。")


def page(report: Report, library: str) -> str:
    """Return the page; ``library`` is the plotting library's script, see `library.script`."""
    run = report.run
    title = Text(
        f"onnxruntime {', '.join(run.candidates)} against {run.base}",
        f"onnxruntime {'、'.join(run.candidates)} 对比 {run.base}",
    )
    tables = [verdicts.data("verdicts", report.comparisons), facts.summary_data(report.summaries)]
    parts = [
        _summary(report),
        *(_figure(one) for one in report.figures),
        _section(
            "numbers",
            Text("In figures", "具体数字"),
            f"<p>{both(facts.DRIFT)}</p>{facts.summary_table(report.summaries)}{_downloads(tables[1])}",
        ),
        _section("host", Text("What it depends on", "测量条件"), f"{facts.host(run)}{facts.environments(run)}"),
        f"<details><summary>{both(Text('How it was decided', '判定方法'))}</summary><p>{both(_METHOD)}</p></details>",
        f'<noscript><p class="warning">{both(_NO_SCRIPT)}</p></noscript>',
        _data([*report.figures, *tables]),
    ]
    style = _part("report.css")
    return document(title, "\n".join(parts), style=style, scripts=[library, _part("charts.js"), _part("tables.js")])


def _part(name: str) -> str:
    return files("heygem_core.bench.report").joinpath(name).read_text(encoding="utf-8")


def _section(name: str, title: Text, inner: str) -> str:
    return f'<section id="{name}">{heading(2, title)}{inner}</section>'


def _summary(report: Report) -> str:
    run = report.run
    place = Text(
        f"Measured against {run.base}, the reference, on {run.host.cpu} × {run.host.cores}, provider {run.provider}.",
        f"以 {run.base} 为基准，在 {run.host.cpu} × {run.host.cores} 上测量，执行后端 {run.provider}。",
    )
    unfinished = Text("The run has not ended yet: this is what there is so far.", "运行尚未结束：以下是目前的结果。")
    warning = "" if run.ended else f'<p class="warning">{both(unfinished)}</p>'
    shown = f'{warning}{verdicts.cards(report)}<p class="soft">{both(place)}</p>'
    if verdicts.listed(report):
        shown += verdicts.verdict_table(report) + _downloads(verdicts.data("verdicts", report.comparisons))
    return f'<section id="summary">{shown}</section>'


def _numbers(report: Report, downloadable: Figure) -> str:
    return f"<p>{both(facts.DRIFT)}</p>{facts.summary_table(report.summaries)}{_downloads(downloadable)}"


def _figure(one: Figure) -> str:
    charts = "".join(_chart(one, index) for index in range(len(one.charts)))
    chooser = ""
    if one.choose and len(one.charts) > 1:
        options = "".join(f'<option value="{index}"></option>' for index in range(len(one.charts)))
        chooser = (
            f'<p><select data-choose="{escape(one.name)}" aria-label="{escape(one.title.en)}">{options}</select></p>'
        )
    kind = "charts choose" if one.choose else "charts"
    inner = f'<p>{both(one.caption)}</p>{_key(one)}{chooser}<div class="{kind}">{charts}</div>{_downloads(one)}'
    if one.folded:
        return f'<details id="{escape(one.name)}"><summary>{both(one.title)}</summary>{inner}</details>'
    return _section(escape(one.name), one.title, inner)


def _chart(one: Figure, index: int) -> str:
    name = escape(one.name)
    return (
        f'<figure class="chart"><figcaption>{both(one.charts[index].title)} '
        f'<button type="button" data-picture="{name}-{index + 1}.svg">SVG</button></figcaption>'
        f'<div data-figure="{name}" data-chart="{index}"></div></figure>'
    )


def _key(one: Figure) -> str:
    items = "".join(
        f'<li><span class="swatch {"dashed" if dashed else ""}" style="--swatch: {paint}"></span>{both(name)}</li>'
        for paint, dashed, name in one.key
    )
    return f'<ul class="key">{items}</ul>' if items else ""


def _downloads(one: Figure) -> str:
    buttons = "".join(
        f'<button type="button" data-download="{kind}" data-of="{escape(one.name)}">{name}</button>'
        for kind, name in _DOWNLOADS
    )
    return f'<p class="downloads">{both(Text("Download:", "下载："))} {buttons}</p>'


def _data(figures: Sequence[Figure]) -> str:
    told = json.dumps([as_json(one) for one in figures], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Inside a script element only "<" can end it; JSON has it nowhere but in strings.
    safe = told.replace("<", "\\u003c")
    return f'<script type="application/json" id="data">{safe}</script>'


def data(report: Report) -> dict[str, Any]:
    """Return what was found, for ``--json``: the run, all comparisons, and the figures of each version."""
    return {
        "run": facts.run_data(report.run),
        "comparisons": [asdict(one) for one in report.comparisons],
        "advisory": [asdict(one) for one in report.advisory],
        "summaries": [asdict(one) for one in report.summaries],
    }
