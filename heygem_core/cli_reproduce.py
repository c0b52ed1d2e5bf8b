"""``heygem-core reproduce``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text as RichText

from heygem_core.cli_outcome import HtmlOption, JsonOption, LangOption, complain, failures, language, write_json
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.casebook.model import Row

_CASE = Text("case", "案例")
_CLAIM = Text("claim", "说法")
_OBSERVED = Text("what was observed", "观察到的现象")
_REPORTED = Text("reported, {seconds:.1f} s: ", "报告，{seconds:.1f} 秒：")
_CORE = Text("core, {seconds:.1f} s: ", "核心，{seconds:.1f} 秒：")
_VERDICTS = {
    "confirmed": (Text("confirmed", "证实"), "green"),
    "refuted": (Text("refuted", "推翻"), "red"),
    "conditional": (Text("conditional", "有条件成立"), "yellow"),
    "skipped": (Text("skipped", "跳过"), "dim"),
    "failed": (Text("FAILED", "失败"), "bold red"),
}
_FAILED = Text(
    "error: other: {count} of {total} cases did not show their effect: {names} — no verdict is given for them; "
    "run each alone, with nothing else loading the machine",
    "错误：other：{total} 个案例中有 {count} 个未能呈现其效果：{names}——不对它们下结论；请在机器空闲时逐个单独运行",
)


def reproduce(
    context: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(metavar="CASE", help="Cases to run; all without.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the cases and what each is about.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Use the reported timeout of 60 s, not the short one.")] = False,
    json: JsonOption = None,
    html: HtmlOption = None,
    lang: LangOption = None,
) -> None:
    """Reproduce the known stalls here, judge what is said about them, and show the core on the same faults.

    A case that this machine cannot run is skipped with the reason. A case that does not show its effect fails,
    and the exit code is 1; a verdict is never given for something that was not observed.
    """
    chosen = language(lang)
    with failures(chosen, bool(context.obj)):
        from heygem_core.casebook import registry

        try:
            names = registry.select(cases or [])
        except registry.UnknownCase as error:
            raise typer.BadParameter(str(error)) from error
        if list_:
            _list(names, json, chosen)
            return
        rows = run(names, full=full, out=Console(quiet=json == "-"), lang=chosen)
        write_json([row.as_json(chosen) for row in rows], json)
        if html is not None:
            from heygem_core.casebook.html import report

            Path(html).write_text(report(rows), encoding="utf-8")
        conclude(rows, chosen)


def run(names: Sequence[str], *, full: bool, out: Console, lang: str) -> list[Row]:
    """Run the cases, show them on ``out`` as they come, and return the rows."""
    from heygem_core.casebook import runner
    from heygem_core.casebook.model import Options

    with _shown(out, names, lang) as on_row:
        return runner.run(names, Options(full=full), on_row)


def conclude(rows: Sequence[Row], lang: str) -> None:
    """Say in one line on stderr which cases failed, and exit with 1 if any did."""
    from heygem_core.casebook import runner

    if runner.exit_code(rows):
        failed = [row.case.name for row in rows if row.ending == "failed"]
        complain(_FAILED.get(lang).format(count=len(failed), total=len(rows), names=", ".join(failed)))
        raise typer.Exit(1)


def _list(names: Sequence[str], json: str | None, lang: str) -> None:
    from heygem_core.casebook import registry

    cases = [registry.load(name) for name in names]
    if json is not None:
        told = [
            {"case": case.name, "title": case.title.get(lang), "claim": case.claim.get(lang), "source": case.source}
            for case in cases
        ]
        write_json(told, json)
    if json != "-":
        table = _table(_CASE.get(lang), _CLAIM.get(lang))
        for case in cases:
            table.add_row(case.name, case.claim.get(lang))
        Console().print(table)


def _table(case: str, told: str) -> Table:
    table = Table(case, told, show_lines=True)
    table.columns[0].no_wrap = True
    # Chinese has no spaces: to rich a sentence is one word, and it would cut a word that is wider than the column.
    table.columns[1].overflow = "fold"
    return table


class _Shown:
    """The table so far; on a terminal it grows in place, otherwise a line tells of each row and the table follows."""

    def __init__(self, out: Console, names: Sequence[str], lang: str) -> None:
        self.table = _table(_CASE.get(lang), _OBSERVED.get(lang))
        self.live = Live(self.table, console=out, auto_refresh=False) if out.is_terminal else None
        self._out = out
        self._waiting = list(names)
        self._lang = lang
        self._announce()

    def __call__(self, row: Row) -> None:
        """Add ``row``."""
        self.table.add_row(*_cells(row, self._lang))
        self._waiting.remove(row.case.name)
        self._announce()
        if self.live is not None:
            self.live.refresh()
        else:
            verdict = _VERDICTS[row.ending][0].get(self._lang)
            self._out.print(f"{row.case.name}: {verdict}", highlight=False, markup=False, soft_wrap=True)
            self._out.file.flush()

    def _announce(self) -> None:
        running = Text("running {name} …", "正在运行 {name} …").get(self._lang)
        self.table.caption = running.format(name=self._waiting[0]) if self._waiting else None


@contextmanager
def _shown(out: Console, names: Sequence[str], lang: str) -> Iterator[_Shown]:
    shown = _Shown(out, names, lang)
    if shown.live is None:
        yield shown
        out.print(shown.table)
    else:
        with shown.live:
            yield shown


def _cells(row: Row, lang: str) -> tuple[RichText, RichText]:
    """Return the row's two cells: its name and verdict, and below the claim what the two topologies did."""
    words, style = _VERDICTS[row.ending]
    name = RichText.assemble((row.case.name, "bold"), "\n", (words.get(lang), style))
    told = RichText(row.case.claim.get(lang), style="bold")
    if row.finding is None:
        told.append(f"\n{row.error or (row.skipped and row.skipped.get(lang))}", style="not bold")
        return name, told
    for label, what in ((_REPORTED, row.finding.reported), (_CORE, row.finding.core)):
        told.append("\n" + label.get(lang).format(seconds=what.seconds), style="not bold dim")
        told.append(what.outcome.get(lang), style="not bold")
    return name, told
