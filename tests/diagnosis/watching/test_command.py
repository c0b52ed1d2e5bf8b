"""``heygem-core watch``: what it prints and writes, wrong input, other users' processes, following."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from heygem_core.cli import app
from heygem_core.diagnosis.watching import stacks
from tests.cli.command import COMMAND, environment, heygem, start
from tests.diagnosis.watching.services import PROGRAM, in_state, running, settle, tree

DROPPED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
"""Root without any capability may do what an ordinary user may do with processes of its own."""
KEYS = {"cause", "confidence", "also", "evidence", "remedy", "trouble", "collect", "findings", "processes", "waits"}


def invoke(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, stdout and stderr."""
    done = CliRunner().invoke(app, ["watch", *arguments], env={"COLUMNS": "200", "LC_ALL": "C"})
    return done.exit_code, done.stdout, done.stderr


def test_a_stall_is_shown_told_and_written(tmp_path: Path) -> None:
    """Table, who waits for whom, culprit and cause in Chinese; one line on stderr, exit code 1; the JSON beside it."""
    file = tmp_path / "watch.json"
    with in_state("wedged") as service:
        settle(service.pid)
        done = heygem("watch", str(service.pid), "--seconds", "0.8", "--json", file, "--lang", "zh", COLUMNS="200")
    told = json.loads(file.read_text(encoding="utf-8"))
    assert set(told) >= KEYS
    assert (told["cause"], told["confidence"]) == ("wedged", 0.95)
    work = next(process for process in told["processes"] if process["name"] == "work")
    assert told["findings"][0]["culprit"] == f"work ({work['pid']})"
    assert work["threads"][0]["stack"][0].startswith("_lock_twice (service.py:")
    (put,) = [wait for wait in told["waits"] if wait["what"] == "put"]
    assert work["pid"] in put["for"]
    assert done.returncode == 1
    for words in ("进程", "谁在等谁", "等待锁：_lock_twice", "阶段卡死", f"work ({work['pid']})"):
        assert words in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"问题：wedged：阶段卡死——work ({work['pid']})——")


@pytest.fixture(scope="module")
def idle() -> Iterator[int]:
    """Run a warm service between tasks, with variables that do nothing and that are nobody's business."""
    variables = {"ORT_PARALLEL": "4", "API_KEY": "s3cret"}
    with running(sys.executable, PROGRAM, "idle", environment=variables) as service:
        settle(service.pid)
        yield service.pid


def test_only_json_goes_to_stdout_when_asked_for(idle: int) -> None:
    """A healthy one: nothing found, exit code 0, not a word elsewhere; and only variables of a fixed list."""
    code, out, err = invoke(str(idle), "--seconds", "0.5", "--json", "-")
    told = json.loads(out)
    assert (code, err, told["cause"], told["trouble"], told["findings"]) == (0, "", None, False, [])
    assert {process["name"] for process in told["processes"]} >= {"work", "keep", "service.py"}
    assert all(process["environment"]["ORT_PARALLEL"] == "4" for process in told["processes"] if process["threads"])
    assert "s3cret" not in out


def test_a_worker_s_id_leads_to_the_whole_tree(idle: int, tmp_path: Path) -> None:
    """The service is found above the worker, and said; what it was started with is shown, less what is secret."""
    worker, file = tree(idle)[-1].pid, tmp_path / "watch.json"
    code, shown, _ = invoke(str(worker), "--seconds", "0.5", "--json", str(file))
    assert (code, json.loads(file.read_text())["root"]) == (0, idle)
    assert f"{worker} is a worker of {idle}" in shown
    # As long as it is, with what else the environment has of note, it may be broken anywhere.
    assert "ORT_PARALLEL=4 (a name of an enumeration, no library reads it)" in " ".join(shown.split())
    assert "s3cret" not in shown
    assert "no problem found" in shown


def test_a_process_that_is_no_python_is_watched_through_proc() -> None:
    """It says so, and finds nothing wrong with one that sleeps."""
    with running("sleep", "60", ready=False) as service:
        code, out, _ = invoke(str(service.pid), "--seconds", "0.5")
    assert code == 0
    assert stacks.NOT_PYTHON.en in out
    assert "sleeps" in out


