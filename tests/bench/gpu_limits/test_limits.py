"""The measurement of a GPU's limits, run on the CPU as a dry run, and the README's table of its records."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.gpu_limits import checks, table
from bench.gpu_limits.budgets import read
from bench.gpu_limits.feeding import Fed, Turns
from bench.gpu_limits.steady import Verdict
from heygem_core.text import Text

ROOT = Path(__file__).parents[3]
BUDGET = read()["default"]


@pytest.fixture(scope="module")
def dry(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, Path]:
    """Return the record of a dry run, what it printed, and its file."""
    file = tmp_path_factory.mktemp("limits") / "dry.json"
    options = ("--provider", "cpu", "--generator", "puppet", "--batch", "1", "--seconds", "0.2", "--warm-cap", "20")
    command = [sys.executable, "-m", "bench.gpu_limits", "--out", str(file), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text(encoding="utf-8")), done.stdout, file


def test_the_dry_run_measures_everything_and_claims_nothing(dry: tuple[dict[str, Any], str, Path]) -> None:
    """Every check has its line; on the CPU the fallback is named and the record says that it is a dry run."""
    record, said, _ = dry
    limits = record["gpu_limits"]
    assert record["dry_run"] is True
    assert [check["name"] for check in limits["checks"]] == [
        *("p50_over_device", "p99_over_p50", "of_bare", "utilization", "of_slowest_stage", "over_cpu", "over_reported"),
    ]
    told = {check["name"]: check for check in limits["checks"]}
    assert told["utilization"]["passed"] is False
    assert "silent-cpu-fallback" in told["utilization"]["note"]
    assert told["p99_over_p50"]["passed"] is None
    assert "a p99 needs 662" in told["p99_over_p50"]["note"]
    assert told["p50_over_device"]["value"] > 0
    assert told["over_reported"]["value"] > 0
    assert limits["reported"]["frames"] == limits["job"]["frames"]
    assert limits["job"]["frames"] > 0
    assert [stage["name"] for stage in limits["job"]["stages"]][2] == "generator"
    assert limits["warmup_s"] > 0
    assert record["host"]["packages"]["onnxruntime-gpu"]
    assert "about no GPU" in said
    assert said.count("\n") == 8


def test_a_dry_run_is_kept_out_of_the_table(dry: tuple[dict[str, Any], str, Path]) -> None:
    """It is refused; asked for all the same, every line says what it is, and nothing counts as confirmed."""
    record, _, file = dry
    with pytest.raises(ValueError, match="dry run on a CPU, no result of a GPU"):
        table.table([record], "en")
    assert table.main([str(file)]) == 1
    shown = table.table([record], "en", dry_run=True)
    rows = [line for line in shown.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(checks.TITLES)
    assert all("about no GPU" in row for row in rows)
    assert shown.count("\n- ") == len(checks.TITLES)


def test_the_table_says_what_was_reached_and_what_is_not_confirmed(dry: tuple[dict[str, Any], str, Path]) -> None:
    """In both languages, with the GPU's name, driver, versions and date; what could not be told is listed below."""
    record = json.loads(json.dumps(dry[0]))
    record["dry_run"] = False
    record["host"] |= {"gpu": "SampleGPU", "driver": "580.0", "cuda": "13.0"}
    english, chinese = table.table([record], "en"), table.table([record], "zh")
    for shown in (english, chinese):
        for part in ("SampleGPU", "580.0", "13.0", record["date"], "puppet"):
            assert part in shown
    assert "| not told |" in english
    assert "Not confirmed on any GPU yet:\n\n- 99th percentile" in english
    assert english.count("\n- ") == 1
    assert "尚未在任何 GPU 上确认" in chinese


def test_without_a_record_everything_is_unconfirmed(capsys: pytest.CaptureFixture[str]) -> None:
    """The list that stands in the README until a GPU has been had."""
    assert table.main(["--lang", "en"]) == 0
    assert capsys.readouterr().out.count("\n- ") == len(checks.TITLES)


def turns(run_s: float, bare_s: float, count: int, tail_s: float | None = None) -> Turns:
    """Return turns of ``count`` runs of a batch of 4, every fiftieth as long as ``tail_s``."""
    runs = tuple(tail_s if tail_s is not None and at % 50 == 0 else run_s for at in range(count))
    return Turns((Fed(0.0, sum(runs), 4, runs),), (bare_s,))


@pytest.mark.parametrize(
    ("taken", "passed"),
    [
        (turns(0.0102, 0.01, 700), (True, True, True)),
        (turns(0.0120, 0.01, 700), (False, True, False)),
        (turns(0.0102, 0.01, 700, tail_s=0.05), (True, False, False)),
        (turns(0.0102, 0.01, 600), (True, None, True)),
    ],
)
def test_latency_is_held_against_the_device_and_not_against_a_wish(
    taken: Turns, passed: tuple[bool | None, ...]
) -> None:
    """Median over the device's own time, tail over the median, throughput over the bare graph's."""
    assert tuple(check.passed for check in checks.of_turns(taken, BUDGET)) == passed


def test_a_fallback_fails_whatever_the_share() -> None:
    """The verdict decides, not the number."""
    fallback = Verdict(False, Text("silent-cpu-fallback: x", "silent-cpu-fallback：x"))
    assert checks.of_utilization(0.99, fallback, BUDGET).passed is False
    assert checks.of_utilization(None, Verdict(None, Text("MIG", "MIG")), BUDGET).passed is None
