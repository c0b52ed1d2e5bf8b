"""Run the commands of a page one after another, as its reader does: in one folder, in one environment."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.commands import stand_in
from tests.commands.beside import QUIET
from tests.commands.model import Run
from tests.commands.table import TABLE
from tests.documents import page_text

KEPT = ".environment"
"""The file in which a command leaves its environment to the next one, as a shell would."""


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed on both streams."""

    exit_code: int
    printed: str


class Reader:
    """Somebody who types the commands of one page, in a shell in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        own = str(Path(sys.executable).parent)
        self.variables = environment(
            PATH=f"{own}{os.pathsep}{os.environ['PATH']}", PYTHONDONTWRITEBYTECODE="1", **QUIET
        )
        self.variables.pop("PYTHONPATH", None)

    def types(self, line: str, deadline_s: float) -> Done:
        """Run ``line`` to its end and keep the environment that it leaves; TimeoutExpired after ``deadline_s``."""
        script = f"{line}\ncode=$?\nenv -0 > {KEPT}\nexit $code"
        with subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as shell:
            try:
                printed, _ = shell.communicate(timeout=deadline_s)
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
                raise
        pairs = (self.folder / KEPT).read_text(encoding="utf-8").rstrip("\0").split("\0")
        self.variables = dict(pair.split("=", 1) for pair in pairs)
        return Done(shell.returncode, printed)


def words(text: str) -> str:
    """Return ``text`` as it reads at any width of the line."""
    return " ".join(text.split())


def replaced(line: str, put: Mapping[str, str]) -> str:
    """Return ``line`` with what stands in for its words; raises AssertionError where such a word is not in it."""
    for word, other in put.items():
        assert word in line, f"{word!r} is not in {line!r}"
        line = line.replace(word, other)
    return line


def run(page: str, folder: Path, subtests: pytest.Subtests, *, whole: bool, deadline_s: float) -> None:
    """Run the quick commands of ``page``, or all of them, each as a test of its own below the running one."""
    stand_in.checkout(folder, copied=whole)
    for make in (stand_in.WHOLE if whole else stand_in.QUICK).get(page, ()):
        make(folder)
    reader = Reader(folder)
    for line, how in TABLE[page].items():
        if isinstance(how, Run) and (whole or how.quick):
            with subtests.test(msg=line):
                if how.needs is not None and importlib.util.find_spec(how.needs) is None:
                    pytest.skip(f"{how.needs} is not installed")
                check(page, line, how, reader, deadline_s)


def check(page: str, line: str, how: Run, reader: Reader, deadline_s: float) -> None:
    """Run one command: its exit code is one of those given, and it prints what its page shows."""
    with how.beside(reader.folder) if how.beside else nullcontext({}) as found:
        typed = replaced(line, {**how.put, **{word: other for word, other in found.items() if word in line}})
        done = reader.types(typed, deadline_s)
    assert done.exit_code in how.exits, done.printed
    assert not re.search(r"^Traceback ", done.printed, re.MULTILINE), done.printed
    if how.cause is not None:
        assert re.search(rf"^(?:problem: |问题：){how.cause}(?:: |：)", done.printed, re.MULTILINE), done.printed
    for said in how.says:
        assert said in words(page_text(page)), f"{page} does not show {said!r}"
        assert said in words(done.printed), done.printed
