"""The command ``heygem-core``: parses, calls, prints; what it calls can be called from Python just as well."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from heygem_core import cli_bench
from heygem_core.cli_batch import batch
from heygem_core.cli_demo import demo
from heygem_core.cli_diagnose import diagnose
from heygem_core.cli_doctor import doctor
from heygem_core.cli_exec import execute
from heygem_core.cli_faults import faults
from heygem_core.cli_outcome import Interrupted, signals_as_exceptions
from heygem_core.cli_render import render
from heygem_core.cli_reproduce import reproduce
from heygem_core.cli_watch import watch
from heygem_core.runtime.signals import acted_on_at_once

app = typer.Typer(
    no_args_is_help=True,
    # What goes wrong is said in one line; --debug gives Python's own traceback.
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from heygem_core.runtime import versions

        sys.stdout.write("".join(f"{line}\n" for line in versions.lines()))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the versions that matter and exit."
        ),
    ] = False,
) -> None:
    """Say why a lip-sync pipeline stalls, reproduce the stall, and render a video with one that does not.

    Exit codes: 0 fine; 1 a problem was found or the job failed, with one line on stderr that names cause,
    culprit and remedy; 2 wrong usage; 130 and 143 interrupted.
    """
    context.obj = debug


app.command()(render)
app.command()(batch)
app.command()(reproduce)
app.command()(demo)
app.command()(faults)
app.command()(diagnose)
app.command()(doctor)
app.command("exec", context_settings={"allow_interspersed_args": False})(execute)
app.command()(watch)
app.add_typer(cli_bench.app, name="bench")


def main() -> None:
    """Run the command line; SIGINT, SIGTERM and SIGHUP end it in order, with everything that it started."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Chinese shows question marks; the job goes on.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    with signals_as_exceptions(), acted_on_at_once():
        try:
            app(prog_name="heygem-core")
        except Interrupted as interrupted:
            sys.exit(128 + interrupted.signal)


if __name__ == "__main__":
    main()
