"""The figures' data: what is drawn is what was measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from heygem_core.bench import compare, history
from heygem_core.bench.folder import Folder
from heygem_core.bench.report import ecdf, figure, forest, gantt, load, past, trace
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.text import Text
from tests.bench import samples
from tests.bench.report import jobs, nights, synthetic
from tests.bench.report.conftest import Made


def test_a_curve_goes_through_the_distribution() -> None:
    """Each point is a latency that was seen, with the share of all that took at most so long; both ends are there."""
    latencies = np.sort(np.random.default_rng(0).lognormal(0, 0.5, 5000))
    points = ecdf.curve(latencies)
    for ms, share in points:
        assert ms == pytest.approx(latencies[round(share * latencies.size) - 1], abs=1e-5)
    assert points[0][0] == pytest.approx(latencies[0], abs=1e-5)
    assert points[-1][0] == pytest.approx(latencies[-1], abs=1e-5)
    assert points[-1][1] == 1.0
    assert sum(share > 0.99 for _, share in points) > 10
    assert ecdf.curve(np.array([2.5])) == [(2.5, 1.0)]


def test_voided_quads_are_in_no_curve(tmp_path: Path) -> None:
    """The pooled latencies of an arm are those of its blocks in quads that count, no others."""
    synthetic.write(tmp_path, synthetic.run(scenarios=("single-stream",)), replicates=12)
    those = list(Folder(tmp_path).replicates())
    quads = [quad for one in those for quad in one.quads]
    assert any(quad.void for quad in quads)
    counted = sum(
        len(block.runs_ns) for quad in quads if quad.void is None for block in quad.blocks if block.arm == "1.31.1"
    )
    assert ecdf.pooled(those, "1.31.1").size == counted > 0


def test_a_queue_holds_what_was_sent_and_not_yet_worked_off(tmp_path: Path) -> None:
    """In front of the slowest stage the queue is full, behind it there is at most one item; it ends empty."""
    path = tmp_path / "puppet.1.0.json"
    jobs.write(path, items=30)
    told = trace.read(path)
    assert told is not None
    assert told.stages == jobs.STAGES
    assert told.shown == told.whole
    before, behind = (trace.occupancy(told, *pair) for pair in (("face", "generator"), ("generator", "blend")))
    assert max(items for *_, items in before) == jobs.SLOTS
    assert max(items for *_, items in behind) == 1
    for intervals in (before, behind):
        assert intervals[-1][2] == 0
        assert intervals[-1][1] == pytest.approx(told.whole)
        assert min(items for *_, items in intervals) >= 0
        assert all(one[1] == other[0] for one, other in pairwise(intervals))


def test_an_item_taken_before_its_sender_says_so_is_counted_once() -> None:
    """A sender that loses the processor right after sending says so late; the queue never holds less than nothing."""
    told = trace.Trace(
        "puppet.1.0",
        ("blend", "encode"),
        (
            trace.Span("blend", "working", 0.0, 0.9, 0),
            trace.Span("encode", "waiting_for_input", 0.0, 0.3, 0),
            trace.Span("encode", "working", 0.3, 0.6, 0),
            trace.Span("encode", "finishing", 0.6, 1.0, 4),
            trace.Span("blend", "finishing", 0.9, 1.0, 4),
        ),
        1.0,
        1.0,
    )
    assert trace.occupancy(told, "blend", "encode") == [(0.0, 0.3, 0), (0.3, 0.6, 1), (0.6, 1.0, 0)]


def test_the_busy_share_is_the_working_time(tmp_path: Path) -> None:
    """Summed over the bins it is the time that the spans say, and the slowest stage is busy most of the time."""
    path = tmp_path / "puppet.1.0.json"
    jobs.write(path, items=30)
    told = trace.read(path)
    assert told is not None
    shares = {}
    for stage in told.stages:
        worked = sum(span.ended - span.began for span in told.spans if (span.stage, span.state) == (stage, "working"))
        bins = trace.busy(told, stage)
        assert sum(share * (ended - began) for began, ended, share in bins) == pytest.approx(worked, rel=0.01)
        assert all(0 <= share <= 1.001 for *_, share in bins)
        shares[stage] = worked / told.whole
    assert max(shares, key=lambda stage: shares[stage]) == "generator"


def test_a_long_job_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its beginning is shown, up to which every interval reaches, and the caption has both lengths."""
    monkeypatch.setattr(trace, "SPANS", 200)
    path = tmp_path / "puppet.1.0.json"
    jobs.write(path, items=200)
    told = trace.read(path)
    assert told is not None
    assert len(told.spans) == 200
    assert told.shown < told.whole
    assert max(span.ended for span in told.spans) <= told.shown
    drawn = gantt.figure(tmp_path, ["puppet"])
    assert drawn is not None
    assert f"{told.shown:.1f} s / {told.whole:.1f} s" in drawn.caption.en
    assert drawn.charts[0].title.en == "puppet · 1.0"


