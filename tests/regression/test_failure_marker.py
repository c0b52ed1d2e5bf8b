"""failure-marker-behind-full-queue: the marker blocks where the items do; the core's word has a way of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import failure_marker
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.failure_marker import Marking
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[Marking, Marking, CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Put the marker into both queues once."""
    with nothing_left():
        yield failure_marker.watch(Options(put_timeout_s=0.8))


def test_the_claim_is_refuted(watched: Watched) -> None:
    """The marker is stuck; the core, as full of items, says at once which stage is wedged."""
    finding = failure_marker.judge(*watched)
    assert_as_recorded(failure_marker.CASE, finding)
    assert finding.verdict == "refuted"
    assert "still waits in queues.py:put 0.8 s later" in finding.reported.evidence[0].en
    assert (finding.core.cause, finding.core.culprit) == ("wedged", "audio_transfer")


def test_the_marker_is_behind_every_item(watched: Watched) -> None:
    """A consumer that comes back gets it as the eleventh; through a queue of its own it is there at once."""
    same, own, _ = watched
    assert (same.sent, same.place, same.delivered_s) == (10, 11, None)
    assert own.delivered_s is not None
    assert own.delivered_s < own.watched_s


@pytest.mark.parametrize(
    ("which", "change", "message"),
    [
        (0, {"sent": 9}, "sent 10 items"),
        (0, {"where": ""}, "still wait in put"),
        (0, {"place": 1}, "number 11"),
        (1, {"delivered_s": None}, "arrive at once"),
        (1, {"delivered_s": 99.0}, "arrive at once"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, which: int, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = [watched[0], watched[1]]
    seen[which] = replace(seen[which], **change)
    with pytest.raises(EffectNotShown, match=message):
        failure_marker.judge(seen[0], seen[1], watched[2])


def test_no_verdict_when_the_core_is_wrong(watched: Watched) -> None:
    """A core that blames the producer, which is the victim, fails the case."""
    with pytest.raises(EffectNotShown, match="got drivered_video"):
        failure_marker.judge(watched[0], watched[1], replace(watched[2], culprit="drivered_video"))
