"""The machinery of the calibration: it tells a gate that works from one that does not, and its own parts are true."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from bench.calibrate import analysis, extra_op, naive
from bench.calibrate.analysis import Rate
from bench.calibrate.load import on_machine
from bench.calibrate.measuring import trials
from heygem_core.bench.replicate import Arm
from heygem_core.bench.schema import Block, Plan, Quad, Replicate
from heygem_core.bench.twin import ROOT, Twin
from tests.bench import samples
from tests.bench.folders import noise

PLAN = Plan()


def traced(n: int, seed: int) -> list[Replicate]:
    """Return replicates without a difference, on a machine whose processes differ, whose level drifts and whose
    frames are correlated: 0.7 % per process, 2 % over an experiment, 0.5 within a block.
    """
    random = np.random.default_rng(seed)
    found = []
    level = 0.0
    for index in range(n):
        level += random.normal(0, 0.006)
        own = {"1.0": random.normal(0, 0.007), "2.0": random.normal(0, 0.007)}
        quads = []
        for _ in range(4):
            order = "ABBA" if random.random() < 0.5 else "BAAB"
            blocks: list[Block] = []
            for letter in order:
                arm = "1.0" if letter == "A" else "2.0"
                frames = random.normal(0, 0.02, 20)
                frames = level + own[arm] + random.normal(0, 0.005) + 0.5 * np.roll(frames, 1) + frames
                runs = tuple(int(value) for value in 4e6 * np.exp(frames))
                blocks.append(replace(samples.block(arm, runs), gpu=None, stages=()))
            quads.append(Quad(order, tuple(blocks)))  # type: ignore[arg-type]  # one of the two
        found.append(replace(samples.replicate(index, 1, 1), quads=tuple(quads)))
    return found


def test_the_gate_keeps_its_word_where_common_rules_do_not() -> None:
    """On the same 480 replicates without a difference: no alarm of the gate, and many of frames taken for samples,
    of processes that did not take turns, and of one process each.
    """
    from heygem_core.bench import metrics

    replicates = traced(480, 3)
    told = analysis.null(metrics.effects(replicates, "p50"), replicates, PLAN)
    assert told["experiments"] == 40
    assert told["gate_alarms"]["count"] == 0  # type: ignore[index]
    assert told["rejected"]["count"] <= 2  # type: ignore[index]
    assert told["tripped"]["count"] == 0  # type: ignore[index]
    rates = {name: rate["rate"] for name, rate in told["naive"].items()}  # type: ignore[attr-defined]
    assert rates["frames as samples (Welch)"] > 0.15
    assert rates["no turns (Welch on processes)"] > 0.15
    assert rates["one process each, U test on frames"] > 0.15
    assert set(rates) == set(naive.RULES)


def test_p_values_without_an_effect_follow_their_exact_law() -> None:
    """Kolmogorov and Smirnov find nothing in 300 null experiments, and everything in those of a shift."""
    from heygem_core.bench import statistic

    random = np.random.default_rng(4)
    null = [statistic.estimate(list(row), 0.05).p_value for row in random.standard_normal((300, 12))]
    shifted = [statistic.estimate(list(row + 1), 0.05).p_value for row in random.standard_normal((300, 12))]
    assert (analysis.against_null(null, 12) or 0) > 0.05
    assert (analysis.against_null(shifted, 12) or 1) < 1e-6
    assert analysis.against_null([], 12) is None


def test_experiments_are_disjoint_and_as_long_as_the_plan_has_them() -> None:
    """Cut one after the other; the last unfinished one is left out."""
    effects = [0.05 + value for value in noise(12, 1)] + noise(48, 2) + [0.0, 0.3] * 3
    found = trials(effects, PLAN)
    assert [one.decision.answer for one in found][:2] == ["regressed", "equivalent"]
    joined = [value for one in found for value in one.effects]
    assert joined == effects[: len(joined)]
    assert all(len(one.effects) in PLAN.looks for one in found)


def test_power_and_coverage_are_counted_against_the_truth() -> None:
    """A true three per cent is found in all experiments and held by the intervals; a wrong truth is not."""
    effects = [math.log(1.03) + value for value in noise(240, 5)]
    found = trials(effects, PLAN)
    told = analysis.power(found, 0.03, 3.0)
    assert told["regressed"] == Rate(len(found), len(found)).told()
    assert told["mean_seconds"] == pytest.approx(3 * told["mean_n"])  # type: ignore[operator]
    assert told["coverage_95"]["rate"] > 0.85  # type: ignore[index]
    assert analysis.power(found, 0.06, 3.0)["coverage_95"]["count"] == 0  # type: ignore[index]


def test_symmetry_holds_and_its_breach_is_seen() -> None:
    """A over B and B over A add up to nothing, A to B to C to what A to C is; a bias of one per cent shows."""
    three = [0.03 + value for value in noise(60, 6)]
    back = [-0.03 + value for value in noise(60, 7)]
    five = [0.05 + value for value in noise(60, 8)]
    two = [0.02 + value for value in noise(60, 9)]
    assert analysis.antisymmetry(three, back)["holds"] is True
    assert analysis.antisymmetry(three, [value + 0.01 for value in back])["holds"] is False
    assert analysis.transitivity(three, two, five)["holds"] is True
    assert analysis.transitivity(three, two, [value + 0.01 for value in five])["holds"] is False
    assert analysis.antisymmetry([], back)["holds"] is None


def test_rates_have_exact_bounds() -> None:
    """Clopper and Pearson: none of 300 is below one per cent, five of 100 below 10.3; none of none says nothing."""
    assert Rate(0, 300).upper() == pytest.approx(1 - 0.05 ** (1 / 300))
    assert Rate(0, 300).upper() < 0.01
    assert Rate(5, 100).upper() == pytest.approx(0.1023, abs=5e-4)
    assert Rate(0, 0).ends() == (0.0, 1.0)


def test_the_extra_operators_cost_time_and_change_nothing(
    arms: dict[str, Arm], reference: Path, model: Path, tmp_path: Path
) -> None:
    """The model with work gives the reference's output bit for bit, and takes longer the more pixels it gets."""
    target = tmp_path / "work.onnx"
    medians = []
    for side in (1, 64):
        extra_op.with_work(model, target, side)
        with Twin(arms["A"].launch) as twin:
            options = {"provider": "cpu", "threads": 1, "batches": [1], "reference": str(reference)}
            opened = twin.ask("open", kind="model", model=str(target), **options)  # type: ignore[arg-type]
            assert (opened["wrong"], opened["max_abs"]) == (False, 0.0)
            runs = twin.ask("block", frames=40)["runs_ns"]
            medians.append(sorted(runs)[5])
            twin.quit()
    assert medians[1] > 2 * medians[0]


