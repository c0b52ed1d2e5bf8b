"""The workflows call what there is: nox sessions, commands, pinned actions."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, check
from tests.test_nox import SESSIONS

WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *(ROOT / "examples" / "ci").glob("*.yml")])


def runs(workflow: Path) -> str:
    """Return ``workflow`` with lines that a shell would join, joined."""
    return workflow.read_text(encoding="utf-8").replace("\\\n", " ")


def called_sessions() -> set[str]:
    """Return the nox sessions that the workflows run, also those of a matrix."""
    named: set[str] = set()
    for workflow in WORKFLOWS:
        for some in re.findall(r"nox -s ([\w ]+?)(?: --|\n|\")", runs(workflow)):
            named |= set(some.split())
        for some in re.findall(r"session: \[(.*)\]", runs(workflow)):
            named |= set(some.split(", "))
    return named


def test_every_session_that_a_workflow_names_exists() -> None:
    """And what a change must pass is among them."""
    named = called_sessions()
    assert named <= SESSIONS
    assert {"lint", "typing", "docs", "workflows", "tests", "package", "minimums", "demo", "gpu"} <= named


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_and_nothing_may_be_written_unasked(workflow: Path) -> None:
    """By its version; and the token may only read, unless a job says more."""
    used = re.findall(r"uses: (\S+)", runs(workflow))
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in used)
    assert "\npermissions:\n  contents: read\n" in runs(workflow)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_of_a_workflow_is_one(workflow: Path) -> None:
    """It parses, without the shell's redirections."""
    for line in re.findall(r"(?:^|/| )heygem-core ([a-z].*)$", runs(workflow), re.MULTILINE):
        words = shlex.split(re.split(r" \|\| | > ", line)[0])
        if words[0] not in {"pytest"}:
            check(words)


def test_the_test_that_goes_with_the_workflow_passes(tmp_path: Path) -> None:
    """Installed beside pytest, the plugin's fixtures and markers are there; what needs a GPU is skipped without one."""
    program = ROOT / "examples" / "ci" / "test_service.py"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'base'}",
        str(program),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"1 passed, 1 skipped|2 passed", done.stdout)
