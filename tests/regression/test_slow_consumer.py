"""slow-consumer: only one item above the timeout fails a put; the core warns of a slow stage and finishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from heygem_core.casebook.cases import slow_consumer
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.model import Options
from heygem_core.casebook.topology_observer import Observation
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Observation], CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Run both consumers and the core once."""
    with nothing_left():
        yield slow_consumer.watch(Options())


def test_the_claim_is_refuted(watched: Watched) -> None:
    """A job of several timeouts passes, and the core finishes with a warning that has rate and time left."""
    finding = slow_consumer.judge(*watched)
    assert_as_recorded(slow_consumer.CASE, finding)
    assert finding.verdict == "refuted"
    assert "14 of 14 items passed" in finding.reported.evidence[0].en
    assert finding.core.outcome.en.startswith("14 frames in ")
    assert "stage 'audio_transfer' is slow" in finding.core.outcome.en
    assert (finding.core.cause, finding.core.culprit) == (None, None)


def test_items_below_the_timeout_pass_however_long_the_job(watched: Watched) -> None:
    """Every item is sent, taken and written although the job takes several put timeouts."""
    slow = watched[0]["slow"]
    assert (slow.ended, slow.ok, slow.sent, slow.taken) == (True, True, 14, 14)
    assert slow.full_after_s is None
    assert slow.job_s > 2.5 * slow.put_timeout_s


def test_an_item_above_the_timeout_leaves_another_log_than_the_report_s(watched: Watched) -> None:
    """The put fails, but after an eleventh send, and with the first item seen taken."""
    too_slow = watched[0]["too slow"]
    assert too_slow.full_after_s is not None
    assert too_slow.full_after_s >= too_slow.put_timeout_s
    assert (too_slow.sent, too_slow.taken) == (11, 1)
    assert sum("audio_transfer" in line for line in too_slow.log) == 1


def test_the_core_warns_with_rate_and_time_left(watched: Watched) -> None:
    """The warning names the slow stage, a rate below the needed one, and the seconds left."""
    slow = watched[1].slow
    assert slow is not None
    assert slow["stage"] == "audio_transfer"
    assert 0 < slow["fps"] < slow["needed_fps"] == 25.0
    assert slow["eta_s"] > 0


def test_no_verdict_without_the_effect(watched: Watched) -> None:
    """A job too short to tell, a failed put below the timeout, or a core that says nothing fails the case."""
    seen, core = watched
    with pytest.raises(EffectNotShown, match=r"took only 1\.0 s, the put timeout is 1\.5 s"):
        slow_consumer.judge({**seen, "slow": replace(seen["slow"], job_s=1.0)}, core)
    with pytest.raises(EffectNotShown, match="should have passed 14 items"):
        slow_consumer.judge({**seen, "slow": replace(seen["slow"], full_after_s=1.5)}, core)
    with pytest.raises(EffectNotShown, match="after a taken item: 10 sent, 0 taken"):
        slow_consumer.judge({**seen, "too slow": replace(seen["too slow"], sent=10, taken=0)}, core)
    with pytest.raises(EffectNotShown, match="warned of None"):
        slow_consumer.judge(seen, replace(core, slow=None))
    with pytest.raises(EffectNotShown, match="finished 14 frames, got 13"):
        slow_consumer.judge(seen, replace(core, frames=13))
