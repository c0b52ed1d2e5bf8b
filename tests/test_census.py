"""The census that ends every test: what it counts stays the same thing while it changes its looks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from heygem_core.pytest_plugin import census

EXECUTES = "import os, sys; sys.stdin.readline(); os.execvp('sh', ['sh', '-c', 'echo executed; read end'])"


def test_a_child_counted_before_its_exec_is_the_same_child_after_it() -> None:
    """A tracker counted between its fork and its exec was taken for a new process at the end of a test."""
    with subprocess.Popen([sys.executable, "-c", EXECUTES], stdin=PIPE, stdout=PIPE) as child:
        assert child.stdin
        assert child.stdout
        before, command = census.children(), Path(f"/proc/{child.pid}/cmdline").read_bytes()
        child.stdin.write(b"go\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"executed\n"
        assert Path(f"/proc/{child.pid}/cmdline").read_bytes() != command
        assert census.children() == before
        child.stdin.write(b"end\n")
    assert census.children() < before


def test_a_zombie_is_counted() -> None:
    """psutil refuses the command line of one, and with it the whole zombie went uncounted."""
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert [trace.kind for trace in census.children() if trace.looks.startswith(f"{child.pid}:")] == ["zombie"]


@pytest.mark.parametrize(("somebody_else", "left"), [(True, False), (False, True)])
def test_a_semaphore_that_another_run_will_clear_up_is_not_ours(
    monkeypatch: pytest.MonkeyPatch, somebody_else: bool, left: bool
) -> None:
    """While a resource tracker lives outside this run, entries of its kind may be its own; otherwise they are ours."""
    name = f"{census._SHM}/sem.mp-census-{os.getpid()}"
    command = [sys.executable, "-c", "input(input())", "multiprocessing.resource_tracker"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE) as tracker:
        assert tracker.stdin
        assert tracker.stdout
        tracker.stdin.write(b"up\n")
        tracker.stdin.flush()
        assert tracker.stdout.read(2) == b"up"
        monkeypatch.setattr(psutil, "pids", lambda: [tracker.pid] if somebody_else else [])
        monkeypatch.setattr(psutil.Process, "children", lambda _self, **_named: [])
        Path(name).touch()
        try:
            assert bool(census._not_of_others({census.Trace("shared memory", name)})) == left
        finally:
            Path(name).unlink()
            tracker.communicate(b"\n")
