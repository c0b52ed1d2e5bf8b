"""non-daemon-children: a service that succeeded waits for its eternal child; a program with the core just ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import non_daemon_children
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.left_open import Returned
from heygem_core.casebook.probes.lingering import Leaving
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Leaving], Returned]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Let the service return in each way once."""
    with nothing_left():
        yield non_daemon_children.watch(Options())


def test_the_claim_is_confirmed(watched: Watched) -> None:
    """Success, main returned, and the process waits in a join at exit; the core's program ends."""
    finding = non_daemon_children.judge(*watched)
    assert_as_recorded(non_daemon_children.CASE, finding)
    assert finding.verdict == "confirmed"
    assert "process.py:join < util.py:_exit_function" in finding.reported.evidence[0].en
    assert (finding.core.cause, finding.core.culprit) == (None, None)


def test_it_is_the_child_that_it_waits_for(watched: Watched) -> None:
    """Without the child it ends; ended itself it leaves an orphan; with a daemonic child it ends by itself."""
    assert {name: (one.ok, one.alive, one.orphan) for name, one in watched[0].items()} == {
        "child ended": (True, True, False),
        "service ended": (True, True, True),
        "daemonic": (True, False, False),
    }


def test_the_core_ends_with_its_program_although_nobody_closed_it(watched: Watched) -> None:
    """Every frame came out, and no worker outlives the program."""
    assert (watched[1].frames, watched[1].left) == (8, 0)


@pytest.mark.parametrize(
    ("way", "change", "message"),
    [
        ("daemonic", {"ok": False}, "daemonic: the task did not succeed"),
        ("child ended", {"ended_s": None}, "child ended: the service did not end"),
        ("child ended", {"alive": False}, "should have waited for its child"),
        ("service ended", {"where": ()}, "should have waited for its child"),
        ("service ended", {"orphan": False}, "left its child behind"),
        ("daemonic", {"alive": True}, "with a daemonic child should have ended"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, way: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = {**watched[0], way: replace(watched[0][way], **change)}
    with pytest.raises(EffectNotShown, match=message):
        non_daemon_children.judge(seen, watched[1])


def test_no_verdict_when_the_core_leaves_a_worker(watched: Watched) -> None:
    """A worker that outlives its program fails the case."""
    with pytest.raises(EffectNotShown, match="left no worker"):
        non_daemon_children.judge(watched[0], replace(watched[1], left=1))
