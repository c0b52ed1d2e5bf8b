"""late-reply: one answer too late shifts all that follow; in the core a job gets only what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import late_reply
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.casebook.probes.late_reply import WIDTHS, Asked
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[list[Asked], list[Asked], CoreJobs]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Let the tasks ask in both ways once."""
    with nothing_left():
        yield late_reply.watch(Options())


def test_the_claim_is_confirmed(watched: Watched) -> None:
    """Each task got the answer to the one before, and no width at all; the core's second job succeeded."""
    finding = late_reply.judge(*watched)
    assert_as_recorded(late_reply.CASE, finding)
    assert finding.verdict == "confirmed"
    assert "2 <- 1, 3 <- 2, 4 <- 3" in finding.reported.evidence[1].en
    assert (finding.core.cause, finding.core.culprit) == (None, None)


def test_the_shift_does_not_end_by_itself(watched: Watched) -> None:
    """Every later task is one behind; with numbers and draining every later task has its own width."""
    reported, draining, _ = watched
    assert [one.answered for one in reported] == [None, 1, 2, 3]
    assert [one.wh for one in reported] == [0, 0, 0, 0]
    assert [one.wh for one in draining] == [0, *WIDTHS[1:]]
    assert [one.dropped for one in draining] == [0, 1, 0, 0]


def test_the_core_s_second_job_has_only_its_own_frames(watched: Watched) -> None:
    """The first job was given up while a stage still worked on it; nothing of it reaches the second."""
    first, second = watched[2].jobs
    assert first.cause == "cancelled"
    assert (second.frames, second.foreign) == (20, 0)


@pytest.mark.parametrize(
    ("draining", "task", "change", "message"),
    [
        (False, 2, {"answered": 2}, "the answer to the one before"),
        (False, 1, {"answered": 1}, "the answer to the one before"),
        (False, 3, {"wh": 720}, "every width should be 0"),
        (False, 1, {"empty_after": False}, "the queue empty at the first task's end"),
        (True, 2, {"wh": 0}, "with task numbers"),
        (True, 2, {"dropped": 0}, "with task numbers"),
    ],
)
def test_no_verdict_without_the_effect(
    watched: Watched, draining: bool, task: int, change: dict[str, Any], message: str
) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = [list(watched[0]), list(watched[1])]
    seen[draining][task - 1] = replace(seen[draining][task - 1], **change)
    with pytest.raises(EffectNotShown, match=message):
        late_reply.judge(seen[0], seen[1], watched[2])


@pytest.mark.parametrize(
    ("job", "change", "message"),
    [(0, {"cause": None}, "given up"), (1, {"foreign": 1}, "of its own"), (1, {"frames": None}, "of its own")],
)
def test_no_verdict_when_the_core_is_wrong(watched: Watched, job: int, change: dict[str, Any], message: str) -> None:
    """A core whose second job has a foreign frame, or none, or a first job that ended, fails the case."""
    jobs = list(watched[2].jobs)
    jobs[job] = replace(jobs[job], **change)
    with pytest.raises(EffectNotShown, match=message):
        late_reply.judge(watched[0], watched[1], replace(watched[2], jobs=tuple(jobs)))
