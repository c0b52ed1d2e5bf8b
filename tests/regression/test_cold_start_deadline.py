"""cold-start-deadline: the empty error is a question asked while the worker loads; the core waits for readiness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import cold_start_deadline
from heygem_core.casebook.probes.cold_start import Start
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[Start, Start, Start, CoreJobs]
NAMES = ("patient", "at_once", "later")


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Measure a cold start and ask in each way once."""
    with nothing_left():
        yield cold_start_deadline.watch()


def test_the_claim_is_refuted(watched: Watched) -> None:
    """Same worker, same timeout: Empty with an empty text at once, an answer after a sleep; the core succeeds."""
    finding = cold_start_deadline.judge(*watched)
    assert_as_recorded(cold_start_deadline.CASE, finding)
    assert finding.verdict == "refuted"
    assert "_queue.Empty, whose text is [], as in the reports" in finding.reported.evidence[1].en
    assert (finding.core.cause, finding.core.culprit) == (None, None)


def test_the_answer_was_on_its_way(watched: Watched) -> None:
    """The failing question is answered too, only after the timeout."""
    _, at_once, later, _ = watched
    assert at_once.empty
    assert at_once.answered_s > at_once.timeout_s
    assert later.timeout_s == at_once.timeout_s
    assert later.answered_s < later.timeout_s


@pytest.mark.parametrize(
    ("which", "change", "message"),
    [
        ("patient", {"empty": True}, "only the question at once"),
        ("at_once", {"empty": False}, "only the question at once"),
        ("later", {"empty": True}, "only the question at once"),
        ("at_once", {"message": "out of memory"}, "Empty should have no text"),
        ("at_once", {"answered_s": 0.0}, "the answer should come after it"),
        ("later", {"peak_kib": 1}, "differ in memory"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, which: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = dict(zip(NAMES, watched[:3], strict=True))
    seen[which] = replace(seen[which], **change)
    with pytest.raises(EffectNotShown, match=message):
        cold_start_deadline.judge(seen["patient"], seen["at_once"], seen["later"], watched[3])


def test_no_verdict_when_the_core_is_wrong(watched: Watched) -> None:
    """A core that did not load longer than an item may take, or left a process, fails the case."""
    core = watched[3]
    with pytest.raises(EffectNotShown, match="should have started slower"):
        cold_start_deadline.judge(*watched[:3], replace(core, ready_s=0.0))
    with pytest.raises(EffectNotShown, match="left 2 processes"):
        cold_start_deadline.judge(*watched[:3], replace(core, left=2))
