"""The benchmarks' JSON: pytest-benchmark's own, readable by its own tools, with percentiles beside its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent


def run(*arguments: str | Path) -> str:
    """Run a module of this interpreter in the repository's root and return what it says."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_percentiles_are_stored_and_the_json_stays_compatible(tmp_path: Path) -> None:
    """Each percentile is a round that was measured, with the right share below it, and none of too few rounds."""
    file = tmp_path / "audio.json"
    options = ("-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path}/base", f"--benchmark-json={file}")
    run("pytest", "bench/test_audio.py", *options, "--benchmark-save-data")
    (told,) = json.loads(file.read_text(encoding="utf-8"))["benchmarks"]
    rounds = 1e3 * np.sort(told["stats"]["data"])
    percentiles = told["extra_info"]["percentiles_ms"]
    assert list(percentiles) == ["p50", "p90", "p95", "p99"]
    for name, value in percentiles.items():
        share = float(name[1:]) / 100
        assert (rounds < value - 1e-6).mean() <= share <= (rounds <= value + 1e-6).mean() + 1 / len(rounds)
    frames = told["extra_info"]["frames"]
    assert told["extra_info"]["frames_per_second"] == pytest.approx(1e3 * frames / percentiles["p50"])
    compared = run("pytest_benchmark", "compare", file)
    assert "test_audio_features" in compared
