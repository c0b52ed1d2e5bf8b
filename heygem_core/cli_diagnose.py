"""The command ``diagnose``: what is wrong, from a log or a pasted report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text as RichText

from heygem_core.cli_diagnosis import conclude, show
from heygem_core.cli_outcome import JsonOption, LangOption, complain, failures, language, write_json
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.diagnosis.logs.diagnose import Reading

_TIMELINE = Text("timeline", "时间线")
_UNUSABLE = Text("error: bad-input: {reason}", "错误：bad-input：{reason}")


def diagnose(
    context: typer.Context,
    logs: Annotated[list[str], typer.Argument(metavar="LOG…", help="Logs or reports, also gzip; - is stdin.")],
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Name the cause of a stall from a log, with evidence and remedy, or say what to collect next.

    Several logs are read as one story. What is quoted is free of secrets and links. Exit code 0 where nothing is
    wrong, 1 where something is or a log cannot be read.
    """
    words = language(lang)
    with failures(words, bool(context.obj)):
        from heygem_core.diagnosis.logs import story

        reading = _read(logs, words)
        told = reading.diagnosis.as_json(words)
        told["rules"], told["timeline"] = list(reading.rules), story.as_json(reading.material.timeline)
        write_json(told, json)
        out = Console(quiet=json == "-")
        _show_story(story.tell(reading.material.timeline), out, words)
        show(reading.diagnosis, out, words)
    conclude(reading.diagnosis, words)


def _read(logs: list[str], lang: str) -> Reading:
    """Return what the logs say; one line for each that cannot be read, and exit code 1, where there is any."""
    from heygem_core.diagnosis.logs.diagnose import diagnose as read
    from heygem_core.diagnosis.logs.reading import UnusableLog, unusable

    reasons = [reason for name in logs if (reason := unusable(name))]
    if not reasons:
        try:
            return read(logs)
        except UnusableLog as error:
            reasons = [error]
    for reason in reasons:
        complain(_UNUSABLE.get(lang).format(reason=Text(reason.en, reason.zh).get(lang)))
    raise typer.Exit(1)


def _show_story(lines: list[Text], out: Console, lang: str) -> None:
    if not lines:
        return
    out.print(RichText(_TIMELINE.get(lang), style="bold"))
    for line in lines:
        out.print(Padding(RichText(line.get(lang)), (0, 0, 0, 3)), soft_wrap=True)
