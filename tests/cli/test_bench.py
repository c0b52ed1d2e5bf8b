"""``heygem-core bench``: verdicts as JSON, exit codes, and what is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from heygem_core.bench import history
from heygem_core.bench.folder import Folder
from heygem_core.cli_bench import app
from tests.bench import samples
from tests.bench.folders import folder, noise, ordinary
from tests.cli.command import heygem

KEYS = ("verdict", "metric", "ratio", "ci", "confidence", "margin", "n", "p_value", "aa_control")
MORE = math.log(1.05)


def compared(*arguments: str) -> tuple[int, str]:
    """Return exit code and output of ``bench compare``."""
    done = CliRunner().invoke(app, ["compare", *arguments, "--lang", "en"], env={"COLUMNS": "160"})
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("shift", "verdict", "code"),
    [(0.0, "equivalent", 0), (-MORE, "improved", 0), (MORE, "regressed", 1), (0.01, "inconclusive", 3)],
)
def test_each_verdict_has_its_exit_code_and_json(tmp_path: Path, shift: float, verdict: str, code: int) -> None:
    """The keys are the contract's; a regression here was repeated with rebuilt environments."""
    ordinary(tmp_path, shift, again={"2.0": [shift + value for value in noise(48, 3)]})
    found, output = compared("1.0", "2.0", "--run", str(tmp_path), "--json", "-")
    told = json.loads(output)
    assert found == code
    assert tuple(told)[: len(KEYS)] == KEYS
    assert told["verdict"] == verdict
    assert told["ci"][0] < told["ratio"] < told["ci"][1]
    assert told["aa_control"]["tripped"] is False
    assert [one["scenario"] for one in told["comparisons"]] == ["single-stream"]


def test_invalid_is_never_green(tmp_path: Path) -> None:
    """A control that trips: exit code 3 and the reason, in both languages."""
    folder(tmp_path, {"1.0-rebuilt": [0.03 + value for value in noise(12, 1)], "2.0": noise(24, 2)})
    code, output = compared("1.0", "2.0", "--run", str(tmp_path), "--json", "-")
    assert code == 3
    told = json.loads(output)
    assert told["verdict"] == "invalid"
    assert "two builds" in told["reason"]["en"]
    assert "两次构建" in told["reason"]["zh"]


def test_the_margin_is_a_share_or_per_cent(tmp_path: Path) -> None:
    """Both spellings mean the same, and a wide one turns a regression into equality."""
    ordinary(tmp_path, math.log(1.02))
    for margin in ("5%", "0.05"):
        code, output = compared("1.0", "2.0", "--run", str(tmp_path), "--margin", margin, "--json", "-")
        assert (code, json.loads(output)["margin"]) == (0, 0.05)
    for wrong in ("x", "0", "100%"):
        assert compared("1.0", "2.0", "--run", str(tmp_path), "--margin", wrong)[0] == 2


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """No run, no such version, metric or scenario: wrong usage; too few latencies: refused with both numbers."""
    assert "there is no run in" in compared("1.0", "2.0", "--run", str(tmp_path))[1]
    ordinary(tmp_path, 0.0)
    run = ("--run", str(tmp_path))
    for arguments, words in (
        (("1.0", "9.9", *run), "allowed are 1.0, 2.0"),
        (("1.0", "2.0", *run, "--metric", "speed"), "allowed are p50"),
        (("1.0", "2.0", *run, "--scenario", "none"), "no such model and scenario"),
    ):
        code, output = compared(*arguments)
        assert code == 2
        assert words in " ".join(output.replace("│", " ").split())
    code, output = compared("1.0", "2.0", *run, "--metric", "p99")
    assert code == 1
    assert "p99 needs 662 latencies per arm in a replicate, there are 160" in output


