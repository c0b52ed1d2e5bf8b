"""``heygem-core bench compare`` and ``history``: from what was measured to a verdict."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from heygem_core import cli_bench_show
from heygem_core.cli_outcome import JsonOption, LangOption, failures, language, write_json
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.bench.schema import Run
    from heygem_core.bench.schema_comparison import Comparison
    from heygem_core.bench.through import Side

_CHANGED = Text(
    "{series}: changed at {at}, {before:.4f} to {after:.4f}",
    "{series}：在 {at} 发生变化，{before:.4f} 变为 {after:.4f}",
)
_STEADY = Text("{series}: no change in {n} runs", "{series}：{n} 次运行中没有变化")


def _share(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError as error:
        raise typer.BadParameter(f"margin {text!r} is neither a share like 0.01 nor one like 1%") from error
    if not 0 < share < 1:
        raise typer.BadParameter(f"margin {text!r} is not between 0 and 100 %")
    return share


def compare(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help="Version in --run, or a run's folder, or FOLDER:VERSION.")],
    b: Annotated[str, typer.Argument(metavar="B", help="What is held against A, in the same way.")],
    run: Annotated[Path, typer.Option("--run", metavar="DIR", help="The run that plain versions are of.")] = Path(),
    model: Annotated[str | None, typer.Option("--model", help="Only this model.")] = None,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Only this scenario.")] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="p50, p95, throughput, rss, …; without it, what gates the scenario.")
    ] = None,
    margin: Annotated[
        str | None, typer.Option("--margin", metavar="SHARE", help="Differences up to this are equal: 1% or 0.01.")
    ] = None,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Say whether B is slower than A, faster, equal or undecided; exit code 0 equal or faster, 1 slower, 3 undecided.

    A and B are versions of one run, where the reference took turns with every other; or versions of two runs, which
    are then compared through the reference that both have, and only if their hosts are the same.
    """
    chosen = language(lang)
    share = _share(margin)
    with failures(chosen, bool(context.obj)):
        from heygem_core.bench import metrics

        if metric is not None and metric not in metrics.METRICS:
            raise typer.BadParameter(f"metric {metric!r} is unknown, allowed are {', '.join(metrics.METRICS)}")
        first, second = _side(a, run), _side(b, run)
        verdicts = _verdicts(first, second, model, scenario, metric, share)
        answer(verdicts, second.measured.run, Console(quiet=json == "-"), chosen, json)


def _side(text: str, run: Path) -> Side:
    from heygem_core.bench.compare import read
    from heygem_core.bench.folder import Folder
    from heygem_core.bench.through import Side

    place, _, arm = text.rpartition(":")
    if (Path(text) / "run.json").exists():
        place, arm = text, ""
    path = Path(place) if place else run
    if not (path / "run.json").exists():
        raise typer.BadParameter(f"there is no run in {str(path)!r}")
    measured = read(Folder(path))
    known = (measured.run.base, *measured.run.candidates)
    if not arm and len(known) != 2:
        raise typer.BadParameter(f"{str(path)!r} has several versions, name one as {place}:VERSION: {', '.join(known)}")
    if arm and arm not in known:
        raise typer.BadParameter(f"version {arm!r} is not in {str(path)!r}, allowed are {', '.join(known)}")
    return Side(measured, arm or known[1])


def _verdicts(
    first: Side, second: Side, model: str | None, scenario: str | None, metric: str | None, margin: float | None
) -> list[Comparison]:
    from heygem_core.bench import compare as comparing
    from heygem_core.bench import through

    run = second.measured.run
    same = first.measured.run.id == run.id
    if not same:
        through.require_same(first, second)
    places = [
        (one.name, kind)
        for one in run.models
        for kind in run.scenarios
        if model in {None, one.name} and scenario in {None, kind.name}
    ]
    if not places:
        raise typer.BadParameter("the run has no such model and scenario")
    told = []
    direct = same and run.base in {first.arm, second.arm} and first.arm != second.arm
    for name, kind in places:
        wanted = metric or kind.metric
        if not direct:
            told.append(through.compare(first, second, name, kind, wanted, margin))
            continue
        swapped = second.arm == run.base
        candidate = first.arm if swapped else second.arm
        told.append(comparing.compare(second.measured, name, kind, candidate, wanted, margin, swapped=swapped))
    return comparing.adjusted(told, run.plan) if direct and metric is None else told


def answer(verdicts: Sequence[Comparison], run: Run, out: Console, lang: str, json: str | None) -> None:
    """Print and write the verdicts; exit with what they say."""
    from heygem_core.bench import compare as comparing

    cli_bench_show.verdicts(verdicts, out, lang)
    told = [asdict(one) for one in verdicts]
    deciding: dict[str, Any] = asdict(comparing.worst(verdicts))
    write_json({**deciding, "comparisons": told, "failures": [asdict(one) for one in run.failures]}, json)
    code = comparing.exit_code(verdicts)
    if code:
        raise typer.Exit(code)


def keep(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="Folder to keep it in.")],
    lang: LangOption = None,
) -> None:
    """Pack a run into a folder to be kept or sent: every figure is in it, and no path of this machine."""
    with failures(language(lang), bool(context.obj)):
        from heygem_core.bench.folder import Folder
        from heygem_core.bench.twin import ROOT
        from heygem_core.runtime.cache import cache_dir

        if not (run / "run.json").exists():
            raise typer.BadParameter(f"there is no run in {str(run)!r}")
        places = {cache_dir(): "$HEYGEM_CACHE", ROOT: "$ROOT", run.absolute(): "$RUN", Path(sys.prefix): "$PYTHON"}
        # Perhaps measured by another interpreter than this one.
        pythons = {Path(one.python) for one in Folder(run).run().environments}
        places |= {python.parent: "$PYTHON/bin" for python in pythons if python.is_absolute()}
        names = {str(place): name for place, name in places.items()} | {str(Path.home()): "~"}
        Folder(run).keep(target, names)


def history(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What bench run --history appended to.")],
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Say where the ratios to the reference changed, over all runs that were kept; exit code 1 if one got worse."""
    chosen = language(lang)
    out = Console(quiet=json == "-")
    with failures(chosen, bool(context.obj)):
        from heygem_core.bench import history as kept

        if not file.exists():
            raise typer.BadParameter(f"there is no file {str(file)!r}")
        if importlib.util.find_spec("ruptures") is None:
            raise typer.BadParameter("change points need ruptures: pip install 'heygem-core[bench]'")
        series = kept.read(file)
        for one in series:
            for change in one.changes:
                line = _CHANGED.get(chosen).format(
                    series=one.name, at=change.at, before=change.before, after=change.after
                )
                out.print(line, style="red" if change.worse else "green", highlight=False, markup=False, soft_wrap=True)
            if not one.changes:
                line = _STEADY.get(chosen).format(series=one.name, n=len(one.points))
                out.print(line, highlight=False, markup=False, soft_wrap=True)
        write_json([asdict(one) for one in series], json)
        if any(change.worse for one in series for change in one.changes):
            raise typer.Exit(1)
