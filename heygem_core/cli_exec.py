"""The command ``heygem-core exec``: becomes the command, in the environment that onnxruntime needs."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Annotated

import typer

from heygem_core.cli_diagnosis import conclude
from heygem_core.cli_outcome import LangOption, complain, failures, language
from heygem_core.diagnosis.doctor import checkup, report
from heygem_core.diagnosis.doctor.interpreter import SECONDS, examine, interpreter_of


def execute(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND…", help="After --, as it is: python app.py …")],
    require_gpu: Annotated[
        bool, typer.Option("--require-gpu", help="Refuse to start what would run on the CPU.")
    ] = False,
    python: Annotated[
        str | None, typer.Option("--python", metavar="PATH", help="The interpreter, where the command hides it.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="M.onnx", help="With --require-gpu: this model must be on the GPU."),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="S", help="Seconds for an examination.")] = SECONDS,
    lang: LangOption = None,
) -> None:
    """Start a command with the environment that onnxruntime needs on the GPU, set before anything is imported.

    The command takes over this process: same process id, signals, exit status, standard streams.
    """
    spoken = language(lang)
    with failures(spoken, context.obj):
        interpreter = python or interpreter_of(command)
        facts = examine(interpreter, environment=os.environ, model=model, seconds=timeout)
        cure = checkup.cure(interpreter, facts, os.environ, model=model, seconds=timeout)
        if require_gpu and not cure.facts.all_on_gpu:
            conclude(checkup.diagnose(cure.facts), spoken)
            raise typer.Exit(1)
        for line in report.of_cure(cure):
            complain(line.get(spoken))
        executable = shutil.which(command[0]) or command[0]
    # Python ignores these, and what is ignored stays so across exec; the command is to begin as from a shell.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    with failures(spoken, context.obj):
        os.execve(executable, command, {**os.environ, **cure.variables})  # noqa: S606 - that is the command's purpose
