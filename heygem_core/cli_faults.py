"""``heygem-core faults``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from heygem_core.cli_outcome import JsonOption, LangOption, failures, language, write_json
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.faults.table import Cell, Row

_COLUMNS = (
    Text("fault", "故障"),
    Text("cells", "格数"),
    Text("as expected", "符合预期"),
    Text("late", "超时"),
    Text("median s", "中位 秒"),
    Text("longest s", "最长 秒"),
    Text("restart s", "重启 秒"),
)
_WRONG = Text("{stage}, {moment}, {manner}: {wrong}", "{stage}，{moment}，{manner}：{wrong}")
_SUMMARY = Text(
    "{good} of {all} cells as expected: right stage and cause, nothing left, the next job's output equal; {late} late",
    "{all} 格中 {good} 格符合预期：指出正确的阶段和原因，无残留，下一任务输出相同；{late} 格超过时限",
)


def faults(
    context: typer.Context,
    stage: Annotated[list[str] | None, typer.Option("--stage", help="Only this stage; may be given again.")] = None,
    moment: Annotated[list[str] | None, typer.Option("--moment", help="Only this moment; may be given again.")] = None,
    manner: Annotated[list[str] | None, typer.Option("--manner", help="Only this fault; may be given again.")] = None,
    sampled: Annotated[
        bool, typer.Option("--sample", help="Three cells per fault instead of all: a minute instead of half an hour.")
    ] = False,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Commit every fault at every moment in every stage of the lip-sync pipeline, and check what comes of it."""
    chosen = language(lang)
    out = Console(quiet=json == "-")
    with failures(chosen, bool(context.obj)):
        from heygem_core.faults import table

        wanted = [
            cell
            for cell in (table.sample() if sampled else table.cells())
            if (not stage or cell.stage in stage)
            and (not moment or cell.moment in moment)
            and (not manner or cell.manner in manner)
        ]
        if not wanted:
            raise typer.BadParameter("no cell has that stage, moment and manner")
        rows = _run(wanted, out, chosen)
        write_json([row.as_json() for row in rows], json)
        _show(rows, out, chosen)
        if any(row.wrong for row in rows):
            raise typer.Exit(1)


def _run(wanted: Sequence[Cell], out: Console, lang: str) -> list[Row]:
    from heygem_core.faults.table import Table as Faults

    rows = []
    with tempfile.TemporaryDirectory(prefix="heygem-faults-") as folder, Faults(Path(folder)) as faulty:
        for cell in wanted:
            row = faulty.run(cell)
            rows.append(row)
            if row.wrong:
                line = _WRONG.get(lang).format(
                    stage=row.stage, moment=row.moment, manner=row.manner, wrong="; ".join(row.wrong)
                )
                out.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
    return rows


def _show(rows: Sequence[Row], out: Console, lang: str) -> None:
    columns = (column.get(lang) for column in _COLUMNS)
    shown = Table(*columns, box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    shown.columns[0].no_wrap = True
    for manner in dict.fromkeys(row.manner for row in rows):
        those = [row for row in rows if row.manner == manner]
        seconds = [row.seconds for row in those if row.seconds is not None]
        restarts = [row.restart_s for row in those if row.restart_s is not None]
        times = (
            f"{median(seconds):.3f}" if seconds else "",
            f"{max(seconds):.3f}" if seconds else "",
            f"{median(restarts):.2f}" if restarts else "",
        )
        good = sum(not row.wrong for row in those)
        shown.add_row(manner, str(len(those)), str(good), str(sum(row.late for row in those)), *times)
    out.print(shown)
    good, late = sum(not row.wrong for row in rows), sum(row.late for row in rows)
    summary = _SUMMARY.get(lang).format(good=good, all=len(rows), late=late)
    out.print(summary, highlight=False, markup=False, soft_wrap=True)
