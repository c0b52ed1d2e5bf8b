"""shm-too-small: the writer dies of SIGBUS, torch says what is wrong, the core does not care."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import shm_too_small
from heygem_core.casebook.cases.shm_too_small import Watched
from heygem_core.casebook.probes import namespace, small_shm
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Look into the namespace once."""
    try:
        with nothing_left():
            yield shm_too_small.watch()
    except CaseSkipped as reason:
        pytest.skip(str(reason))


def test_the_writer_dies_and_the_core_does_not(watched: Watched) -> None:
    """SIGBUS half-way through the ring; in the same namespace the core moves frames that are larger than it."""
    finding = shm_too_small.judge(watched)
    assert_as_recorded(shm_too_small.CASE, finding)
    assert watched.ring["exit_code"] == -7
    assert 0 < watched.ring["filled"] < small_slots()
    assert finding.core.cause is None
    assert watched.core["frames"] == 12


def test_the_verdict_depends_on_what_torch_did(watched: Watched) -> None:
    """An error that names the lack of space restricts the claim; a torch that dies as well, or none, does not."""
    loud: dict[str, Any] = {"shared": False, "exit_code": 1, "said": "RuntimeError: No space left on device (28)"}
    assert shm_too_small.judge(replace(watched, torch=loud)).verdict == "conditional"
    killed = {"shared": False, "exit_code": -7, "said": ""}
    dead = shm_too_small.judge(replace(watched, torch=killed))
    assert dead.verdict == "confirmed"
    assert "SIGBUS" in dead.reported.evidence[-1].en
    without = shm_too_small.judge(replace(watched, torch=None))
    assert "not observed" in without.reported.evidence[-1].en


def test_no_verdict_without_the_effect(watched: Watched) -> None:
    """A ring that fits, a writer that ends well, a tensor that was shared, or a core that loses frames: no finding."""
    with pytest.raises(EffectNotShown, match="fits into"):
        shm_too_small.judge(replace(watched, room=1 << 30))
    with pytest.raises(EffectNotShown, match="SIGBUS"):
        shm_too_small.judge(replace(watched, ring={**watched.ring, "exit_code": 0}))
    with pytest.raises(EffectNotShown, match="more than fits"):
        shm_too_small.judge(replace(watched, torch={"shared": True, "exit_code": 0, "said": ""}))
    with pytest.raises(EffectNotShown, match="finished 12 frames"):
        shm_too_small.judge(replace(watched, core={**watched.core, "frames": 11}))


def test_the_machine_s_own_folder_is_untouched(watched: Watched) -> None:
    """The small tmpfs was mounted for the experiment alone."""
    room = os.statvfs(namespace.SHM)
    assert room.f_blocks * room.f_frsize != watched.room


def test_a_system_that_forbids_it_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    """No namespace, no verdict: the message is the system's."""

    def forbidden(*_arguments: object) -> None:
        raise PermissionError(1, "unshare: Operation not permitted")

    monkeypatch.setattr(namespace, "_call", forbidden)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    with pytest.raises(CaseSkipped, match=r"not allowed here.*Operation not permitted"):
        namespace.small_shm(1 << 20)


def small_slots() -> int:
    """Return how many slots the ring has."""
    return small_shm.SLOTS
