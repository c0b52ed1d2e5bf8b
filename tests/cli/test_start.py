"""What the command does before any work: help, versions, completion, and what it says of mistakes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment, heygem

HEAVY = {"numpy", "scipy", "onnxruntime", "onnx", "cv2", "av", "torch", "psutil", "ruptures", "heygem_core.pipeline"}
"""What only work needs; each costs a multiple of all the rest."""
MISTAKES = [
    ["nothing-of-that-name"],
    ["render", "--video", "{there}", "--audio", "{missing}", "--output", "{folder}/out.mp4"],
    ["doctor", "--facts", "{there}"],
    ["exec", "--", "{missing}"],
    ["watch", "999999999"],
    ["bench", "report", "{there}"],
    ["bench", "history", "{missing}"],
]
"""One of each kind; what is particular to a command stands in the tests of that command."""


def test_help_loads_nothing_heavy() -> None:
    """Help is there at once, since it imports nothing that only the work needs."""
    code = "import sys; from heygem_core import cli; cli.app(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "heygem_core.cli" in loaded
    assert not HEAVY & loaded


def test_the_version_tells_what_a_report_needs() -> None:
    """This package, Python, onnxruntime by the name of its wheel, CUDA as far as it can be loaded, driver, GPU."""
    done = heygem("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0].removesuffix(":") for line in done.stdout.splitlines()] == [
        *("heygem-core", "Python", "onnxruntime-gpu", "CUDA", "CUDA", "driver"),
    ]


@pytest.mark.parametrize(
    ("typed", "offered"), [("heygem-core re", "render\nreproduce\n"), ("heygem-core bench co", "compare\n")]
)
def test_the_shell_completes_commands(typed: str, offered: str) -> None:
    """As bash asks for it."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_HEYGEM_CORE_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "heygem_core"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=environment(**words),
    )
    assert done.stdout == offered


@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
def test_a_mistake_is_told_without_a_traceback(mistake: list[str], tmp_path: Path) -> None:
    """Exit code 1 or 2, and a few words on stderr that are not Python's."""
    there = tmp_path / "there"
    there.write_text("no video, no facts, no run\n")
    places = {"there": str(there), "missing": str(tmp_path / "missing"), "folder": str(tmp_path)}
    done = heygem(*(word.format(**places) for word in mistake))
    assert done.returncode in {1, 2}, done.stdout
    assert done.stderr.strip()
    assert "Traceback" not in done.stdout + done.stderr
