"""feeder-join: a queue of any size keeps its producer's process; the core's producer ends with the job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import feeder_join
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.feeder_join import JOIN, Producing
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Producing], CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Let a producer work in each way once."""
    with nothing_left():
        yield feeder_join.watch(Options(put_timeout_s=0.8))


def test_the_claim_is_refuted(watched: Watched) -> None:
    """The bigger queue took all, and the process waits all the same; the core leaves no process."""
    finding = feeder_join.judge(*watched)
    assert_as_recorded(feeder_join.CASE, finding)
    assert finding.verdict == "refuted"
    assert "150 puts and no Full" in finding.reported.evidence[1].en
    assert (finding.core.cause, finding.core.culprit) == ("wedged", "audio_transfer")


def test_it_is_the_bytes_that_hold_the_process(watched: Watched) -> None:
    """Frames hold it in the join of the feeder until somebody takes them; items that fit the pipe do not."""
    seen = watched[0]
    assert {name: one.alive for name, one in seen.items()} == {
        "as reported": True,
        "bigger queue": True,
        "small items": False,
        "abandons": False,
    }
    assert JOIN in seen["bigger queue"].where
    assert seen["bigger queue"].drained == 150
    assert seen["bigger queue"].ends_after_s is not None


def test_leaving_the_feeder_behind_loses_items(watched: Watched) -> None:
    """cancel_join_thread ends the process, and what it had accepted is gone."""
    abandons = watched[0]["abandons"]
    assert abandons.accepted == 150
    assert abandons.drained < 150


@pytest.mark.parametrize(
    ("way", "change", "message"),
    [
        ("as reported", {"full": False}, "ten items should have fitted"),
        ("bigger queue", {"accepted": 10}, "bigger queue: all 150"),
        ("bigger queue", {"alive": False}, "bigger queue: the process should have waited"),
        ("as reported", {"where": ("queues.py:put",)}, "as reported: the process should have waited"),
        ("bigger queue", {"ends_after_s": None}, "should have ended once everything was taken"),
        ("small items", {"alive": True}, "should hold nobody"),
        ("abandons", {"drained": 150}, "lose items"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, way: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = {**watched[0], way: replace(watched[0][way], **change)}
    with pytest.raises(EffectNotShown, match=message):
        feeder_join.judge(seen, watched[1])


def test_no_verdict_when_the_core_leaves_its_producer(watched: Watched) -> None:
    """A core whose producer is still there after closing fails the case."""
    with pytest.raises(EffectNotShown, match="1 running"):
        feeder_join.judge(watched[0], replace(watched[1], left=1))
