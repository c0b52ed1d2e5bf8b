"""How doctor, diagnose and watch show what they found, and the exit code that follows."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text as RichText

from heygem_core.cli_outcome import complain
from heygem_core.diagnosis.diagnosis import HINTED, STATED, Diagnosis, Finding
from heygem_core.text import Text

_HEALTHY = Text("no problem found", "未发现问题")
_UNDECIDED = Text("something is wrong, but nothing here decides the cause", "存在问题，但现有信息不足以确定原因")
_REMEDY = Text("what to do: ", "处理：")
_COLLECT = Text("what to look at next: ", "下一步收集：")
_CULPRIT = Text(" — {culprit}", "——{culprit}")
_LINE = Text("problem: {cause}: {title}{culprit} — {remedy}", "问题：{cause}：{title}{culprit}——{remedy}")


def show(diagnosis: Diagnosis, out: Console, lang: str) -> None:
    """Print the findings with their evidence and remedies, or that there are none."""
    for rank, finding in enumerate(diagnosis.findings, 1):
        _show_finding(rank, finding, out, lang)
    if not diagnosis.findings:
        words, style = (_UNDECIDED, "bold yellow") if diagnosis.trouble else (_HEALTHY, "bold green")
        out.print(RichText(words.get(lang), style=style), soft_wrap=True)
        _show_evidence(diagnosis.evidence, out, lang)
    if diagnosis.collect is not None:
        out.print(RichText.assemble((_COLLECT.get(lang), "bold"), diagnosis.collect.get(lang)), soft_wrap=True)


def conclude(diagnosis: Diagnosis, lang: str) -> None:
    """Say the first finding in one line on stderr, and exit with 1, where there is a problem."""
    if not diagnosis.exit_code:
        return
    if diagnosis.findings:
        first = diagnosis.findings[0]
        line = _LINE.get(lang).format(
            cause=first.cause,
            title=first.heading().get(lang),
            culprit=_CULPRIT.get(lang).format(culprit=first.culprit) if first.culprit else "",
            remedy=first.advice().get(lang),
        )
        complain(" ".join(line.split()))
    else:
        complain(_UNDECIDED.get(lang))
    raise typer.Exit(diagnosis.exit_code)


def _show_finding(rank: int, finding: Finding, out: Console, lang: str) -> None:
    style = "bold red" if finding.confidence >= STATED else "bold yellow" if finding.confidence > HINTED else "yellow"
    title = finding.heading().get(lang)
    culprit = _CULPRIT.get(lang).format(culprit=finding.culprit) if finding.culprit else ""
    out.print(RichText.assemble((f"{rank}. {title}", style), f" ({finding.cause}){culprit}"), soft_wrap=True)
    _show_evidence(finding.evidence, out, lang)
    # Not wrapped here: a command must be whole when it is copied.
    out.print(RichText.assemble("   ", (_REMEDY.get(lang), "bold"), finding.advice().get(lang)), soft_wrap=True)


def _show_evidence(evidence: tuple[Text, ...], out: Console, lang: str) -> None:
    for line in evidence:
        out.print(Padding(RichText(f"- {line.get(lang)}", style="dim"), (0, 0, 0, 3)))
