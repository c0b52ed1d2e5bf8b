"""From a folder to verdicts: the control, the confirmation, Holm, and what must not be compared."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from heygem_core.bench import compare, host, metrics, through
from heygem_core.bench.compare import Measured
from heygem_core.bench.folder import Folder
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.bench.summary import summarise
from heygem_core.bench.through import Side
from heygem_core.errors import NotComparable
from tests.bench import samples
from tests.bench.folders import folder, noise, ordinary

MORE = math.log(1.05)


def verdict(made: Folder) -> Comparison:
    """Return the only gated comparison of a folder."""
    (one,) = compare.gate(compare.read(made))
    return one


def test_equal_arms_are_equivalent(tmp_path: Path) -> None:
    """With an interval inside the margin; the control is beside it and did not trip."""
    one = verdict(ordinary(tmp_path, 0.0))
    assert (one.verdict, one.metric, one.margin, one.gated) == ("equivalent", "p50", 0.01, True)
    assert one.ci[0] is not None
    assert one.ci[1] is not None
    assert 0.99 < one.ci[0] < (one.ratio or 0) < one.ci[1] < 1.01
    assert one.aa_control is not None
    assert (one.aa_control.n, one.aa_control.tripped) == (12, False)
    assert one.confidence == pytest.approx(1 - {12: 0.005, 24: 0.01, 48: 0.035}[one.n])


def test_a_regression_stands_only_when_it_recurred(tmp_path: Path) -> None:
    """Not yet repeated it is undecided, repeated it regressed, and not found again it is undecided too."""
    once = verdict(ordinary(tmp_path / "once", MORE))
    assert (once.verdict, once.confirmed) == ("inconclusive", False)
    assert once.looks[-1].verdict == "regressed"
    again = {"2.0": [MORE + value for value in noise(12, 3)]}
    twice = verdict(ordinary(tmp_path / "twice", MORE, again=again))
    assert (twice.verdict, twice.confirmed, twice.n, twice.reason) == ("regressed", True, 12, None)
    gone = verdict(ordinary(tmp_path / "gone", MORE, again={"2.0": noise(48, 3)}))
    assert (gone.verdict, gone.confirmed) == ("inconclusive", False)
    assert gone.reason is not None
    assert "equivalent" in gone.reason.en


def test_two_builds_that_differ_make_it_invalid(tmp_path: Path) -> None:
    """A control that trips, or none, is no verdict, whatever the candidate did."""
    effects = {"1.0-rebuilt": [0.03 + value for value in noise(12, 1)], "2.0": noise(24, 2)}
    tripped = verdict(folder(tmp_path / "tripped", effects))
    assert tripped.verdict == "invalid"
    assert tripped.aa_control is not None
    assert tripped.aa_control.tripped
    without = verdict(folder(tmp_path / "without", {"2.0": noise(24, 2)}))
    assert (without.verdict, without.aa_control) == ("invalid", None)


def test_too_few_replicates_decide_nothing(tmp_path: Path) -> None:
    """Below the first look the answer says how many there are, and has no ratio."""
    one = verdict(ordinary(tmp_path, MORE, n=11))
    assert (one.verdict, one.ratio, one.n) == ("inconclusive", None, 11)
    assert one.reason is not None
    assert one.reason.en == "11 replicates of the 12 that the first look needs"


def test_holm_over_all_gated_comparisons(tmp_path: Path) -> None:
    """An effect that clears the margin alone is undecided beside twenty others."""
    effects = {"1.0-rebuilt": noise(12, 1)}
    effects |= {f"3.{index}": noise(12, index + 10) for index in range(20)}
    effects["2.0"] = [math.log(1.0108) + value for value in noise(48, 2, 0.002)]
    measured = compare.read(folder(tmp_path, effects))
    alone = compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "p50")
    beside = next(one for one in compare.gate(measured) if one.candidate == "2.0")
    assert (alone.p_holm or 1) * 21 == pytest.approx(beside.p_holm)
    assert beside.verdict == "inconclusive"


def test_swapping_the_arms_turns_the_ratio_round(tmp_path: Path) -> None:
    """Improved one way is regressed the other way; what was never repeated that way round does not fail."""
    measured = compare.read(ordinary(tmp_path, -MORE))
    there = compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "p50")
    back = compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "p50", swapped=True)
    assert there.verdict == "improved"
    assert (back.base, back.candidate) == ("2.0", "1.0")
    assert back.ratio == pytest.approx(1 / (there.ratio or 1))
    assert back.looks[-1].verdict == "regressed"
    assert (back.verdict, back.confirmed) == ("inconclusive", False)


def test_a_throughput_s_ratio_is_its_own(tmp_path: Path) -> None:
    """Twice the latency is half the throughput: the ratio is below 1 and the verdict is the same."""
    measured = compare.read(ordinary(tmp_path, math.log(2)))
    one = compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "throughput")
    assert one.ratio == pytest.approx(0.5, rel=0.01)
    assert (one.ci[0] or 1) < (one.ratio or 0) < (one.ci[1] or 0) < 1
    assert (one.verdict, one.gated) == ("regressed", False)
    assert one.effects[0] < 0


def test_a_quantile_of_too_few_latencies_is_refused(tmp_path: Path) -> None:
    """80 runs per arm and replicate are enough for p90, not for p95 and above; the message has both numbers."""
    measured = compare.read(ordinary(tmp_path, 0.0))
    block = measured.of("tiny", "single-stream", "2.0")[0].quads[0].blocks[0]
    assert len(block.runs_ns) * 8 == 160
    assert compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "p95").ratio is not None
    with pytest.raises(NotComparable, match="p99 needs 662 latencies per arm in a replicate, there are 160"):
        compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "p99")
    with pytest.raises(NotComparable, match="vram was not measured"):
        compare.compare(measured, "tiny", samples.SCENARIO, "2.0", "vram")


def test_void_quads_do_not_count(tmp_path: Path) -> None:
    """A replicate without a quad left has no effect; the others' median is of what is left; both are reported."""
    one = samples.replicate(0, 100, 200)
    assert metrics.effect(samples.voided(one, 0), "p50") == pytest.approx(math.log(2))
    nothing = samples.void(one)
    assert metrics.effect(nothing, "p50") is None
    made = ordinary(tmp_path, 0.0, n=11)
    made.append(replace(nothing, index=11))
    found = verdict(made)
    assert (found.n, found.voided, found.quads) == (11, 4, 48)


