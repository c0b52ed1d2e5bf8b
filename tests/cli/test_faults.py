"""``heygem-core faults``: cells by choice, a table for people, rows for machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import heygem

KEYS = ["stage", "moment", "manner", "error", "cause", "seconds", "limit_s", "restart_s", "wrong"]


@pytest.mark.breaks
def test_chosen_cells_are_run_and_told(tmp_path: Path) -> None:
    """Two faults at one moment of one stage: both as expected, every key there, and the table's line in words."""
    path = tmp_path / "faults.json"
    chosen = ("--stage", "blend", "--moment", "mid-batch", "--manner", "sys-exit", "--manner", "corrupt-shape")
    done = heygem("faults", *chosen, "--json", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 of 2 cells as expected" in done.stdout
    rows = json.loads(path.read_text())
    assert [list(row) for row in rows] == [KEYS, KEYS]
    told = {row["manner"]: (row["error"], row["cause"], row["wrong"]) for row in rows}
    assert told == {"sys-exit": ("StageExited", "worker-died", []), "corrupt-shape": ("StageRaised", "raised", [])}
    # Only a process that ended had to be replaced, which took its time.
    assert {row["manner"]: row["restart_s"] is not None for row in rows} == {"sys-exit": True, "corrupt-shape": False}


def test_a_choice_without_any_cell_is_wrong_usage() -> None:
    """A source holds no input slot: exit code 2, and the reason."""
    done = heygem("faults", "--stage", "decode", "--moment", "holding-input")
    assert done.returncode == 2
    assert "no cell has that stage, moment and manner" in done.stderr