def test_no_trace_no_figure(tmp_path: Path) -> None:
    """Without traces, or with an empty one, there is nothing to draw."""
    assert gantt.figure(tmp_path, []) is None
    (tmp_path / "empty.json").write_text('{"traceEvents": []}', encoding="utf-8")
    assert gantt.figure(tmp_path, []) is None


def test_the_forest_turns_every_metric_so_that_right_is_worse(made: Made) -> None:
    """A regression lies right of the margin, an improvement left of it, what is the same inside it, with all ticks."""
    gated = [one for one in Folder(made.folder).comparisons() if one.ratio is not None]
    (drawn, _) = forest.figures(gated, [])
    assert len(drawn.rows) == len(gated)
    for row, one in zip(drawn.rows, gated, strict=True):
        assert row["low"] <= row["worse_percent"] <= row["high"]
        assert len(row["replicates"]) == len(one.effects)
        if one.verdict == "regressed":
            assert row["low"] > row["band_high"]
        if one.verdict == "improved":
            assert row["high"] < row["band_low"]
        if one.verdict == "equivalent":
            assert row["band_low"] < row["low"]
            assert row["high"] < row["band_high"]
    assert {one.verdict for one in gated} >= {"regressed", "improved", "inconclusive"}


def test_an_interval_without_ends_is_drawn_without_a_line() -> None:
    """A comparison before the first look has neither estimate nor ends, and is no reason to fail."""
    early: Comparison = replace(samples.COMPARISON, ratio=1.0, ci=(None, None))
    (drawn, _) = forest.figures([early], [])
    assert (drawn.rows[0]["low"], drawn.rows[0]["high"]) == (None, None)


def test_the_load_has_a_point_per_replicate_and_arm(made: Made, tmp_path: Path) -> None:
    """Readings that the machine does not give have no chart; with a GPU there are four."""
    measured = compare.read(Folder(made.folder))
    arms = [synthetic.BASE, synthetic.REBUILT, "1.22.0", "1.26.0", "1.31.1"]
    drawn = load.figure(measured, arms)
    assert len(drawn.charts) == 1
    first = [one for group in measured.replicates.values() for one in group if one.session == 1]
    counts = Counter(row["arm"] for row in drawn.rows)
    assert counts["1.31.1"] == sum(one.candidate == "1.31.1" for one in first)
    assert all(0 < row["processors"] <= 1 for row in drawn.rows)
    synthetic.write(tmp_path, synthetic.run(scenarios=("single-stream",), gpu=True), replicates=2)
    assert len(load.figure(compare.read(Folder(tmp_path)), arms).charts) == 4


def test_the_history_shows_the_change_first(tmp_path: Path) -> None:
    """The series that changed leads, with the size of the change, its night marked and a level on either side."""
    path = tmp_path / "history.jsonl"
    night = nights.write(path)
    drawn = past.figure(history.read(path))
    first = drawn.charts[0]
    assert "1.31.1" in first.title.en
    assert "▲ +4" in first.title.en
    rows = [row for row in drawn.rows if row["series"] == first.where["series"]]
    assert [index for index, row in enumerate(rows) if row["changed"]] == [night]
    assert [row["part"] for row in rows] == [0] * night + [1] * (len(rows) - night)
    assert rows[-1]["level"] / rows[0]["level"] == pytest.approx(1.04, abs=0.005)
    assert not any("▲" in chart.title.en or "▼" in chart.title.en for chart in drawn.charts[1:])


def test_a_second_build_has_the_first_ones_colour_and_is_dashed() -> None:
    """Colour tells versions apart, dashes builds; more versions than colours differ by dashes as well."""
    arms = ["1.0", "1.0-rebuilt", *(f"2.{index}" for index in range(8))]
    painted = [figure.colour(arms, arm) for arm in arms]
    assert painted[0][0] == painted[1][0]
    assert (painted[0][1], painted[1][1]) == (False, True)
    assert len(set(painted)) == len(arms)


def test_a_text_is_written_once_and_comes_back() -> None:
    """Columns of texts are numbered on the page; the numbers lead back to what stood there, also to nothing."""
    rows: list[figure.Row] = [{"a": "x", "b": 1.0}, {"a": None, "b": None}, {"a": "x", "b": 2.0}]
    told = figure.as_json(figure.Figure("f", Text("", ""), Text("", ""), rows, []))
    back = [
        {
            name: told["texts"][name][value] if name in told["texts"] else value
            for name, value in zip("ab", row, strict=True)
        }
        for row in told["rows"]
    ]
    assert back == rows
    assert told["texts"] == {"a": ["x", None]}
