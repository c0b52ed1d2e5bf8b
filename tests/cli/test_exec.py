"""``heygem-core exec``: becomes the command, in the environment that was found right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from heygem_core import cli
from heygem_core.diagnosis.doctor.eras import TELEMETRY
from tests.cli.command import COMMAND, environment, heygem
from tests.diagnosis.doctor.conftest import workshop
from tests.diagnosis.doctor.workshop import Built, Workshop
from tests.diagnosis.doctor.worlds import BROKEN

__all__ = ["workshop"]

TELL = "import json, os, sys; print(json.dumps([os.getpid(), sys.argv, dict(os.environ)]))"


@pytest.fixture(scope="module")
def world(workshop: Workshop) -> Callable[[str], Built]:
    """Return a function that builds an environment by its name, each once."""
    built: dict[str, Built] = {}

    def build(name: str) -> Built:
        if name not in built:
            built[name] = next(each for each in BROKEN if each.name == name).build(workshop)
        return built[name]

    return build


def start(*arguments: str | Path, stdin: int = subprocess.DEVNULL, **variables: str) -> subprocess.Popen[str]:
    """Start ``heygem-core exec`` with ``arguments``, its streams in pipes."""
    return subprocess.Popen(
        [*COMMAND, "exec", *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**variables),
    )


def test_the_command_takes_over_the_process_with_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same process id, its own arguments untouched, options of the same names included."""
    # Other tests in this process may have set it.
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    with start("--", sys.executable, "-c", TELL, "--python", "x", "--", "--require-gpu") as process:
        out, said = process.communicate(timeout=60)
    pid, arguments, variables = json.loads(out)
    assert (process.returncode, pid) == (0, process.pid)
    assert arguments == ["-c", "--python", "x", "--", "--require-gpu"]
    needed = tuple(map(int, version("onnxruntime-gpu").split(".")[:2])) >= TELEMETRY
    assert variables.get("ORT_DISABLE_TELEMETRY") == ("1" if needed else None)
    assert ("ORT_DISABLE_TELEMETRY=1" in said) == needed


def test_without_the_dashes_it_is_the_same(world: Callable[[str], Built]) -> None:
    """Everything from the first word on is the command's."""
    done = heygem("exec", world("no onnxruntime").python, "-c", TELL, "--lang", "zh")
    assert json.loads(done.stdout)[1] == ["-c", "--lang", "zh"]


def test_exit_status_and_stdin_are_the_commands(world: Callable[[str], Built]) -> None:
    """Its status is told on; what is on stdin is its own, from the first byte on."""
    read = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.exit(37)"
    with start("--", world("no onnxruntime").python, "-c", read, stdin=subprocess.PIPE) as process:
        out, _ = process.communicate("first line\nsecond\n", timeout=60)
    assert (process.returncode, out) == (37, "FIRST LINE\nSECOND\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_the_commands(world: Callable[[str], Built], number: signal.Signals) -> None:
    """It ends by it, as it would without exec."""
    wait = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); print('ready', flush=True); signal.pause()"
    with start("--", world("no onnxruntime").python, "-c", wait) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == -number


def test_what_python_ignores_is_not_ignored_by_the_command(world: Callable[[str], Built], tmp_path: Path) -> None:
    """SIGPIPE has its default meaning again, as from a shell."""
    script = tmp_path / "tell"
    script.write_text("#!/bin/sh\nexec grep SigIgn /proc/self/status\n", encoding="utf-8")
    script.chmod(0o755)
    done = heygem("exec", "--python", world("no onnxruntime").python, "--", script)
    ignored = int(done.stdout.split()[1], 16)
    assert not ignored & (1 << (signal.SIGPIPE - 1))


def test_missing_libraries_are_put_on_the_path_and_it_is_said(world: Callable[[str], Built]) -> None:
    """The folders that complete the provider, in front of what is there; with them the session is on the GPU."""
    built = world("pip's libraries, no path")
    tell = "import os; print(os.environ['LD_LIBRARY_PATH'])"
    command = ("exec", "--lang", "zh", "--require-gpu", "--", built.python, "-c", tell)
    told = heygem(*command, LD_LIBRARY_PATH="/opt/mine")
    assert told.returncode == 0
    folders = told.stdout.strip().split(":")
    assert folders[-1] == "/opt/mine"
    assert all("/nvidia/" in folder for folder in folders[:-1])
    assert "加载器原先找不到 libcublasLt.so.12" in told.stderr


def test_a_service_that_would_run_on_the_cpu_is_refused(world: Callable[[str], Built]) -> None:
    """With --require-gpu: exit code 1, one line, and the command was not started; without it, it is started."""
    built = world("1.26.0 alone")
    done = heygem("exec", "--require-gpu", "--", built.python, "-c", "print('started')", LD_LIBRARY_PATH="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("problem: missing-cuda-library: ")
    assert done.stderr.count("\n") == 1
    done = heygem("exec", "--", built.python, "-c", "print('started')", LD_LIBRARY_PATH="")
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert "nothing to set" in done.stderr


def test_a_model_that_is_not_on_the_gpu_is_refused(world: Callable[[str], Built], tmp_path: Path) -> None:
    """A session works, one with the model does not: the line names the model."""
    built, bad = world("pip's libraries, no path"), tmp_path / "bad.onnx"
    bad.write_bytes(b"no model")
    done = heygem("exec", "--require-gpu", "--model", bad, "--", built.python, "-c", "print('started')")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("problem: bad-input: ")
    assert done.stderr.count("\n") == 1


def test_the_interpreter_of_a_script_is_examined(world: Callable[[str], Built], tmp_path: Path) -> None:
    """By the first line of a script, also through env, and by what pip writes where that line would be too long."""
    built = world("1.26.0 alone")
    folder = tmp_path / "bin"
    folder.mkdir()
    lines = {
        "env": "#!/usr/bin/env python\n",
        "long": f"#!/bin/sh\n'''exec' {built.python} \"$0\" \"$@\"\n' '''\n",
    }
    path = f"{folder}:{Path(built.python).parent}:{os.environ['PATH']}"
    for name, first in lines.items():
        script = folder / name
        script.write_text(f"{first}print('never')\n", encoding="utf-8")
        script.chmod(0o755)
        done = heygem("exec", "--require-gpu", "--", name, LD_LIBRARY_PATH="", PATH=path)
        assert (done.returncode, done.stdout) == (1, "")
        assert "onnxruntime-gpu[cuda,cudnn]==1.26.0" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--", "/nonexistent/app"], "is not found"),
        (["--", "sh", "-c", "true"], "name it with --python"),
        (["--python", "/nonexistent/python", "--", "sh"], "there is no such file"),
    ],
)
def test_what_cannot_be_started_is_one_clear_line(arguments: list[str], words: str) -> None:
    """Exit code 1, and what to do."""
    done = CliRunner().invoke(cli.app, ["exec", *arguments], env={"LANG": "C.UTF-8"})
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_command_is_needed() -> None:
    """Wrong usage is exit code 2."""
    assert CliRunner().invoke(cli.app, ["exec"]).exit_code == 2
    assert CliRunner().invoke(cli.app, ["exec", "--require-gpu", "--"]).exit_code == 2
