"""What stands on top: one card per version to decide from, and the table of all comparisons behind the cards."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from heygem_core.bench.report import labels, sentences
from heygem_core.bench.report.figure import Figure, Row
from heygem_core.bench.report.gather import Report
from heygem_core.bench.report.table import Cell, figure, table, text
from heygem_core.bench.schema_comparison import Comparison, Verdict
from heygem_core.page.markup import both
from heygem_core.text import Text

_COLUMNS = (
    Text("verdict", "判定"),
    Text("version", "版本"),
    Text("model", "模型"),
    Text("scenario", "场景"),
    Text("difference", "差异"),
    Text("interval", "区间"),
    Text("margin", "界限"),
    Text("n", "n"),
)
_FAILED = Text("no result", "没有结果")
_NOTHING = Text("nothing measured yet", "尚未测量")
_NO_MORE = Text("", "")


def badge(verdict: Verdict) -> str:
    """Return a verdict's sign: colour, symbol and name."""
    label = labels.VERDICTS[verdict]
    return f'<b class="verdict {label.tone}"><span aria-hidden="true">{label.symbol}</span> {both(label.name)}</b>'


def cards(report: Report) -> str:
    """Return a card for each candidate."""
    return f'<div class="cards">{"".join(_card(report, one) for one in report.run.candidates)}</div>'


def _card(report: Report, candidate: str) -> str:
    failure = report.failed(candidate)
    if failure is not None:
        cause = "" if failure.cause == "other" else f"<code>{escape(failure.cause)}</code>: "
        return _drawn("alarm", "✖", candidate, _FAILED, _NO_MORE, [f"{cause}{escape(failure.detail)}"])
    mine = [one for one in report.comparisons if one.candidate == candidate]
    if not mine:
        return _drawn("mild", "?", candidate, _NOTHING, _NO_MORE, [])
    verdict, words, rest = sentences.headline(mine)
    label = labels.VERDICTS[verdict]
    notable = [one for one in mine if one.verdict in {"regressed", "improved"}]
    return _drawn(label.tone, label.symbol, candidate, words, rest, [_line(one) for one in notable])


def _line(one: Comparison) -> str:
    label = labels.VERDICTS[one.verdict]
    place = f"{escape(one.model)}, {both(labels.scenario(one.scenario))}"
    words = f"{place}: <b>{both(sentences.sentence(one))}</b>"
    return f'<span class="{label.tone} sign" aria-hidden="true">{label.symbol}</span><span>{words}</span>'


def _drawn(tone: str, symbol: str, name: str, words: Text, rest: Text, lines: Sequence[str]) -> str:
    inner = "".join(f"<li>{line}</li>" for line in lines)
    return (
        f'<div class="card"><span class="sign {tone}" aria-hidden="true">{symbol}</span><div>'
        f"<h3>{escape(name)} <span>{both(words)}</span></h3>"
        f"{f'<p>{both(rest)}</p>' if rest.en else ''}{f'<ul>{inner}</ul>' if inner else ''}</div></div>"
    )


def listed(report: Report) -> list[Comparison]:
    """Return the gated comparisons but those of a version that gave no result at all: its card says so."""
    return [one for one in report.comparisons if report.failed(one.candidate) is None]


def verdict_table(report: Report) -> str:
    """Return the table of all gated comparisons, worst first."""
    rows = [_row(one) for one in listed(report)]
    return table("verdicts", _COLUMNS, rows, "verdicts")


def _row(one: Comparison) -> list[Cell]:
    shift = None if one.ratio is None else sentences.harm(one.ratio, one.metric)
    return [
        Cell(badge(one.verdict), list(labels.VERDICTS).index(one.verdict)),
        text(one.candidate),
        text(one.model),
        Cell(f"{both(labels.scenario(one.scenario))} <br>{_soft(labels.metric(one.metric).name)}", one.scenario),
        Cell("<br>".join([both(sentences.sentence(one)), *map(_soft, sentences.details(one))]), shift),
        Cell(both(sentences.between(one)) if one.ratio is not None else "–", shift),
        figure(100 * one.margin, 0, "\u00a0%"),
        figure(one.n, 0),
    ]


def _soft(words: Text) -> str:
    return f'<span class="soft">{both(words)}</span>'


def data(name: str, comparisons: Sequence[Comparison]) -> Figure:
    """Return comparisons as a figure without charts: for download."""
    return Figure(name, Text("", ""), Text("", ""), [_flat(one) for one in comparisons], [])


def _flat(one: Comparison) -> Row:
    control = one.aa_control
    return {
        "verdict": one.verdict,
        "model": one.model,
        "scenario": one.scenario,
        "metric": one.metric,
        "candidate": one.candidate,
        "base": one.base,
        "ratio": one.ratio,
        "low": one.ci[0],
        "high": one.ci[1],
        "confidence": one.confidence,
        "margin": one.margin,
        "n": one.n,
        "p_value": one.p_value,
        "p_holm": one.p_holm,
        "confirmed": one.confirmed,
        "control_ratio": None if control is None else control.ratio,
        "control_tripped": None if control is None else control.tripped,
        "voided": one.voided,
        "quads": one.quads,
        "unsteady": one.unsteady,
        "reason": None if one.reason is None else one.reason.en,
    }
