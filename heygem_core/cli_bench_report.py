"""``heygem-core bench report``: a run as one page, as Markdown, as JSON, or as a table in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from heygem_core import cli_bench_show
from heygem_core.cli_outcome import HtmlOption, JsonOption, LangOption, failures, language, write_json


def report(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the run, as given to bench run --out.")],
    html: HtmlOption = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the verdicts as Markdown, for a pull request's comment.")
    ] = False,
    history: Annotated[
        Path | None, typer.Option("--history", metavar="FILE", help="What bench run --history appended to: drawn, too.")
    ] = None,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Show a run: verdicts, intervals, latency distributions, the pipeline's queues and stages, host facts.

    The page needs nothing else and no network. Exit code 0 whatever the verdicts are: bench compare is the gate.
    """
    chosen = language(lang)
    if not (folder / "run.json").exists():
        raise typer.BadParameter(f"there is no run in {str(folder)!r}")
    if history is not None and not history.exists():
        raise typer.BadParameter(f"there is no file {str(history)!r}")
    with failures(chosen, bool(context.obj)):
        from heygem_core.bench.report import gather

        told = gather.gather(folder, history)
        if html is not None:
            from heygem_core.bench.report import html as pages
            from heygem_core.bench.report import library

            Path(html).write_text(pages.page(told, library.script()), encoding="utf-8")
        if json is not None:
            from heygem_core.bench.report.html import data

            write_json(data(told), json)
        if markdown:
            from heygem_core.bench.report.markdown import text

            sys.stdout.write(text(told, chosen))
        elif html is None and json is None:
            cli_bench_show.verdicts(told.comparisons, Console(), chosen)
