"""env-inheritance: a variable set before the start arrives; ps e cannot show it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from heygem_core.casebook.cases import env_inheritance
from heygem_core.casebook.cases.env_inheritance import EXPECTED, Way
from heygem_core.casebook.model import Options
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[Way, dict[str, Any]]]:
    """Observe every way once."""
    with nothing_left():
        yield env_inheritance.observe()


def test_only_what_was_set_before_the_start_arrives(seen: dict[Way, dict[str, Any]]) -> None:
    """Every combination of start method, way and moment behaves as the table says."""
    evidence = env_inheritance.judge(seen)
    assert len(evidence) == len({line.zh for line in evidence}) == len(EXPECTED) + 1


def test_putenv_reaches_the_child_and_not_the_setter(seen: dict[Way, dict[str, Any]]) -> None:
    """os.putenv bypasses the setting process's own os.environ, and a spawned child still gets it."""
    way = seen["spawn", "os.putenv", "before"]
    assert (way["parent"]["environ"], way["child"]["environ"]) == (None, "set")


def test_the_check_of_the_report_misleads(seen: dict[Way, dict[str, Any]]) -> None:
    """The process that set the variable has it, and neither /proc/PID/environ nor ps e shows it."""
    own = seen["spawn", "os.environ", "before"]["parent"]
    assert own["environ"] == "set"
    assert own["proc"] is None
    assert own["ps"] in (False, None)


@pytest.mark.parametrize("way", EXPECTED, ids="-".join)
@pytest.mark.parametrize("where", ["environ", "proc"])
def test_a_way_that_behaves_otherwise_is_no_finding(seen: dict[Way, dict[str, Any]], way: Way, where: str) -> None:
    """One single observation that differs is EffectNotShown."""
    other = copy.deepcopy(seen)
    other[way]["child"][where] = None if other[way]["child"][where] else "set"
    with pytest.raises(EffectNotShown, match=way[0]):
        env_inheritance.judge(other)


def test_a_ps_that_shows_it_is_no_finding(seen: dict[Way, dict[str, Any]]) -> None:
    """If ps e did print the variable, the explanation would be wrong."""
    other = copy.deepcopy(seen)
    other["spawn", "os.environ", "before"]["parent"]["ps"] = True
    with pytest.raises(EffectNotShown):
        env_inheritance.judge(other)


def test_the_claim_holds_on_a_condition(seen: dict[Way, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the table says decides, and what the pipeline is given as environment is there when its stage opens."""
    monkeypatch.setattr(env_inheritance, "observe", lambda: seen)
    finding = env_inheritance.run(Options())
    assert_as_recorded(env_inheritance.CASE, finding)
    assert finding.verdict == "conditional"
    assert finding.core.cause is None
    assert "has it" in finding.core.outcome.en
