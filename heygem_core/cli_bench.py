"""``heygem-core bench``: its subcommands, and ``run``."""

from __future__ import annotations

import json as json_
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from heygem_core import cli_bench_ray, cli_bench_show
from heygem_core.cli_batch import AddressOption, EngineName
from heygem_core.cli_bench_compare import answer, compare, history, keep
from heygem_core.cli_bench_report import report
from heygem_core.cli_outcome import JsonOption, LangOption, failures, language

if TYPE_CHECKING:
    from heygem_core.bench.schema import Plan

app = typer.Typer(
    no_args_is_help=True, help="Compare onnxruntime versions on your model, with a known rate of false alarms."
)


class BenchProvider(StrEnum):
    """Where the model runs; there is no auto: a version that fell back to the CPU has failed."""

    CPU = "cpu"
    CUDA = "cuda"


@app.command()
def run(
    context: typer.Context,
    ort: Annotated[
        list[str],
        typer.Option(
            "--ort",
            metavar="VERSION",
            help="Version of onnxruntime-gpu, or onnxruntime==VERSION; the first is the reference. Give at least two.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the run; the same again goes on.")],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="puppet|dinet-small|dinet|MODEL.onnx",
            help="Model to measure with; may be given again. Without it, puppet.",
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", help="Only this scenario; may be given again. Without it, all six."),
    ] = None,
    provider: Annotated[BenchProvider, typer.Option("--provider", help="Where the model runs.")] = BenchProvider.CPU,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", metavar="FILE", help="JSON with another plan (looks, alphas, seed, …), decided beforehand."
        ),
    ] = None,
    history_file: Annotated[
        Path | None, typer.Option("--history", metavar="FILE", help="Append the ratios to this JSON Lines file.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="ray: each version beside the reference on a node of a Ray cluster.")
    ] = EngineName.LOCAL,
    address: AddressOption = None,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Measure versions of onnxruntime against the first one, and say which are slower, faster, equal or undecided.

    Two live processes take turns; what counts are pairs of fresh processes. Each scenario also compares the reference
    with its own second build. Interrupted or killed, the same command goes on where it was.
    """
    chosen = language(lang)
    terminal = Console(quiet=json == "-")
    with failures(chosen, bool(context.obj)):
        from heygem_core.bench import compare as comparing
        from heygem_core.bench import history as kept
        from heygem_core.bench import start
        from heygem_core.bench.folder import Folder
        from heygem_core.bench.judge import PlanJudge
        from heygem_core.bench.scenarios import SCENARIOS

        request = start.Request(
            arms=tuple(ort),
            models=tuple(model or ("puppet",)),
            scenarios=tuple(scenario or SCENARIOS),
            provider=provider.value,
            plan=_plan(plan),
        )
        try:
            request.check()
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        if engine is EngineName.RAY:
            cli_bench_ray.run(request, out, plan, history_file, address, terminal, chosen, json)
            return
        with cli_bench_show.progress(terminal, chosen) as shown:
            folder, begun = start.run(out, request, shown.building)
            judge = PlanJudge(begun.plan, comparing.family(begun))
            start.session(folder, begun, judge, shown.event, shown.building).measure()
        verdicts = comparing.gate(comparing.read(Folder(out)))
        folder.write_comparisons(verdicts)
        if history_file is not None:
            kept.append(history_file, folder.run(), verdicts)
        answer(verdicts, folder.run(), terminal, chosen, json)


def _plan(path: Path | None) -> Plan:
    from heygem_core.bench.from_json import from_json
    from heygem_core.bench.schema import Plan

    if path is None:
        return Plan()
    try:
        told: dict[str, Any] = json_.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path}: {error}") from error
    plan = from_json(Plan, told)
    unknown = told.keys() - vars(plan).keys()
    if unknown or len(plan.looks) != len(plan.alphas) or not 0 < sum(plan.alphas) < 1:
        raise typer.BadParameter(
            f"{path}: no plan; unknown {sorted(unknown)}, one alpha for each look, their sum below 1"
        )
    return plan


app.command()(compare)
app.command()(history)
app.command()(keep)
app.command()(report)
