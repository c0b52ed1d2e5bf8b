"""telemetry-fork-hang: the import is enough to make a forked child hang; the variable cures it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from heygem_core.casebook import needs
from heygem_core.casebook.cases import telemetry_fork_hang
from heygem_core.casebook.cases.telemetry_fork_hang import Watched
from heygem_core.casebook.model import Options
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Fork every child once."""
    try:
        needs.telemetry()
        with nothing_left():
            yield telemetry_fork_hang.watch(Options())
    except CaseSkipped as reason:
        pytest.skip(str(reason))


def test_the_claim_is_confirmed_and_the_core_names_the_stage(watched: Watched) -> None:
    """A child hangs at its exit; a stage that waits for such a child is found wedged, with the variable it is not."""
    finding = telemetry_fork_hang.judge(watched)
    assert_as_recorded(telemetry_fork_hang.CASE, finding)
    assert finding.verdict == "confirmed"
    assert (finding.core.cause, finding.core.culprit) == ("wedged", "generator")
    assert watched.core.frames == 8


def test_it_is_the_exit_handlers_of_the_new_version(watched: Watched) -> None:
    """The child hangs in no other way: not by os._exit, not with the variable, not with 1.28, which adds no thread."""
    assert watched.hung.ended is None
    assert (watched.skipping.ended, watched.cured.ended, watched.before.ended) == (0, 0, 0)
    assert watched.built.ended == 0
    assert watched.hung.added > watched.cured.added
    assert watched.before.version == "1.28.0"
    assert watched.hung.added > watched.before.added


@pytest.mark.parametrize("name", ["hung", "skipping", "cured", "built", "before"])
def test_no_verdict_without_the_effect(watched: Watched, name: str) -> None:
    """A child that ends where it should hang, or hangs where it should end, fails the case."""
    child = getattr(watched, name)
    other = replace(child, ended=0 if child.ended is None else None)
    with pytest.raises(EffectNotShown):
        telemetry_fork_hang.judge(replace(watched, **{name: other}))


def test_a_child_that_is_still_busy_does_not_hang(watched: Watched) -> None:
    """Slow is not hung: it must take no processor time any more."""
    with pytest.raises(EffectNotShown, match="is busy"):
        telemetry_fork_hang.judge(replace(watched, hung=replace(watched.hung, cpu_s=watched.hung.seconds / 2)))


def test_a_core_that_blames_something_else_is_no_finding(watched: Watched) -> None:
    """The waiting stage is wedged, neither dead nor spinning."""
    with pytest.raises(EffectNotShown, match="should have found the waiting stage wedged"):
        telemetry_fork_hang.judge(replace(watched, careless=replace(watched.careless, cause="spinning")))


def test_what_is_missing_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An older version, or no 1.28 to compare with, is no verdict."""
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    with pytest.raises(CaseSkipped, match="nox -s ort_envs"):
        telemetry_fork_hang.watch(Options())
    monkeypatch.setattr(metadata, "version", lambda _name: "1.28.1")
    with pytest.raises(CaseSkipped, match=r"1\.28\.1 is installed"):
        telemetry_fork_hang.run(Options())
