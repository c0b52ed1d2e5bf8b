"""The census that ends every test: what it counts stays the same thing while it changes its looks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from heygem_core.pytest_plugin import census

EXECUTES = "import os, sys; sys.stdin.readline(); os.execvp('sh', ['sh', '-c', 'echo executed; read end'])"


def test_a_child_counted_before_its_exec_is_the_same_child_after_it() -> None:
    """A tracker counted between its fork and its exec was taken for a new process at the end of a test."""
    with subprocess.Popen([sys.executable, "-c", EXECUTES], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
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