def test_wrong_input_is_one_line() -> None:
    """Each says what was given and what is wrong with it; 2 for wrong usage, 1 for what cannot be watched."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    expected = [
        ((), 2, "give the process id"),
        (("1", "--match", "x"), 2, "give the process id"),
        (("abc",), 2, "'abc' is no process id"),
        (("-1",), 2, ""),
        (("1_0",), 2, "'1_0' is no process id"),
        (("99999999999",), 2, "'99999999999' is no process id"),
        (("2147483647",), 1, "there is no process 2147483647"),
        ((str(ended.pid),), 1, f"process {ended.pid} has ended already"),
        (("--match", "no such command line"), 2, "no command line contains 'no such command line'"),
    ]
    try:
        for arguments, code, words in expected:
            got, out, err = invoke(*arguments)
            assert (got, out) == (code, "")
            assert words in err
            assert not words or (err.startswith("error: ") and err.count("\n") == 1)
    finally:
        ended.wait()


@pytest.mark.skipif(not Path("/proc/2/comm").exists(), reason="no thread of the kernel is visible here")
def test_a_thread_of_the_kernel_is_no_service() -> None:
    """Told by its flag in the process table."""
    code, out, err = invoke("2")
    assert (code, out) == (1, "")
    assert "process 2 (kthreadd) is a thread of the kernel" in err


def test_a_name_finds_its_service_or_lists_those_that_it_fits() -> None:
    """One tree is watched; of several one is asked for by its id."""
    with running(sys.executable, PROGRAM, "alone", "unique-name") as one:
        told = json.loads(invoke("--match", "unique-name", "--seconds", "0.5", "--json", "-")[1])
        assert told["root"] == one.pid
        with running(sys.executable, PROGRAM, "alone", "unique-name-too") as other:
            code, out, err = invoke("--match", "unique-name")
            assert (code, out) == (2, "")
            assert err.startswith("error: 2 process trees match 'unique-name'")
            assert str(one.pid) in err
            assert str(other.pid) in err


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="the rights to drop are root's")
def test_no_rights_are_needed_for_one_s_own_processes_and_none_are_assumed_for_others() -> None:
    """Without any capability: the stall of an equal is found, stacks included; of a more privileged one little."""
    arguments = (*DROPPED, *COMMAND, "watch")
    with in_state("wedged", *DROPPED) as equal, in_state("wedged") as above:
        for service in (equal, above):
            settle(service.pid)
        looks = [
            subprocess.Popen(
                [*arguments, str(service.pid), "--seconds", "0.8", "--json", "-"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment(),
            )
            for service in (equal, above)
        ]
        (out, _), (nothing, said) = (each.communicate(timeout=60) for each in looks)
    told = json.loads(out)
    assert (looks[0].returncode, told["cause"], told["confidence"], told["limits"]) == (1, "wedged", 0.95, [])
    assert (looks[1].returncode, json.loads(nothing)["findings"]) == (1, [])
    assert said == (
        f"error: no permission to look at process {above.pid}, it runs as user 0: run as that user, or with sudo\n"
    )


@pytest.mark.breaks
def test_following_shows_what_changes_until_the_service_ends() -> None:
    """One line of JSON for each change: healthy, then stopped; the last window decides the exit code."""
    with in_state("idle") as service:
        settle(service.pid)
        worker = next(process for process in tree(service.pid) if "spawn_main" in " ".join(process.cmdline()))
        command = start("watch", str(service.pid), "--follow", "--seconds", "0.5", "--json", "-")
        assert command.stdout is not None
        first = json.loads(command.stdout.readline())
        os.kill(worker.pid, signal.SIGSTOP)
        second = json.loads(command.stdout.readline())
    rest, said = command.communicate(timeout=30)
    assert (first["cause"], second["cause"]) == (None, "stopped")
    assert second["findings"][0]["culprit"].endswith(f"({worker.pid})")
    assert all(json.loads(line)["root"] == service.pid for line in rest.splitlines())
    assert command.returncode == 1
    assert said.startswith("problem: ")


@pytest.mark.breaks
def test_an_interrupt_ends_the_following(idle: int) -> None:
    """Ctrl-C: exit code 130, nothing said, the service goes on."""
    command = start("watch", str(idle), "--follow", "--seconds", "0.5", "--json", "-")
    assert command.stdout is not None
    assert json.loads(command.stdout.readline())["cause"] is None
    began = time.monotonic()
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert (command.returncode, said) == (128 + signal.SIGINT, "")
    assert psutil.pid_exists(idle)
