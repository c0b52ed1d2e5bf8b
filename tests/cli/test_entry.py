"""The way into the command, from its first moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment

SLOW = "import sys, time\nprint('importing', file=sys.stdout, flush=True)\ntime.sleep(1000)\n"


@pytest.mark.parametrize("ignored", [False, True])
def test_an_interrupt_while_the_command_is_imported_is_a_clean_exit(ignored: bool, tmp_path: Path) -> None:
    """Ctrl-C in the first moments is exit code 130 without a traceback; started with it ignored, it stays ignored."""
    # The command's first import from outside, made slow enough to be interrupted.
    (tmp_path / "typer.py").write_text(SLOW)
    begin = f"import os, signal, sys; signal.signal(signal.SIGINT, signal.{'SIG_IGN' if ignored else 'SIG_DFL'}); "
    program = [sys.executable, "-c", f"{begin}os.execv(sys.argv[1], sys.argv[1:])", sys.executable, "-m", "heygem_core"]
    with subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path])),
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "importing\n"
        command.send_signal(signal.SIGINT)
        if ignored:
            command.terminate()
        _, said = command.communicate(timeout=30)
    assert (command.returncode, said) == (-signal.SIGTERM if ignored else 130, "")
