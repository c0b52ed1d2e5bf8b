"""exit-before-report: a complete video, reported as a failure; the core names the stage that left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import exit_before_report
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.casebook.probes.exit_report import Written
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Written], CoreJobs]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Let a writer end in each way once."""
    with nothing_left():
        yield exit_before_report.watch(Options())


def test_the_claim_is_refuted(watched: Watched) -> None:
    """No result came, and the video decodes completely; the core names write_video and its exit code."""
    finding = exit_before_report.judge(*watched)
    assert_as_recorded(exit_before_report.CASE, finding)
    assert finding.verdict == "refuted"
    assert "exit code 0, 25 of 25 frames decode" in finding.reported.evidence[0].en
    assert (finding.core.cause, finding.core.culprit) == ("worker-died", "write_video")
    assert "exited with code 0" in finding.core.outcome.en


def test_only_leaving_is_not_reported(watched: Watched) -> None:
    """Success and an ordinary exception are reported; SystemExit passes both branches."""
    reported = {how: one.reported for how, one in watched[0].items()}
    assert reported["leaves"] is None
    assert reported["reports"] is not None
    assert reported["reports"][0] is True
    assert reported["raises"] == (False, "the disk is full")


@pytest.mark.parametrize(
    ("how", "change", "message"),
    [
        ("leaves", {"frames": 0}, "leaves: the writer should end with code 0 and 25 frames"),
        ("leaves", {"exit_code": 1}, "leaves: the writer should end with code 0"),
        ("leaves", {"reported": (True, "")}, "should report nothing"),
        ("reports", {"reported": None}, "should both be reported"),
        ("raises", {"reported": (True, "")}, "should both be reported"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, how: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = {**watched[0], how: replace(watched[0][how], **change)}
    with pytest.raises(EffectNotShown, match=message):
        exit_before_report.judge(seen, watched[1])


@pytest.mark.parametrize(
    ("job", "change", "message"),
    [(0, {"cause": None}, "should have failed by worker-died"), (1, {"frames": None}, "finished 20 frames")],
)
def test_no_verdict_when_the_core_is_wrong(watched: Watched, job: int, change: dict[str, Any], message: str) -> None:
    """A core that takes an exit for a success, or whose next job fails, fails the case."""
    jobs = list(watched[1].jobs)
    jobs[job] = replace(jobs[job], **change)
    with pytest.raises(EffectNotShown, match=message):
        exit_before_report.judge(watched[0], replace(watched[1], jobs=tuple(jobs)))
