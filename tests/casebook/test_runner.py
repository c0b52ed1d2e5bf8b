"""Running cases: one row each, whatever becomes of the case, and an exit code that tells failures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heygem_core.casebook import registry, runner
from heygem_core.casebook.model import Options, Row
from tests.casebook import fake_cases
from tests.casebook.census import nothing_left

KEYS = {"case", "title", "claim", "source", "verdict", "reported", "core", "skipped"}


@pytest.fixture
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the registry know the fake cases, here and in the interpreters that run them."""
    names = {name: name for name in ("verdict", "skipped", "not-shown", "broken", "hangs")}
    monkeypatch.setattr(registry, "_MODULES", names)
    monkeypatch.setattr(registry, "NAMES", tuple(names))
    monkeypatch.setattr(registry, "load", fake_cases.case)
    monkeypatch.setattr(runner, "_FOUND", "tests.casebook.fake_runner:found")


def run(name: str, **options: Any) -> Row:
    """Run one fake case, and check that nothing is left."""
    with nothing_left():
        (row,) = runner.run([name], Options(**options))
    return row


@pytest.mark.usefixtures("_fakes")
def test_a_finding_becomes_a_row_with_exactly_the_documented_keys() -> None:
    """The options reach the case, and its finding comes back whole, ready for JSON."""
    row = run("verdict", put_timeout_s=0.25)
    told = row.as_json("en")
    assert set(told) == KEYS
    assert told["verdict"] == row.ending == "refuted"
    assert told["reported"] == {"outcome": "seen", "seconds": 1.5, "evidence": ["put timeout 0.25 s", "two"]}
    assert told["core"] == {"outcome": "failed", "seconds": 0.5, "cause": "wedged", "culprit": "audio_transfer"}
    assert json.loads(json.dumps(told)) == told
    assert runner.exit_code([row]) == 0


@pytest.mark.usefixtures("_fakes")
def test_skipped_is_neither_a_verdict_nor_a_failure() -> None:
    """A skipped case gives its reason, no verdict, and exit code 0."""
    row = run("skipped")
    told = row.as_json("en")
    assert (told["verdict"], told["skipped"], row.ending) == (None, "no GPU", "skipped")
    assert set(told) == KEYS
    assert runner.exit_code([row]) == 0


@pytest.mark.usefixtures("_fakes")
@pytest.mark.parametrize(
    ("name", "error"), [("not-shown", "the queue never filled"), ("broken", "KeyError: 'bug' (at fake_cases.py")]
)
def test_a_case_that_fails_has_an_error_and_no_verdict(name: str, error: str) -> None:
    """No effect or a defect of the case: a row with the reason as its error, and exit code 1."""
    row = run(name)
    told = row.as_json("en")
    assert set(told) == {*KEYS, "error"}
    assert told["error"].startswith(error)
    assert (told["verdict"], told["skipped"], row.ending) == (None, None, "failed")
    assert runner.exit_code([row]) == 1


@pytest.mark.usefixtures("_fakes")
def test_a_case_that_hangs_is_ended_and_the_next_one_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline ends a case that hangs; the others get their rows, in the casebook's order."""
    monkeypatch.setattr(runner, "_DEADLINE_S", 2.0)
    monkeypatch.setattr(runner, "_DEADLINE_TIMEOUTS", 0)
    told: list[str] = []
    with nothing_left():
        rows = runner.run(["hangs", "verdict"], on_row=lambda row: told.append(row.case.name))
    assert told == ["verdict", "hangs"]
    assert [row.ending for row in rows] == ["refuted", "failed"]
    assert "did not end within 2 s" in (rows[1].error or "")


@pytest.mark.usefixtures("_fakes")
def test_both_languages_cross_and_either_can_be_asked_for() -> None:
    """Title, claim, reason, outcomes and evidence are Chinese where Chinese is asked for; the keys stay."""
    skipped, verdict = run("skipped").as_json("zh"), run("verdict").as_json("zh")
    assert (skipped["title"], skipped["claim"], skipped["skipped"]) == ("案例 skipped", "案例 skipped", "没有 GPU")
    assert verdict["reported"] == {"outcome": "所见", "seconds": 1.5, "evidence": ["put 超时", "二"]}
    assert verdict["core"] == {"outcome": "失败", "seconds": 0.5, "cause": "wedged", "culprit": "audio_transfer"}
    assert set(verdict) == KEYS


def test_an_unknown_case_runs_nothing() -> None:
    """A name that no case has is an error before anything is run."""
    with pytest.raises(registry.UnknownCase, match="there are: queue-full"):
        runner.run(["zombies", "nonsense"], on_row=lambda row: pytest.fail(f"ran {row.case.name}"))
