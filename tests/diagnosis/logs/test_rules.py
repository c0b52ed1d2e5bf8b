"""Each log gets its cause, by the rule that should find it; where there is none, none is named."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from heygem_core.diagnosis.logs.diagnose import Reading, diagnose
from heygem_core.diagnosis.logs.verdicts import RULES
from heygem_core.errors import Cause
from tests.diagnosis.logs.generated import generated
from tests.diagnosis.logs.sample import Sample, written

SAMPLES = [*written(), *generated()]
OF_A_SUPERVISOR = {
    Cause.RAISED,
    Cause.NEVER_READY,
    Cause.WEDGED,
    Cause.SPINNING,
    Cause.STOPPED,
    Cause.CANCELLED,
    Cause.OTHER,
}
"""Causes that no log states."""


@cache
def reading(sample: Sample) -> Reading:
    """Return what is read from ``sample``."""
    with NamedTemporaryFile(suffix=".log") as file:
        Path(file.name).write_text(sample.log, encoding="utf-8")
        return diagnose([file.name])


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_cause_of_each_log_is_named_or_none_is(sample: Sample) -> None:
    """The first cause, what stands beside it, and whether anything is wrong at all."""
    read = reading(sample)
    assert read.diagnosis.cause == sample.cause, read.rules
    assert bool(read.diagnosis.exit_code) == sample.trouble
    if sample.rule is not None:
        assert read.rules[0] == sample.rule
    assert {*sample.also} <= {finding.cause for finding in read.diagnosis.findings[1:]}


def test_every_cause_that_a_log_can_state_has_logs_and_every_rule_decides_one() -> None:
    """Names are unique, and nothing is left untried."""
    names = Counter(sample.name for sample in SAMPLES)
    assert [name for name, count in names.items() if count > 1] == []
    causes = Counter(sample.cause for sample in SAMPLES if sample.cause)
    assert set(causes) == set(Cause) - OF_A_SUPERVISOR
    assert min(causes.values()) >= 2
    assert {rule.name for rule in RULES} - {name for sample in SAMPLES for name in reading(sample).rules[:1]} == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_says_what_it_needs_and_what_speaks_against_it(rule: object) -> None:
    """In its docstring; its reason is told in both languages."""
    judge = getattr(rule, "judge")  # noqa: B009 - frozen and typed elsewhere
    assert "Needs:" in judge.__doc__
    assert "Against:" in judge.__doc__
