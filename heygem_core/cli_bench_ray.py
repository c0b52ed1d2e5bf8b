"""``heygem-core bench run --engine ray``: shows what came of each cell of the version matrix."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from heygem_core import cli_bench_show
from heygem_core.cli_outcome import write_json
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.bench.start import Request
    from heygem_core.scale.cells import Cell, Measured

_GRACE_S = 30.0
"""What an interrupted measurement on another machine may take to end, and a cluster of our own after it."""
_MEASURED = Text("onnxruntime {candidate} on {host}: {folder}", "onnxruntime {candidate}，于 {host}：{folder}")
_FAILED = Text("onnxruntime {candidate} was not measured: {error}", "onnxruntime {candidate} 未能测量：{error}")


def run(
    request: Request,
    out: Path,
    plan: Path | None,
    history: Path | None,
    address: str | None,
    terminal: Console,
    lang: str,
    json: str | None,
) -> None:
    """Measure each candidate beside the reference on a node of its own; exit with the worst of what is found."""
    from heygem_core.scale import cells
    from heygem_core.scale.engine import running

    wanted = _cells(request, out.absolute(), plan)
    told: list[Measured] = []
    with closing(running(partial(cells.run, wanted, address), _GRACE_S)) as measured:
        for one in measured:
            told.append(one)
            _show(one, history, terminal, lang)
    order = {cell: index for index, cell in enumerate(wanted)}
    told.sort(key=lambda one: order[one.cell])
    write_json({"cells": [asdict(one) for one in told]}, json)
    code = worst([one.exit_code if one.result is not None else 1 for one in told])
    if code:
        raise typer.Exit(code)


def worst(codes: Sequence[int]) -> int:
    """Return 1 where a version is slower or was not measured, else 3 where something is undecided, else 0."""
    return 1 if set(codes) - {0, 3} else max(codes, default=0)


def _cells(request: Request, out: Path, plan: Path | None) -> list[Cell]:
    from heygem_core.scale.cells import Cell

    options = ["--provider", request.provider]
    options += [part for model in request.models for part in ("--model", model)]
    options += [part for scenario in request.scenarios for part in ("--scenario", scenario)]
    options += ["--plan", str(plan.absolute())] if plan is not None else []
    return [Cell(request.arms[0], candidate, tuple(options), str(out)) for candidate in request.arms[1:]]


def _show(one: Measured, history: Path | None, terminal: Console, lang: str) -> None:
    from heygem_core.bench import history as kept
    from heygem_core.bench.folder import Folder

    if one.result is None:
        line = _FAILED.get(lang).format(candidate=one.cell.candidate, error=one.error)
        terminal.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
        return
    line = _MEASURED.get(lang).format(candidate=one.cell.candidate, host=one.host, folder=one.folder)
    terminal.print(line, highlight=False, markup=False, soft_wrap=True)
    folder = Folder(Path(one.folder))
    verdicts = folder.comparisons()
    cli_bench_show.verdicts(verdicts, terminal, lang)
    if history is not None:
        kept.append(history, folder.run(), verdicts)
