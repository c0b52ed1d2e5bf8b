"""The command ``heygem-core doctor``: parses, calls, prints."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text as RichText

from heygem_core.cli_diagnosis import conclude, show
from heygem_core.cli_outcome import JsonOption, LangOption, failures, language, write_json
from heygem_core.diagnosis.diagnosis import Diagnosis
from heygem_core.diagnosis.doctor import checkup, eras, notes, options, report
from heygem_core.diagnosis.doctor import library as libraries
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.diagnosis.doctor.interpreter import PROBE, SECONDS, examine, read
from heygem_core.text import Text

_EXAMINED = Text("examined: ", "检查对象：")
_NOTE = Text("note: ", "提示：")
_FITS = Text("what fits this Python, driver and GPU:", "适合此 Python、驱动与 GPU 的版本：")


class Provider(StrEnum):
    """What the service is to run on."""

    CUDA = "cuda"
    CPU = "cpu"


def _print_probe(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(PROBE.read_text(encoding="utf-8"))
        raise typer.Exit


def _readable(path: Path | None) -> Path | None:
    if path is not None:
        with path.open("rb") as file:
            file.read(1)
    return path


def doctor(
    context: typer.Context,
    python: Annotated[
        str, typer.Option("--python", metavar="PATH", help="The service's interpreter; without it, this one.")
    ] = sys.executable,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="M.onnx", help="Create a session of this model as well.")
    ] = None,
    library: Annotated[
        Path | None,
        typer.Option("--library", metavar="FILE.so", help="Say what this compiled module needs and does not find."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="opt.txt", help="Say which of a service's options matter.")
    ] = None,
    facts: Annotated[
        Path | None, typer.Option("--facts", metavar="FILE", help="Judge what the probe wrote elsewhere.")
    ] = None,
    provider: Annotated[Provider, typer.Option(help="What the service is to run on.")] = Provider.CUDA,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="S", help="Seconds for the examination.")] = SECONDS,
    print_probe: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option(
            "--print-probe",
            callback=_print_probe,
            is_eager=True,
            help="Print the probe: docker exec -i NAME python3 - < probe.py > facts.json",
        ),
    ] = False,
    json_file: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Say whether onnxruntime would use the GPU in an interpreter, and if not, why and what to type."""
    spoken = language(lang)
    out = Console(quiet=json_file == "-", highlight=False)
    with failures(spoken, context.obj):
        if config is not None:
            _end(options.of_options(_readable(config) or config), out, json_file, spoken)
        elif library is not None:
            _end(libraries.of_library(python, _readable(library) or library, timeout), out, json_file, spoken)
        elif facts is not None:
            _judge(read(facts, provider.value), None, out, json_file, spoken)
        else:
            found = examine(python, provider.value, model=_readable(model), seconds=timeout)
            cure = checkup.cure(python, found, os.environ, model=model, seconds=timeout)
            _judge(found, cure, out, json_file, spoken)


def _judge(found: Facts, cure: checkup.Cure | None, out: Console, json_file: str | None, lang: str) -> None:
    diagnosis = checkup.diagnose(found)
    tried = checkup.tried(cure) if cure else None
    hints = [*([tried] if tried else []), *notes.notes(found)]
    fitting = eras.fitting(found.place)
    out.print(RichText.assemble((_EXAMINED.get(lang), "bold"), report.summary(found).get(lang)), soft_wrap=True)
    show(diagnosis, out, lang)
    for hint in hints:
        out.print(RichText.assemble((_NOTE.get(lang), "bold"), hint.get(lang)), soft_wrap=True)
    if diagnosis.findings and found.wanted == "cuda":
        out.print(RichText(_FITS.get(lang), style="bold"), soft_wrap=True)
        for row in fitting:
            out.print(f"  {report.pair(row).get(lang)}", soft_wrap=True, markup=False)
    told = {
        **diagnosis.as_json(lang),
        "notes": [hint.get(lang) for hint in hints],
        "fits": [report.pair_json(row) for row in fitting],
        "facts": found.raw,
    }
    _finish(diagnosis, told, json_file, lang)


def _end(answer: report.Report, out: Console, json_file: str | None, lang: str) -> None:
    for line in answer.lines:
        out.print(line.get(lang), soft_wrap=True, markup=False)
    if answer.diagnosis.findings:
        show(answer.diagnosis, out, lang)
    _finish(answer.diagnosis, {**answer.diagnosis.as_json(lang), **answer.data}, json_file, lang)


def _finish(diagnosis: Diagnosis, told: dict[str, Any], json_file: str | None, lang: str) -> None:
    write_json(told, json_file)
    conclude(diagnosis, lang)
