"""``heygem-core batch``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from heygem_core import cli_batch_show
from heygem_core.cli_outcome import (
    Interrupted,
    JsonOption,
    LangOption,
    complain,
    failures,
    language,
    write_json,
)
from heygem_core.cli_render import Provider
from heygem_core.errors import HeygemError, describe

if TYPE_CHECKING:
    from heygem_core.scale.engine import Engine
    from heygem_core.scale.manifest import Manifest


class EngineName(StrEnum):
    """What runs the jobs."""

    LOCAL = "local"
    RAY = "ray"


AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        envvar="RAY_ADDRESS",
        help="With ray: an existing cluster, which is left as it is. Without it, one on this machine for as long.",
    ),
]


def batch(
    context: typer.Context,
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST.jsonl",
            exists=True,
            dir_okay=False,
            help='One job per line: {"video": …, "audio": …}, and if you like "output" and the options of render: '
            '"generator", "provider", "batch", "loop", "allow_no_face", "stall_timeout". Paths are relative to it.',
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="DIR",
            file_okay=False,
            help="Folder of the videos and results.jsonl; the same goes on.",
        ),
    ],
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="local: warm pipelines on this machine. ray: on the nodes of a Ray cluster."),
    ] = EngineName.LOCAL,
    address: AddressOption = None,
    pipelines: Annotated[
        int | None,
        typer.Option(
            "--pipelines", min=1, metavar="N", help="Pipelines per machine; without it, one per GPU or group of cores."
        ),
    ] = None,
    generator: Annotated[
        str, typer.Option("--generator", metavar="puppet|…|MODEL.onnx", help="For lines that name none.")
    ] = "puppet",
    provider: Annotated[Provider, typer.Option("--provider", help="For lines that name none.")] = Provider.AUTO,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Do again what failed before; without it only what has no result.")
    ] = False,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Render many jobs with warm pipelines, here or on a Ray cluster; what is done stays done.

    Every line of the manifest is checked first, and all that is wrong is said at once. Each result is a line of
    DIR/results.jsonl as soon as it is there; interrupted or killed, the same command goes on with what is left.
    Exit codes: 0 every video is there, 1 some failed, 2 wrong usage or a bad manifest.
    """
    chosen = language(lang)
    out = Console(quiet=json == "-", highlight=False)
    with failures(chosen, bool(context.obj)):
        # First: reading a manifest may mean to read a great many videos.
        chosen_engine = _engine(engine, output, address, pipelines)
    read = _checked(manifest, output, generator, provider, json, chosen)
    with failures(chosen, bool(context.obj)):
        from heygem_core.scale import batch as batches

        outcome = batches.Outcome()

        def tell(error: HeygemError | None = None) -> None:
            told = outcome.as_json(chosen)
            write_json({**told, "error": None if error is None else describe(error)}, json)

        try:
            with cli_batch_show.shown(out, chosen) as on_event:
                batches.run(
                    read.jobs, output, chosen_engine, retry_failed=retry_failed, outcome=outcome, on_event=on_event
                )
        except Interrupted:
            complain(cli_batch_show.interrupted(outcome).get(chosen))
            raise
        except HeygemError as error:
            tell(error)
            raise
        tell()
        cli_batch_show.summary(outcome, output, out, chosen)
    if not outcome.all_done:
        complain(cli_batch_show.failed(outcome, output).get(chosen))
        raise typer.Exit(1)


def _checked(manifest: Path, folder: Path, generator: str, provider: Provider, json: str | None, lang: str) -> Manifest:
    """Return the manifest; say all that is wrong with it, one line each, and exit with 2."""
    from heygem_core.scale import manifest as manifests
    from heygem_core.scale.jobs import Setup

    try:
        read = manifests.read(manifest, folder, Setup(generator=generator, provider=provider.value))
    except OSError as error:
        raise typer.BadParameter(f"{manifest}: {error.strerror}") from error
    if not read.problems:
        return read
    for problem in read.problems:
        where = f"{manifest}:{problem.line}" if problem.line else str(manifest)
        complain(f"{where}: {problem.text.get(lang)}")
    told = [{"line": problem.line, "problem": problem.text.get(lang)} for problem in read.problems]
    write_json({"status": "invalid", "problems": told}, json)
    complain(cli_batch_show.invalid(len(read.problems)).get(lang))
    raise typer.Exit(2)


def _engine(name: EngineName, folder: Path, address: str | None, pipelines: int | None) -> Engine:
    if name is EngineName.LOCAL:
        from heygem_core.scale.local import LocalEngine

        return LocalEngine(folder, pipelines)
    from heygem_core.scale.ray_cluster import imported
    from heygem_core.scale.ray_engine import RayEngine

    imported()
    return RayEngine(folder, address, pipelines)