def test_two_folders_are_natural_too(tmp_path: Path) -> None:
    """Two runs are given by their folders, a version of one of several as FOLDER:VERSION; other hosts are refused."""
    ordinary(tmp_path / "a", 0.0)
    ordinary(tmp_path / "b", MORE, run=replace(samples.RUN, id="run-2"))
    host = replace(samples.HOST, cpu="another")
    ordinary(tmp_path / "c", 0.0, run=replace(samples.RUN, id="run-3", host=host))
    code, output = compared(str(tmp_path / "a"), f"{tmp_path / 'b'}:2.0", "--json", "-")
    told = json.loads(output)
    assert (code, told["verdict"], told["aa_control"]) == (1, "regressed", None)
    code, output = compared(str(tmp_path / "a"), str(tmp_path / "c"))
    assert code == 1
    assert "cpu is 'cpu' in one and 'another' in the other" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ort", "1.31.1"),
        ("--ort", "1.31.1", "--ort", "1.31.1"),
        ("--ort", "1.31.1", "--ort", "new"),
        ("--ort", "1.31.1", "--ort", "1.20.2", "--scenario", "fast"),
    ],
)
def test_a_run_that_cannot_be_asked_for_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """One version, twice the same, no version, no such scenario: exit code 2, and nothing is written."""
    done = CliRunner().invoke(app, ["run", *arguments, "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("plan", ["{", '{"looks": [4]}', '{"speed": 1}', '{"alphas": [0.5, 0.4, 0.3]}'])
def test_a_plan_that_is_none_is_wrong_usage(tmp_path: Path, plan: str) -> None:
    """No JSON, a look without an alpha, an unknown field, more than all the error there is: exit code 2."""
    path = tmp_path / "plan.json"
    path.write_text(plan)
    arguments = ["run", "--ort", "1.31.1", "--ort", "1.20.2", "--out", str(tmp_path / "run"), "--plan", str(path)]
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_history_fails_where_something_got_worse(tmp_path: Path) -> None:
    """A step upwards of a latency's ratio: exit code 1 and a line that says when; before it, 0."""
    path = tmp_path / "history.jsonl"

    def add(first: int, ratio: float) -> None:
        for number in range(first, first + 6):
            run = replace(samples.RUN, id=f"run-{number}", began=f"2026-01-{number + 1:02}")
            history.append(path, run, [replace(samples.COMPARISON, ratio=ratio + number % 3 / 1000)])

    add(0, 1.0)
    before = CliRunner().invoke(app, ["history", str(path), "--lang", "en"])
    assert (before.exit_code, "no change in 6 runs" in before.output) == (0, True)
    add(6, 1.1)
    after = CliRunner().invoke(app, ["history", str(path), "--lang", "en"], env={"COLUMNS": "200"})
    assert after.exit_code == 1
    assert "changed at 2026-01-07, 1.0010 to 1.1010" in after.output


def test_what_is_kept_says_the_same_and_no_path(tmp_path: Path) -> None:
    """The kept folder gives the same verdict; the machine's folders are not in it."""
    made = ordinary(tmp_path / "run", 0.0)
    model = replace(samples.MODEL, path=str(tmp_path / "run" / "tiny.onnx"))
    # Measured by another interpreter than the one that keeps it.
    environments = tuple(replace(one, python=f"{tmp_path}/venv/bin/python") for one in made.run().environments)
    made.write_run(replace(made.run(), models=(model,), environments=environments))
    made.write_comparisons([samples.COMPARISON])
    kept = tmp_path / "kept"
    assert CliRunner().invoke(app, ["keep", str(made.path), str(kept)]).exit_code == 0
    assert sorted(path.name for path in kept.iterdir()) == ["comparisons.json", "replicates.jsonl.gz", "run.json"]
    assert compared("1.0", "2.0", "--run", str(kept)) == compared("1.0", "2.0", "--run", str(made.path))
    assert str(tmp_path) not in (kept / "run.json").read_text(encoding="utf-8")
    assert Folder(kept).run().models[0].path == "$RUN/tiny.onnx"
    assert CliRunner().invoke(app, ["keep", str(tmp_path / "nothing"), str(kept)]).exit_code == 2


def test_the_installed_command_says_it_in_chinese(tmp_path: Path) -> None:
    """As a user runs it: table and reason in the language asked for, the exit code from the verdict."""
    ordinary(tmp_path, MORE)
    done = heygem("bench", "compare", "1.0", "2.0", "--run", tmp_path, "--lang", "zh")
    assert done.returncode == 3
    assert "未定" in done.stdout
    assert "尚未用重新构建的环境确认" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(2000)
def test_two_versions_are_built_and_compared(tmp_path: Path) -> None:
    """The whole way with real wheels: two builds of the reference, all six scenarios, and again without measuring."""
    plan = tmp_path / "plan.json"
    plan.write_text('{"looks": [4], "alphas": [0.2], "control": 4, "block_ns": 10000000}')
    arguments = ("bench", "run", "--ort", "1.26.0", "--ort", "1.31.1", "--out", tmp_path / "run", "--plan", plan)
    done = heygem(*arguments, "--json", "-", timeout=1500)
    told = json.loads(done.stdout)
    assert done.returncode in {0, 1, 3}
    assert len(told["comparisons"]) == 6
    assert all(one["n"] == 4 and one["aa_control"]["n"] == 4 for one in told["comparisons"])
    assert told["failures"] == []
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert {one["arm"]: len(one["wheel_sha256"]) for one in run["environments"]}["1.26.0-rebuilt"] == 64
    again = heygem(*arguments, "--json", "-", timeout=300)
    assert json.loads(again.stdout) == told
