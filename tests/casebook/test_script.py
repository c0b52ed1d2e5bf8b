"""Experiments that are programs of their own: their answer, or why there is none."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from heygem_core.casebook.probes.script import run_program
from heygem_core.errors import EffectNotShown

ECHO = """
import json, os, sys
print("noise")
print(json.dumps({**json.load(sys.stdin), "seen": os.environ.get("HG_SEEN"), "gone": os.environ.get("HG_GONE")}))
"""


def _run(code: str, environment: Mapping[str, str] | None = None, deadline_s: float = 30) -> dict[str, object]:
    return run_program([sys.executable, "-c", code], {"asked": 1}, environment=environment, deadline_s=deadline_s)


def test_arguments_go_in_and_the_last_line_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is the last line; added variables are there, emptied ones are not."""
    monkeypatch.setenv("HG_GONE", "still here")
    answer = _run(ECHO, {"HG_SEEN": "yes", "HG_GONE": ""})
    assert answer == {"asked": 1, "seen": "yes", "gone": None}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise KeyError('what went wrong')", "exit code 1.*what went wrong"),
        ("", "exit code 0"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "exit code -11"),
    ],
)
def test_a_program_without_an_answer_is_no_finding(code: str, message: str) -> None:
    """A program that raises, prints nothing or crashes is EffectNotShown with its last words."""
    with pytest.raises(EffectNotShown, match=message):
        _run(code)


def test_a_program_that_hangs_is_ended_at_its_deadline() -> None:
    """A program that does not end is killed, and the deadline named."""
    with pytest.raises(EffectNotShown, match=r"within 0\.5 s"):
        _run("import threading; threading.Event().wait()", deadline_s=0.5)
