"""What examples/ shows works, and is as short as the documents say."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks

EXAMPLES = ROOT / "examples"
MOST_LINES = 30
"""Of code: without the docstrings, blank lines and comments."""


def run(program: Path, *arguments: str, path: Path = ROOT, said: str = "") -> str:
    """Run a Python program of the examples with the package in ``path`` and return what it printed."""
    variables = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    variables["ORT_DISABLE_TELEMETRY"] = "1"
    done = subprocess.run(
        [sys.executable, str(program), *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=variables,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def code_lines(program: Path) -> int:
    """Return how many lines of ``program`` are code."""
    text = program.read_text(encoding="utf-8")
    if program.suffix == ".patch":
        return sum(line.startswith("+") and not line.startswith("+++") and line != "+" for line in text.splitlines())
    lines = {number for number, line in enumerate(text.splitlines(), 1) if line.strip() and line.strip()[0] != "#"}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            said = node.body[0]
            lines -= set(range(said.lineno, (said.end_lineno or said.lineno) + 1))
    return len(lines)


@pytest.mark.parametrize("program", sorted((EXAMPLES / "extending").iterdir()), ids=lambda program: program.name)
def test_what_is_to_be_added_is_short(program: Path) -> None:
    """A stage, a case and a cause each need less than thirty lines of code."""
    assert 0 < code_lines(program) < MOST_LINES


def test_the_page_shows_what_the_examples_have() -> None:
    """Every line of code on it stands in one of them."""
    shown = {line for block in blocks(ROOT / "docs" / "extending.md", "py") for line in block.splitlines() if line}
    examples = [program.read_text(encoding="utf-8") for program in (EXAMPLES / "extending").iterdir()]
    had = {line.removeprefix("+") for text in examples for line in text.splitlines()}
    assert shown
    assert shown <= had


def test_a_stage_of_ones_own_runs_between_two_others() -> None:
    """Every frame passes all three."""
    assert run(EXAMPLES / "extending" / "add_stage.py") == "drivered_video 20\nmirror 20\nwrite_video 20\n"


def test_a_case_of_ones_own_gives_a_verdict() -> None:
    """It observes, and puts the core beside it."""
    assert run(EXAMPLES / "extending" / "add_case.py") == "empty-is-done: refuted\n"


def test_a_cause_of_ones_own_is_found_in_a_log(tmp_path: Path) -> None:
    """The patch applies to the package as it is, and the log has the new cause then, and none before."""
    shutil.copytree(ROOT / "heygem_core", tmp_path / "heygem_core", ignore=shutil.ignore_patterns("__pycache__"))
    log = tmp_path / "service.log"
    log.write_text("OSError: [Errno 24] Too many open files: '/data/audio_7.wav'\n", encoding="utf-8")
    command = ("diagnose", str(log), "--json", "-")
    before = json.loads(run(tmp_path / "heygem_core", *command, path=tmp_path))
    patch = ["git", "apply", "--unsafe-paths", str(EXAMPLES / "extending" / "add_cause.patch")]
    subprocess.run(patch, cwd=tmp_path, check=True, timeout=60)
    after = json.loads(run(tmp_path / "heygem_core", *command, path=tmp_path))
    assert (before["cause"], after["cause"]) == (None, "too-many-files")
    assert after["rules"] == ["files-run-out"]


def test_the_log_of_the_examples_has_its_cause() -> None:
    """What the README shows of it: the missing library first, then the full queue."""
    told = json.loads(run(ROOT / "heygem_core", "diagnose", str(EXAMPLES / "service.log"), "--json", "-"))
    assert [told["cause"], *told["also"]][:2] == ["missing-cuda-library", "queue-full-no-consumer"]


def test_the_service_of_the_examples_serves_until_its_input_ends() -> None:
    """It says who it is, so that it can be watched, and takes numbers."""
    assert run(EXAMPLES / "idle_gpu.py", said="1\n2\n").startswith("serving, process ")
