"""The service's story is followed: jobs, stages, who is how far, at what rate, when it would end."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from heygem_core.diagnosis.logs import story
from heygem_core.diagnosis.logs.collecting import Material, collect
from heygem_core.diagnosis.logs.diagnose import diagnose
from heygem_core.errors import Cause
from tests.diagnosis.logs.generated import FINISHED, accepted, failed, said, sends, text, works


def material(log: str) -> Material:
    """Return what is read from ``log``."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        Path(file.name).write_text(log, encoding="utf-8")
        return collect([file.name])


def test_a_job_under_way_has_a_rate_and_an_end() -> None:
    """Four frames in 0.5 s are eight a second; the first batch, which loads models, does not count."""
    (job,) = material(
        text(accepted("1004"), sends(4, 44, 10), works(4, 4, 11, 7.0), works(8, 40, 18, 0.5))
    ).timeline.jobs
    assert (job.task, job.batch, job.frames) == ("1004", 4, 200)
    assert (job.sent.index, job.taken.index, job.finished.index, job.ahead) == (84, 40, 40, 44)
    assert job.batch_cost == pytest.approx(0.5)
    assert job.rate == pytest.approx(8.0)
    assert job.eta == pytest.approx(20.0)


def test_a_job_that_is_over_has_no_end_to_come() -> None:
    """Nor has one whose queue was full."""
    (done,) = material(text(accepted("1004"), sends(4, 44, 10), works(4, 148, 11, 0.5), FINISHED)).timeline.jobs
    (stopped,) = material(text(accepted("1004"), sends(4, 40, 10), failed(70))).timeline.jobs
    assert done.eta is None
    assert stopped.eta is None


def test_tasks_follow_each_other() -> None:
    """A new id, a new start, or indices that begin anew: another job."""
    log = text(
        accepted("1"), sends(4, 40, 10), accepted("2", 60), sends(4, 20, 70), accepted("2", 100), sends(4, 8, 110)
    )
    jobs = material(log).timeline.jobs
    assert [(job.task, job.sent.index) for job in jobs] == [("1", 40), ("2", 20), ("2", 8)]
    again = material(text(sends(4, 40, 0), sends(4, 12, 60))).timeline.jobs
    assert [job.sent.index for job in again] == [40, 12]


def test_a_service_that_was_started_anew_holds_nothing_old() -> None:
    """The same two failures are a stale state within one life of the service, and none across two."""
    before = [*accepted("1003"), *sends(4, 40, 10), said(70, "[1003]任务视频驱动队列满", level="ERROR")]
    after = [*accepted("1004", 100), *sends(4, 40, 110), failed(171)]
    start = said(90, "TransDhTask init", "run.py")
    for between, cause in ((), Cause.STALE_TASK_STATE), ((start,), Cause.QUEUE_FULL_NO_CONSUMER):
        with tempfile.NamedTemporaryFile(suffix=".log") as file:
            Path(file.name).write_text(text(before, list(between), after), encoding="utf-8")
            assert diagnose([file.name]).diagnosis.cause == cause


def test_the_story_is_told_in_both_languages() -> None:
    """As many lines, with the same figures; nothing for a log without a job."""
    timeline = material(text(accepted("1004"), sends(4, 44, 10), works(4, 40, 11, 0.5))).timeline
    told = story.tell(timeline)
    assert any("44 frames ahead" in line.en for line in told)
    assert any("领先 44 帧" in line.zh for line in told)
    (job,) = story.as_json(timeline)
    assert (job["task"], job["frames"], job["sent"], job["ahead"]) == ("1004", 200, 84, 44)
    assert [stage["name"] for stage in job["stages"]][:2] == ["task accepted", "media prepared"]
    assert story.tell(material("nothing of the kind\n").timeline) == []


def test_many_tasks_are_told_of_by_the_last_ones() -> None:
    """How many are left out is said; no more than a few hundred are kept."""
    timeline = material(text(*(accepted(str(1000 + n), 20 * n) for n in range(300)))).timeline
    assert len(timeline.jobs) == 200
    assert "197" in story.tell(timeline)[0].en
    assert len(story.as_json(timeline)) == 3
