"""The peer comparisons: frames arrive as sent, rounds can be continued, verdicts and tables say what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import peers_pipeline, peers_transport, profile
from bench.marked import between
from bench.rivals import rounds, summary, table
from bench.rivals.chain import HOPS, Relays, check
from bench.rivals.core import own_time
from bench.rivals.links import LINKS
from heygem_core.text import Text

BATCHES = {"small": np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), np.uint8)}


@pytest.mark.parametrize("peer", ["channel", "queue"])
def test_frames_arrive_over_every_number_of_hops(peer: str) -> None:
    """What the last process saw is what was sent, changed once by every relay; small messages arrive as well."""
    resource_tracker.ensure_running()
    with Relays(peer, BATCHES) as relays:
        assert all(relays.carry("small", hops, 25) > 0 for hops in HOPS)
        assert all(wait > 0 for wait in relays.latencies(5, 0.0))


def test_every_relay_changes_what_is_seen() -> None:
    """Frames that were not relayed are not taken for those that were."""
    link = LINKS["channel"](BATCHES["small"])
    seen = [link.expected(BATCHES["small"], relays) for relays in range(3)]
    link.close()
    assert len(set(seen)) == 3
    with pytest.raises(ValueError, match="add up to"):
        check(seen[0], seen[1])


@pytest.fixture
def plan(tmp_path: Path) -> rounds.Plan:
    """Three rounds of two peers, one of which cannot."""
    return rounds.Plan("tests.bench.turns", ("good", "broken"), (str(tmp_path),), 3, 600.0, 60.0)


def test_rounds_go_on_where_they_were_stopped(plan: rounds.Plan, tmp_path: Path) -> None:
    """A turn that is on file is not taken again; who cannot take part is told with the reason, not dropped."""
    path = tmp_path / "record.json"
    said: list[str] = []
    rounds.run(replace(plan, rounds=1), path, said.append)
    record = rounds.run(plan, path, said.append)
    assert [(turn["peer"], turn["round"], turn["value"]) for turn in record["turns"]] == [
        ("good", number, number) for number in range(3)
    ]
    assert "it has no legs" in record["absent"]["broken"]
    assert len(rounds.run(plan, path, said.append)["turns"]) == 3


def test_another_comparison_does_not_go_on_with_the_record(plan: rounds.Plan, tmp_path: Path) -> None:
    """Options that differ would mix two things."""
    path = tmp_path / "record.json"
    rounds.run(replace(plan, rounds=1, peers=("good",)), path, lambda _: None)
    with pytest.raises(ValueError, match="another comparison"):
        rounds.run(plan, path, lambda _: None)


def _value(turn: Any) -> float | None:
    found: float | None = turn["value"]
    return found


def test_a_ratio_is_of_one_round_and_to_the_best_of_the_others() -> None:
    """A round in which one of the two sides is missing gives none."""
    values = [("a", 0, 6.0), ("b", 0, 2.0), ("c", 0, 3.0), ("a", 1, 8.0), ("c", 1, 2.0), ("b", 2, 9.0)]
    turns = [{"peer": peer, "round": number, "value": value} for peer, number, value in values]
    assert summary.ratios(turns, "a", ["b", "c"], _value) == {"median": 3.0, "least": 2.0, "most": 4.0, "n": 2}
    assert summary.ratios(turns, "a", ["d"], _value) is None


@pytest.mark.parametrize(("got", "met"), [(1.5, True), (1.4, False), (None, False)])
def test_a_target_that_was_not_measured_is_not_met(got: float | None, met: bool) -> None:
    """The median decides; nothing is not enough."""
    row = summary.target(Text("speed", "速度"), 1.5, summary.figure([got]), at_least=True)
    assert row["met"] == met
    assert summary.line(row).startswith("met" if met else "NOT MET")


def test_the_bound_is_the_slowest_stage_or_all_processor_time() -> None:
    """Whichever takes longer, by the loop of the same round."""
    loop = {"peer": "loop", "round": 0, "cpu_s": 6.0, "busy_s": {"a": 1.0, "b": 4.0}, "warm": {"frames": 8}}
    assert peers_pipeline.fps(peers_pipeline.bound([loop], 2)[0]) == 2.0
    assert peers_pipeline.fps(peers_pipeline.bound([loop], 1)[0]) == pytest.approx(8 / 6)


def test_an_output_that_differs_is_told() -> None:
    """Another file from any run of any runner, or a frame too few."""
    good = {"digest": "x", "frames": 8}
    turns = [
        {"peer": "core", "cold": good, "warm": good},
        {"peer": "loop", "cold": good, "warm": {**good, "frames": 7}},
    ]
    assert peers_pipeline.wrong(turns, 8) == ["loop wrote 7 frames of 8"]
    turns[1]["warm"] = {**good, "digest": "y"}
    assert peers_pipeline.wrong(turns, 8) == ["2 different files were written"]


def test_what_the_first_batch_waits_for_is_the_stages_own_time() -> None:
    """A stage that starts while the ones before it work adds nothing but its work."""

    def span(stage: int, name: str, milliseconds: float) -> dict[str, Any]:
        return {"ph": "X", "tid": stage, "name": name, "dur": 1000 * milliseconds}

    events = [{"ph": "M", "tid": 0}, span(0, "starting", 10), span(0, "working", 5), span(0, "working", 50)]
    events += [span(1, "starting", 12), span(1, "working", 3), span(2, "starting", 100), span(2, "working", 1)]
    assert own_time(events, ["a", "b", "c"]) == pytest.approx(0.101)


_TURN: dict[str, Any] = {
    "peer": "channel",
    "round": 0,
    "cases": {"1080px1-hops1": {"frames": 4567, "seconds": 1.0, "cpu_s": 1.0}},
    "latency_ns": [25_000],
    "idle_share": 0.001,
    "refused": {},
}
_RUN = {"frames": 10, "wall_s": 0.25, "first_s": 0.1, "digest": "x", "beyond_s": None}
_JOB: dict[str, Any] = {
    "peer": "core",
    "round": 0,
    "cpu_s": 0.5,
    "open_s": 0.5,
    "ready_s": 0.6,
    "peak_mib": 900.0,
    "cold": _RUN,
    "warm": _RUN,
}
RESULT = {
    "transport": lambda: peers_transport.result(
        {"date": "2026-01-01", "host": {"cores": 2, "cpu": "C"}, "absent": {"ray": "no wheel"}, "turns": [_TURN]}
    ),
    "pipeline": lambda: peers_pipeline.result(
        {"date": "2026-01-01", "host": {"cores": 2, "cpu": "C"}, "absent": {"ffmpeg": "no wheel"}, "turns": [_JOB]},
        10,
        {"decode": 0.5},
    ),
}


@pytest.mark.parametrize("kind", RESULT)
@pytest.mark.parametrize("language", table.READMES)
def test_a_table_says_what_was_measured_and_what_was_not(kind: str, language: str) -> None:
    """The figures of the result, the reason of who is absent, and a verdict on every target."""
    make: Callable[[], dict[str, Any]] = RESULT[kind]
    result = make()
    text = table.table(kind, result, language)
    assert ("4,567" if kind == "transport" else "| 40 (40–40) |") in text
    assert "no wheel" in text
    assert all(row["what"][language] in text for row in result["targets"])


@pytest.mark.parametrize("kind", table.KINDS)
@pytest.mark.parametrize("language", table.READMES)
def test_the_table_in_the_readme_is_what_the_results_say(kind: str, language: str) -> None:
    """To the letter, once there are results; ``python -m bench.rivals.table`` writes it."""
    result = table.load(kind)
    found = between(table.READMES[language].read_text(encoding="utf-8"), f"peers-{kind}")
    # As long as nothing has been measured there is nothing to say.
    assert (found or "") == ("" if result is None else table.table(kind, result, language))


def test_a_profile_is_told_by_what_each_library_does() -> None:
    """Libraries of one kind add up, unknown ones are other, and headings are none."""
    report = "# Overhead  Shared Object\n    25.10%  libx264-d65.so.165   \n     3.00%  _multiarray_umath.cpython.so\n"
    report += "     1.00%  libscipy_openblas64_-3.so\n     5.00%  [kernel.kallsyms]\n     0.50%  libz.so.1\n"
    expected = {"encoder": 0.251, "kernel": 0.05, "numpy": 0.04, "other": 0.005}
    assert profile.shares(report) == expected
    for language, word in (("en", "encoding (libx264)"), ("zh", "编码（libx264）")):
        assert f"| {word} | 25.1 % |" in table.table("profile", {"shares": expected}, language)
