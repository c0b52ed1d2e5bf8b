"""``heygem-core demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from heygem_core import cli_progress, cli_render, cli_reproduce
from heygem_core.cli_outcome import LangOption, failures, language
from heygem_core.text import Text

_WRITTEN = Text("written: {video} and {report}", "已写入：{video} 和 {report}")


def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", file_okay=False, help="Where demo.mp4 and report.html are written.")
    ] = Path("out"),
    lang: LangOption = None,
) -> None:
    """Render the default clip with its own speech, run all cases, and report both on one page.

    The clip and the face models are fetched once, into the user's cache.
    """
    chosen = language(lang)
    out = Console()
    with failures(chosen, bool(context.obj)):
        from heygem_core.casebook import html, pictures, registry
        from heygem_core.lipsync import assets
        from heygem_core.lipsync import render as job

        folder.mkdir(parents=True, exist_ok=True)
        clip = assets.fetch("clip")
        video, report = folder / "demo.mp4", folder / "report.html"
        with cli_progress.shown(out, chosen) as on_event:
            result = job.render(clip, clip, video, overwrite=True, on_event=on_event)
        cli_render.show(result, str(video), out, chosen)
        rows = cli_reproduce.run(registry.NAMES, full=False, out=out, lang=chosen)
        page = html.report(rows, render=result.as_json(), stills=pictures.pairs(clip, video, 6))
        report.write_text(page, encoding="utf-8")
        out.print(
            _WRITTEN.get(chosen).format(video=video, report=report), highlight=False, markup=False, soft_wrap=True
        )
        cli_reproduce.conclude(rows, chosen)