def test_the_wanted_share_is_found_by_timing(model: Path, tmp_path: Path) -> None:
    """By a clock that counts pixels: within a tenth of the share that was asked for."""
    import onnx

    def pixels(path: Path) -> float:
        (end,) = (one for one in onnx.load(path).graph.initializer if one.name == "work_end")
        return float(onnx.numpy_helper.to_array(end)[0] ** 2 / 100_000)

    found = extra_op.build(model, tmp_path / "work.onnx", 0.03, pixels)
    assert found == pytest.approx(0.03, rel=0.1)


@pytest.mark.parametrize(("load", "processes"), [("none", 0), ("burners", 2), ("ramp", 1)])
def test_load_ends_with_its_block(load: str, processes: int) -> None:
    """As many processes as it says, all gone afterwards."""
    # Tests before this one may have left multiprocessing's resource tracker, which lives as long as pytest.
    before = set(psutil.Process().children(recursive=True))
    with on_machine(load, 0):  # type: ignore[arg-type]  # the three there are
        there = [child for child in psutil.Process().children(recursive=True) if child not in before]
        assert len(there) == processes
    assert psutil.wait_procs(there, timeout=20)[1] == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.breaks
def test_a_calibration_goes_on_after_a_kill(model: Path, tmp_path: Path) -> None:
    """Killed in the middle of its cells, started again: every cell and tool has its experiments, none is lost."""
    plan = tmp_path / "plan.json"
    plan.write_text('{"looks": [4], "alphas": [0.2], "control": 4, "block_ns": 5000000}')
    counts = ("--experiments", "2", "--ladder", "2", "--peers", "1", "--peer-frames", "50")
    command = [sys.executable, "-m", "bench.calibrate", "--out", str(tmp_path / "out"), "--model", str(model)]
    command += ["--plan", str(plan), *counts]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("aa-rebuilt: replicate 2") for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
    there = {path: path.read_bytes() for path in (tmp_path / "out").rglob("replicates.jsonl")}
    assert len(there) == 2
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=1500)
    assert all(path.read_bytes().startswith(before) for path, before in there.items())
    told = json.loads((tmp_path / "out" / "calibration.json").read_text(encoding="utf-8"))
    assert all(cell["experiments"] >= 2 for cell in told["null"].values())
    assert all(cell["regressed"]["of"] >= 2 for cell in told["power"].values())
    assert all(peer["missing"] or peer["found"]["of"] == 1 for peer in told["peers"].values())
    assert told["antisymmetry"]["holds"] in {True, False}
    assert told["transitivity"]["holds"] in {True, False}
