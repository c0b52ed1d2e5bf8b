"""The reported service with only the queue's import changed: what that cures, and the tables that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook import registry, swap, swap_document
from heygem_core.casebook.queues import Whose
from heygem_core.casebook.swap import Row, Seen
from heygem_core.casebook.topology_observer import Observation
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left

ROOT = Path(__file__).parents[2]
CURED = {
    "queue-full": "partly",
    "zombies": "yes",
    "silent-death": "yes",
    "poisoned-lock": "yes",
    "failure-marker-behind-full-queue": "no",
    "late-reply": "no",
    "exit-before-report": "no",
    "cold-start-deadline": "no",
    "feeder-join": "yes",
    "non-daemon-children": "no",
    "host-oom": "yes",
}


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """Observe everything once, with both queues."""
    with nothing_left():
        yield swap.watch()


@pytest.fixture
def rows(seen: Seen) -> list[Row]:
    """Return the table by case."""
    return swap.rows(seen)


def test_which_cases_are_cured_by_it_alone(seen: Seen, rows: list[Row]) -> None:
    """Those that a lock, a feeder or a death without a word make; none whose processes live, or end well."""
    expected = {case: cured for case, cured in CURED.items() if case not in seen.skipped}
    assert {row.case: row.cured for row in rows} == expected
    assert set(CURED) <= set(registry.NAMES)


def test_a_dead_consumer_no_longer_hangs_anybody(seen: Seen) -> None:
    """Producer, writer and service raise `WorkerDied` and are gone; nothing was taken, no put timed out."""
    one = seen.topologies["dead", "compat"]
    assert (one.sent, one.taken, one.full_after_s, one.returned) == (10, 0, None, False)
    assert {role: one.raised[role] for role in swap.TASK} == dict.fromkeys(swap.TASK, "WorkerDied")
    assert one.alive() == []


def test_of_a_wedged_consumer_s_three_waits_one_is_cured(seen: Seen) -> None:
    """The producer's process ends after Full, writer and service wait on: what hangs is alive; a timeout cures that."""
    one = seen.topologies["wedged", "compat"]
    assert (one.ended, one.sent, one.taken, one.returned) == (False, 10, 0, True)
    assert (one.full_after_s or 0.0) >= one.put_timeout_s
    assert swap.waiting(one) == ["service", "write_video"]
    assert one.waits("write_video", "queue.py:get")
    assert one.waits("service", "process.py:join")
    mended = seen.topologies["writer mended", "compat"]
    assert (mended.ended, mended.ok) == (True, False)


def test_a_marker_behind_a_full_queue_still_waits(seen: Seen) -> None:
    """A put without a timeout into a queue that a living process does not empty."""
    one = seen.topologies["marker", "compat"]
    assert (one.ended, one.returned) == (False, False)
    assert one.waits("drivered_video", "queue.py:put")


@pytest.mark.parametrize("lang", swap_document.FILES)
def test_the_committed_tables_are_those_that_are_observed(seen: Seen, rows: list[Row], lang: Any) -> None:
    """Whoever changes this runs ``python -m heygem_core.casebook.swap_document docs``; compat.md has the first one."""
    lines = swap_document.service(seen)
    committed = (ROOT / "docs" / swap_document.FILES[lang]).read_text(encoding="utf-8").splitlines()
    not_here = tuple(f"| `{case}` |" for case in seen.skipped)
    observed = swap_document.text(lines, rows, lang).splitlines()
    assert [line for line in committed if not line.startswith(not_here)] == observed
    page = (ROOT / "docs" / {"en": "compat.md", "zh": "compat.zh.md"}[lang]).read_text(encoding="utf-8")
    for line in lines:
        assert f"| {' | '.join(text.get(lang) for text in line)} |" in page


def changed(seen: Seen, name: str, whose: Whose, **fields: Any) -> Seen:
    """Return ``seen`` with fields of one topology or experiment changed."""
    key = (name, whose)
    if key in seen.topologies:
        return replace(seen, topologies={**seen.topologies, key: replace(seen.topologies[key], **fields)})
    return replace(seen, experiments={**seen.experiments, key: {**seen.experiments[key], **fields}})


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("wedged", {"witnesses": {}}),
        ("dead", {"witnesses": {}}),
        ("marker", {"returned": True}),
        ("poisoned-lock", {"got": "next"}),
        ("late-reply", {"tasks": [{"task": 1, "answered": None}, {"task": 2, "answered": 2}]}),
        ("exit-before-report", {"reported": [True, "a"]}),
        ("cold-start-deadline", {"empty": False}),
        ("feeder-join", {"alive": False}),
        ("non-daemon-children", {"alive": False}),
    ],
)
def test_nothing_is_cured_that_was_not_ill(seen: Seen, name: str, fields: dict[str, Any]) -> None:
    """Where multiprocessing's queue does not show the effect, there is no table."""
    with pytest.raises(EffectNotShown, match="nothing is stuck with multiprocessing's queue"):
        swap.rows(changed(seen, name, "multiprocessing", **fields))


@pytest.mark.parametrize(
    ("name", "whose", "fields"),
    [
        ("works", "compat", {"ok": False}),
        ("dead", "multiprocessing", {"witnesses": {}}),
        ("dead", "compat", {"raised": {}}),
        ("wedged", "multiprocessing", {"returned": False}),
        ("wedged", "compat", {"witnesses": {}}),
        ("marker", "compat", {"returned": True}),
        ("non-daemon-children", "compat", {"alive": False}),
    ],
)
def test_no_line_without_what_it_says(seen: Seen, name: str, whose: Whose, fields: dict[str, Any]) -> None:
    """Each line of the service's table can fail."""
    with pytest.raises(EffectNotShown):
        swap_document.service(changed(seen, name, whose, **fields))


def test_the_other_outcomes_are_told_too(seen: Seen) -> None:
    """A case that a later version cures comes out as cured: the table is no wish and no memory."""
    cured = changed(seen, "late-reply", "compat", tasks=[{"task": 1, "answered": None}, {"task": 2, "answered": 2}])
    cured = changed(cured, "exit-before-report", "compat", reported=[True, "a"])
    cured = changed(cured, "cold-start-deadline", "compat", empty=False)
    cured = changed(cured, "marker", "compat", returned=True)
    verdicts = {row.case: row.cured for row in swap.rows(cured)}
    names = ("late-reply", "exit-before-report", "cold-start-deadline", "failure-marker-behind-full-queue")
    assert [verdicts[name] for name in names] == ["yes"] * 4
    ill: Observation = seen.topologies["wedged", "multiprocessing"]
    verdicts = {row.case: row.cured for row in swap.rows(changed(seen, "wedged", "compat", witnesses=ill.witnesses))}
    assert verdicts["queue-full"] == "no"
