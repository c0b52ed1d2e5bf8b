"""The same verdicts for a pull request's comment: the decision first, the rest folded away."""

from __future__ import annotations

import re

from heygem_core.bench.report import labels, sentences
from heygem_core.bench.report.gather import Report
from heygem_core.bench.report.verdicts import listed
from heygem_core.bench.schema_comparison import Comparison, Verdict
from heygem_core.text import Text

_SIGNS: dict[Verdict, str] = {
    "regressed": "❌",
    "invalid": "🚫",
    "inconclusive": "❔",
    "improved": "✅",
    "equivalent": "🟰",
}
_COLUMNS = Text(
    "| | version | model | scenario | difference | interval | margin | n |",
    "| | 版本 | 模型 | 场景 | 差异 | 区间 | 界限 | n |",
)
_RULE = "|---|---|---|---|---|---|---:|---:|"
_FAILED = Text("no result", "没有结果")
_UNFINISHED = Text("The run has not ended yet.", "运行尚未结束。")
_DETAILS = Text("All comparisons and where they were made", "所有比较及测量条件")
_HOST = Text(
    "Processor: {cpu} × {cores}; memory {memory:.1f} GiB; {system}, {kernel}; GPU: {gpus}; provider: {provider}; "
    "run {id}.",
    "处理器：{cpu} × {cores}；内存 {memory:.1f} GiB；{system}，{kernel}；GPU：{gpus}；执行后端：{provider}；"
    "运行 {id}。",
)
_NONE = Text("none", "无")
_TITLE = Text("onnxruntime against {base}", "onnxruntime 对比 {base}")


def text(report: Report, lang: str) -> str:
    """Return the report in ``lang``: one line per version, the rest in a part that unfolds."""
    title = _TITLE.get(lang).format(base=_escaped(report.run.base))
    lines = [f"### {title}", ""]
    if report.run.ended is None:
        lines += [_UNFINISHED.get(lang), ""]
    for candidate in report.run.candidates:
        lines += _candidate(report, candidate, lang)
    lines += ["", f"<details><summary>{_DETAILS.get(lang)}</summary>", "", _COLUMNS.get(lang), _RULE]
    lines += [_row(one, lang) for one in listed(report)]
    return "\n".join([*lines, "", _host(report, lang), "", "</details>", ""])


def _candidate(report: Report, candidate: str, lang: str) -> list[str]:
    failure = report.failed(candidate)
    if failure is not None:
        return [f"- ❌ **{_escaped(candidate)} {_FAILED.get(lang)}**: {_escaped(failure.detail)}"]
    mine = [one for one in report.comparisons if one.candidate == candidate]
    if not mine:
        return []
    verdict, words, rest = sentences.headline(mine)
    lines = [f"- {_SIGNS[verdict]} **{_escaped(candidate)} {words.get(lang)}**{_after(rest, lang)}"]
    notable = [one for one in mine if one.verdict in {"regressed", "improved"}]
    return lines + [f"  - {_SIGNS[one.verdict]} {_place(one, lang)}: {_difference(one, lang)}" for one in notable]


def _after(rest: Text, lang: str) -> str:
    return f"{Text(', ', '，').get(lang)}{rest.get(lang)}" if rest.en else ""


def _place(one: Comparison, lang: str) -> str:
    return f"{_escaped(one.model)}, {_escaped(labels.scenario(one.scenario).get(lang))}"


def _difference(one: Comparison, lang: str) -> str:
    words, more = sentences.sentence(one).get(lang), [text.get(lang) for text in sentences.details(one)]
    bracketed = Text(" ({})", "（{}）").get(lang).format(Text("; ", "；").get(lang).join(more)) if more else ""
    return _escaped(words + bracketed)


def _row(one: Comparison, lang: str) -> str:
    interval = _escaped(sentences.between(one).get(lang)) if one.ratio is not None else "–"
    cells = (
        f"{_SIGNS[one.verdict]} {labels.VERDICTS[one.verdict].name.get(lang)}",
        _escaped(one.candidate),
        _escaped(one.model),
        _escaped(labels.scenario(one.scenario).get(lang)),
        _difference(one, lang),
        interval,
        f"{100 * one.margin:g}\u00a0%",
        str(one.n),
    )
    return f"| {' | '.join(cells)} |"


def _host(report: Report, lang: str) -> str:
    host = report.run.host
    return _escaped(
        _HOST.get(lang).format(
            cpu=host.cpu,
            cores=host.cores,
            memory=host.memory / (1 << 30),
            system=host.system,
            kernel=host.kernel,
            gpus=", ".join(host.gpus) or _NONE.get(lang),
            provider=report.run.provider,
            id=report.run.id,
        )
    )


def _escaped(words: str) -> str:
    """Return ``words`` as Markdown prints them: no markup, no mention, no line's end."""
    plain = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(words.split()))
    # A zero-width space keeps "@name" and "#1" from calling somebody or something.
    return plain.replace("@", "@\u200b")
