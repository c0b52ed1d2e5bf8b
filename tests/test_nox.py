"""``nox -l`` reads as the manual."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SESSIONS = {
    *("lint", "typing", "tests", "gpu", "demo", "bench", "bench_ort", "calibrate", "ort_envs", "soak", "compat"),
    *(
        "doctor_envs",
        "browser",
        "package",
        "minimums",
        "docs",
        "workflows",
        "ray",
        "bench_peers",
        "gpu_limits",
        "documents",
    ),
}
DEFAULT = {"lint", "typing", "tests"}


def test_each_session_is_listed_with_one_line_of_what_it_does() -> None:
    """Every session has its line; lint, typing and tests are what runs without a choice."""
    command = [sys.executable, "-m", "nox", "--list", "--noxfile", str(ROOT / "noxfile.py")]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    told = {}
    chosen = set()
    for line in listed.splitlines():
        if line.startswith(("* ", "- ")):
            name, _, said = line[2:].partition(" -> ")
            told[name] = said
            chosen |= {name} if line.startswith("*") else set()
    assert set(told) == SESSIONS
    assert chosen == DEFAULT
    assert all(said.endswith((".", ").")) and len(said.split()) >= 4 for said in told.values())
