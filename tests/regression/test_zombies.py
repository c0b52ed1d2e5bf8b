"""zombies: a <defunct> child is a death nobody waited for, and competes for nothing; the core leaves none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from heygem_core.casebook.cases import zombies
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.model import Options
from heygem_core.casebook.topology_observer import Observation
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Observation], dict[str, CoreRun]]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Run all scenarios once."""
    with nothing_left():
        yield zombies.watch(Options())


def test_the_claim_is_refuted(watched: Watched) -> None:
    """The dead consumer is <defunct> with its exit code and holds nothing; the core names the death."""
    finding = zombies.judge(*watched)
    assert_as_recorded(zombies.CASE, finding)
    assert finding.verdict == "refuted"
    assert "exited with code 1" in finding.reported.evidence[0].en
    assert finding.reported.evidence[1].en.startswith("it holds 0 KiB, 0 descriptors and used 0.00 s of CPU")
    assert (finding.core.cause, finding.core.culprit) == ("worker-died", "audio_transfer")


def test_there_are_as_many_zombies_as_unwaited_deaths(watched: Watched) -> None:
    """One death gives one, two give two, and a stall without a death gives none."""
    assert {name: one.defunct() for name, one in watched[0].items()} == {
        "one dead": ["audio_transfer"],
        "two dead": ["audio_transfer", "write_video"],
        "wedged": [],
    }


def test_the_core_has_no_zombie_whether_the_stage_died_loading_or_working(watched: Watched) -> None:
    """Right after the error there is no <defunct> worker, and after closing no worker at all."""
    assert {name: (one.cause, one.defunct, one.left) for name, one in watched[1].items()} == {
        "loading": ("worker-died", 0, 0),
        "working": ("worker-died", 0, 0),
    }


def test_no_verdict_without_the_effect(watched: Watched) -> None:
    """No zombie, a zombie that holds something, or a busy tree: the case fails and says so."""
    seen, core = watched
    one = seen["one dead"]
    corpse = one.witnesses["audio_transfer"]

    def changed(role: str, **fields: object) -> dict[str, Observation]:
        witness = replace(one.witnesses[role], **fields)  # type: ignore[arg-type]
        return {**seen, "one dead": replace(one, witnesses={**one.witnesses, role: witness})}

    with pytest.raises(EffectNotShown, match=r"one dead: <defunct> should be \['audio_transfer'\], are \[\]"):
        zombies.judge(changed(corpse.role, state="S"), core)
    with pytest.raises(EffectNotShown, match="no mere entry"):
        zombies.judge(changed(corpse.role, resident_kib=4), core)
    with pytest.raises(EffectNotShown, match="ended with exit code 1"):
        zombies.judge(changed(corpse.role, exit_code=0), core)
    with pytest.raises(EffectNotShown, match="waits for something else"):
        zombies.judge(changed("drivered_video", state=""), core)
    with pytest.raises(EffectNotShown, match="may contend"):
        zombies.judge(changed("init_wh", cpu_s=5.0), core)
    with pytest.raises(EffectNotShown, match="the core left 1 <defunct>"):
        zombies.judge(seen, {**core, "working": replace(core["working"], defunct=1)})
