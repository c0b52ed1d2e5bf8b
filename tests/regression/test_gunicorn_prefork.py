"""gunicorn-prefork: requests are answered; the end of a worker with an inherited session hangs or crashes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook import needs
from heygem_core.casebook.cases import gunicorn_prefork
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Any], CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Run the real gunicorn in every way once."""
    try:
        needs.telemetry()
        with nothing_left():
            seen, told = gunicorn_prefork.watch()
            yield dict(seen), told
    except CaseSkipped as reason:
        pytest.skip(str(reason))


def test_the_end_of_a_worker_is_what_breaks(watched: Watched) -> None:
    """Three answers each; then a hang until the timeout, a SIGSEGV, and a clean end where the session came later."""
    finding = gunicorn_prefork.judge(*watched, 1.0)
    assert_as_recorded(gunicorn_prefork.CASE, finding)
    assert finding.verdict == "conditional"
    seen = watched[0]
    assert [seen[way]["answers"] for way in ("telemetry", "pool", "after")] == [3, 3, 3]
    assert "WORKER TIMEOUT" in seen["telemetry"]["log"][0]
    assert any("SIGSEGV" in line for line in seen["pool"]["log"])
    assert seen["after"]["log"] == []


def test_the_pool_does_not_survive_the_fork(watched: Watched) -> None:
    """The worker that inherited a session of four threads has one; a stage of the core has its own four."""
    seen, told = watched
    assert seen["pool"]["threads"] == 1
    assert seen["after"]["threads"] >= 4
    assert told.noted["pool_threads"] == 3


@pytest.mark.parametrize(
    ("way", "field", "value"),
    [
        ("telemetry", "log", []),
        ("telemetry", "gap_s", 0.1),
        ("telemetry", "answers", 2),
        ("pool", "log", []),
        ("pool", "threads", 9),
        ("after", "log", ["Worker (pid:1) was sent SIGSEGV!"]),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, way: str, field: str, value: object) -> None:
    """Each fact that the verdict rests on can fail it."""
    seen, told = copy.deepcopy(watched[0]), watched[1]
    seen[way][field] = value
    with pytest.raises(EffectNotShown):
        gunicorn_prefork.judge(seen, told, 1.0)


def test_without_gunicorn_the_command_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache is a reason to skip."""
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    with pytest.raises(CaseSkipped, match=r"gunicorn-.* is not built: nox -s ort_envs"):
        gunicorn_prefork.watch()