def test_where_every_quad_is_void_the_reason_is_told(tmp_path: Path) -> None:
    """Nothing can be said then, and why not stands in the verdict."""
    made = ordinary(tmp_path, 0.0, n=0)
    for index in range(12):
        made.append(samples.void(samples.replicate(index, 100, 100)))
    found = verdict(made)
    assert (found.verdict, found.n, found.voided) == ("inconclusive", 0, 48)
    assert found.reason is not None
    assert found.reason.en == "all 48 quads were voided, the last because why"


def test_drift_cancels_out_of_a_quad() -> None:
    """A machine that slows down steadily by a tenth per block gives equal arms no effect in either order."""
    (quad,) = samples.replicate(0, 100, 100, quads=1).quads
    for order in ("ABBA", "BAAB"):
        arms = ["1.0" if letter == "A" else "2.0" for letter in order]
        drifting = tuple(
            replace(block, arm=arm, runs_ns=(round(1e6 * 1.1**place),) * 20)
            for place, (block, arm) in enumerate(zip(quad.blocks, arms, strict=True))
        )
        one = replace(samples.replicate(0, 100, 100), quads=(replace(quad, blocks=drifting),))
        assert metrics.effect(one, "p50") == pytest.approx(0, abs=1e-6)


def side(made: Folder, arm: str) -> Side:
    """Return one arm of a run."""
    return Side(compare.read(made), arm)


def test_other_hosts_are_refused_naming_both_values(tmp_path: Path) -> None:
    """Two runs on different machines, models or reference builds are not compared."""
    here = side(ordinary(tmp_path / "here", 0.0), "2.0")
    other_host = replace(samples.RUN, id="other", host=replace(samples.HOST, cores=4, kernel="6.2"))
    there = side(ordinary(tmp_path / "there", 0.0, run=other_host), "2.0")
    with pytest.raises(NotComparable, match=r"cores is 2 in one and 4 in the other; kernel is '6\.1'.*'6\.2'"):
        through.require_same(here, there)
    other_wheel = tuple(replace(one, wheel_sha256="aa") for one in samples.RUN.environments)
    rebuilt = side(ordinary(tmp_path / "wheel", 0.0, run=replace(samples.RUN, environments=other_wheel)), "2.0")
    with pytest.raises(NotComparable, match=r"reference is '1\.0 ff' in one run and '1\.0 aa' in the other"):
        through.require_same(here, rebuilt)
    host.require_same(samples.HOST, replace(samples.HOST, boot="boot-2", git="def", load=(9.0, 9.0, 9.0)))


def test_two_runs_are_compared_through_their_reference(tmp_path: Path) -> None:
    """An arm that was 5 % over the reference in one run, and equal to it in another, regressed between them."""
    before = side(ordinary(tmp_path / "before", 0.0, n=24), "2.0")
    after = side(ordinary(tmp_path / "after", MORE, n=24, run=replace(samples.RUN, id="later")), "2.0")
    through.require_same(before, after)
    one = through.compare(before, after, "tiny", samples.SCENARIO, "p50", None)
    assert one.ratio == pytest.approx(1.05, abs=0.005)
    assert (one.verdict, one.gated) == ("regressed", False)
    back = through.compare(after, before, "tiny", samples.SCENARIO, "p50", None)
    assert back.verdict == "improved"
    with pytest.raises(NotComparable, match=r"9\.9 was not measured against the reference"):
        through.compare(before, replace(after, arm="9.9"), "tiny", samples.SCENARIO, "p50", None)


def test_the_summary_has_no_quantile_of_too_few(tmp_path: Path) -> None:
    """p99.9 only from 6,636 latencies on; what was not measured is None."""
    measured: Measured = compare.read(ordinary(tmp_path, 0.0, n=24))
    told = {one.arm: one for one in summarise(measured)}
    assert told["2.0"].latencies == 24 * 160
    assert set(told["2.0"].quantiles) == {"p50", "p90", "p95", "p99"}
    assert set(told["1.0-rebuilt"].quantiles) == {"p50", "p90", "p95", "p99"}
    assert told["2.0"].quantiles["p50"].ms == pytest.approx(4.0, rel=0.01)
    bound = told["2.0"].quantiles["p99"].bound_ms
    assert bound is not None
    assert bound >= told["2.0"].quantiles["p99"].ms
    assert told["2.0"].fps == pytest.approx(250, rel=0.01)
    assert (told["2.0"].peak_vram, told["2.0"].gpu_power, told["2.0"].missed) == (None, None, None)
    assert set(told["2.0"].cold_ms) == {"total", "import", "session", "first"}
