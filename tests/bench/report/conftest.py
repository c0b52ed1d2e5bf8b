"""One synthetic run with everything a report can show, and its page, made once by the command itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.report import nights, synthetic
from tests.cli.command import heygem


@dataclass(frozen=True)
class Made:
    """A run's folder and history, and what ``bench report`` wrote of them."""

    folder: Path
    history: Path
    html: Path
    json: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return the report of a run of one model in four scenarios."""
    folder = tmp_path_factory.mktemp("synthetic-run")
    told = Made(folder, folder / "history.jsonl", folder / "report.html", folder / "report.json")
    scenarios = ("single-stream", "paced", "cold-start", "pipeline")
    synthetic.write(folder, synthetic.run(scenarios=scenarios))
    nights.write(told.history)
    done = heygem("bench", "report", folder, "--history", told.history, "--html", told.html, "--json", told.json)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return told
