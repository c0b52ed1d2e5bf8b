"""poisoned-lock: who is killed while blocked in get keeps the queue's lock; the core has no such lock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import poisoned_lock
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.casebook.probes.poisoned_lock import Replacement
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Replacement], CoreJobs]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Kill and replace a worker in every way once."""
    with nothing_left():
        yield poisoned_lock.watch(Options())


def test_the_claim_holds_only_for_a_worker_that_worked(watched: Watched) -> None:
    """The verdict is conditional; the core's error names the killed stage."""
    finding = poisoned_lock.judge(*watched)
    assert_as_recorded(poisoned_lock.CASE, finding)
    assert finding.verdict == "conditional"
    assert (finding.core.cause, finding.core.culprit) == ("worker-died", "audio_transfer")


def test_the_next_worker_gets_nothing_although_there_is_an_item(watched: Watched) -> None:
    """Killed while waiting, by either signal: Empty. Killed while working, or with a new queue: the item."""
    assert {name: (one.there, one.got) for name, one in watched[0].items()} == {
        "waiting": (True, None),
        "waiting, SIGTERM": (True, None),
        "working": (True, "next"),
        "queue of its own": (True, "next"),
    }


def test_a_worker_without_a_timeout_waits_for_the_lock(watched: Watched) -> None:
    """It stands in get, in front of the lock and not in the pipe's read."""
    where = watched[0]["waiting"].where
    assert where[:2] == ("synchronize.py:__enter__", "queues.py:get")


def test_the_core_s_next_job_is_complete(watched: Watched) -> None:
    """The stage was killed while it waited for input; the next job has every frame and none of the first job's."""
    first, then = watched[1].jobs
    assert first.detail == "its process was killed by SIGKILL (9) while waiting for input at frame 5"
    assert (then.frames, then.foreign, then.cause) == (20, 0, None)


@pytest.mark.parametrize(
    ("way", "change", "message"),
    [
        ("waiting", {"there": False}, "waiting: there was no item"),
        ("waiting", {"got": "next"}, "waiting: whether the next worker gets"),
        ("working", {"got": "first"}, "working: whether the next worker gets"),
        ("waiting, SIGTERM", {"still_waits": False}, "SIGTERM: whether the next worker waits for ever"),
        ("waiting", {"where": ("connection.py:_recv", "queues.py:get")}, "waiting: whether the next worker waits"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, way: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = {**watched[0], way: replace(watched[0][way], **change)}
    with pytest.raises(EffectNotShown, match=message):
        poisoned_lock.judge(seen, watched[1])


@pytest.mark.parametrize(
    ("job", "change", "message"),
    [
        (0, {"culprit": "write_video"}, "audio_transfer should have failed"),
        (0, {"detail": "was killed by SIGKILL (9) while working"}, "while waiting for input, got"),
        (1, {"frames": 19}, "next job should have finished 20"),
    ],
)
def test_no_verdict_when_the_core_is_wrong(watched: Watched, job: int, change: dict[str, Any], message: str) -> None:
    """A core that blames another, was not killed in its wait, or loses a frame fails the case."""
    jobs = list(watched[1].jobs)
    jobs[job] = replace(jobs[job], **change)
    with pytest.raises(EffectNotShown, match=message):
        poisoned_lock.judge(watched[0], replace(watched[1], jobs=tuple(jobs)))
