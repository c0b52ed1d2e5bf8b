"""A real replicate: two live processes that take turns, labelled by coins, checked while they are measured."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from heygem_core.bench import metrics, scenarios
from heygem_core.bench.replicate import Arm, Conditions, Experiment, idle_void, measure
from heygem_core.bench.schema import Replicate, Scenario
from heygem_core.bench.twin import Launch, Twin
from heygem_core.errors import ArmFailed, Cause
from tests.bench import samples
from tests.bench.conftest import QUICK

Arms = dict[str, Arm]


def one(
    arms: Arms, conditions: Conditions, scenario: Scenario = QUICK, candidate: str = "B", index: int = 0
) -> Replicate:
    """Measure one replicate of A against ``candidate``."""
    return measure(Experiment("tiny", scenario, "A", candidate), arms, conditions, index, lambda _: None)


def test_two_processes_take_turns(arms: Arms, conditions: Conditions) -> None:
    """Started one after the other; blocks in the quad's order, of equal size, never two at once; nothing wrong."""
    measured = one(arms, conditions, replace(QUICK, quads=2))
    assert [worker.arm for worker in measured.workers] == [measured.first, {"A": "B", "B": "A"}[measured.first]]
    assert len({worker.pid for worker in measured.workers}) == 2
    blocks = [block for quad in measured.quads for block in quad.blocks]
    for quad in measured.quads:
        assert "".join(block.arm for block in quad.blocks) == quad.order
    assert all(before.ended_ns <= after.began_ns for before, after in pairwise(blocks))
    assert len({block.frames for block in blocks}) == 1
    assert all(block.frames >= 20 and len(block.runs_ns) == block.frames and not block.wrong for block in blocks)
    for worker in measured.workers:
        assert worker.applied == "CPUExecutionProvider"
        assert worker.total_ns > worker.import_ns + worker.session_ns + worker.first_ns > 0
        assert len(worker.warm_ns) >= 30
        assert (worker.peak_rss or 0) > 10_000_000
        assert worker.max_abs == 0


def test_the_coins_are_the_plan_s_alone(arms: Arms, conditions: Conditions) -> None:
    """The same seed and place give the same coins, another place gives others."""

    def coins(measured: Replicate) -> tuple[object, ...]:
        seeds = [(worker.hash_seed, worker.padding) for worker in measured.workers]
        return measured.first, [quad.order for quad in measured.quads], seeds

    first, second, again = (coins(one(arms, conditions, index=index)) for index in (0, 1, 0))
    assert again == first
    assert second != first


def test_a_slower_arm_has_the_effect_that_it_was_given(arms: Arms, conditions: Conditions) -> None:
    """Every run spun to twice its time: the effect of its median latency is about ln 2, on a busy machine too."""
    measured = one(arms, conditions, replace(QUICK, quads=2), candidate="slow")
    assert 0.3 < metrics.effects([measured], "p50")[0] < 1.2


def test_changing_sizes_and_whole_batches(arms: Arms, conditions: Conditions) -> None:
    """Batches of 1, 3, 2 and 4 in whole turns, and of 4: as many frames as were asked for, none of them wrong."""
    for name in ("shape-churn", "offline"):
        scenario = replace(scenarios.SCENARIOS[name], quads=1)
        measured = one(arms, replace(conditions, batches=scenario.batches), scenario)
        for block in measured.quads[0].blocks:
            assert block.frames % sum(scenario.batches) == 0
            assert len(block.runs_ns) == block.frames // sum(scenario.batches) * len(scenario.batches)


def test_paced_latency_counts_from_the_scheduled_arrival(arms: Arms, conditions: Conditions) -> None:
    """A run that takes longer than the period delays those behind it, and every one of them is late by all of it."""
    period = 200_000
    slow = replace(arms["A"], launch=replace(arms["A"].launch, arm="B"), handicap={"spin": 100.0})
    scenario = replace(QUICK, name="paced", period_ns=period)
    measured = one({**arms, "B": slow}, conditions, scenario)
    late = next(block for block in measured.quads[0].blocks if block.arm == "B")
    assert late.arrivals_ns == tuple(period * index for index in range(late.frames))
    assert late.missed == late.frames
    # Without the waiting in line, the last latency would be one run's.
    assert late.runs_ns[-1] > 5 * (late.ended_ns - late.began_ns) / late.frames
    assert late.runs_ns[-1] == pytest.approx(late.ended_ns - late.began_ns - late.arrivals_ns[-1], rel=0.2)


def test_a_cold_start_is_a_process_per_block(arms: Arms, conditions: Conditions) -> None:
    """Four fresh processes in the quad's order; the parts make up most of the total."""
    measured = one(arms, conditions, replace(scenarios.SCENARIOS["cold-start"], quads=1))
    (quad,) = measured.quads
    assert [worker.arm for worker in measured.workers] == [block.arm for block in quad.blocks]
    assert len({worker.pid for worker in measured.workers}) == 4
    assert [block.runs_ns for block in quad.blocks] == [(worker.total_ns,) for worker in measured.workers]
    assert set(map(abs, metrics.effects([measured], "total"))) != {0.0}


def test_a_wrong_output_is_a_failure_not_a_result(
    arms: Arms, conditions: Conditions, reference: Path, tmp_path: Path
) -> None:
    """Another picture than the reference's names the arm that gave it; a difference in rounding is none."""
    with np.load(reference) as stored:
        arrays = dict(stored)
    near, far = tmp_path / "near.npz", tmp_path / "far.npz"
    np.savez(near, **{**arrays, "outputs": arrays["outputs"] + np.float32(1e-4)})
    np.savez(far, **{**arrays, "outputs": arrays["outputs"][::-1]})
    worker = one(arms, replace(conditions, reference=str(near))).workers[0]
    assert worker.max_abs == pytest.approx(1e-4, rel=1e-2)
    assert (worker.psnr or 0) > 60
    with pytest.raises(ArmFailed, match=r"onnxruntime [AB]: its output is not the reference's: PSNR"):
        one(arms, replace(conditions, reference=str(far)))


def test_the_cpu_in_place_of_cuda_is_a_failure(arms: Arms, conditions: Conditions) -> None:
    """Asked for CUDA where there is none, a version that falls back has failed, with its cause."""
    with pytest.raises(ArmFailed, match="CUDAExecutionProvider was asked for") as caught:
        one(arms, replace(conditions, provider="cuda"))
    assert caught.value.cause == Cause.SILENT_CPU_FALLBACK
    assert caught.value.arm in {"A", "B"}


def test_a_process_that_dies_or_is_silent_is_named(arms: Arms, environment: Path, tmp_path: Path) -> None:
    """The exit code, the time that it had, or its own error with its last words."""
    with Twin(arms["A"].launch) as twin, pytest.raises(ArmFailed, match=r"onnxruntime A: open: .*nothing\.onnx"):
        twin.ask("open", kind="model", model=str(tmp_path / "nothing.onnx"), provider="cpu", threads=1, batches=[1])
    empty = Launch("empty", arms["A"].launch.python, [str(tmp_path)])
    with Twin(empty) as twin, pytest.raises(ArmFailed, match="No module named 'numpy'"):
        twin.ask("open", kind="model", model=arms["A"].model, provider="cpu", threads=1, batches=[1])
    with Twin(arms["A"].launch) as twin:
        twin.ask("open", kind="model", model=arms["A"].model, provider="cpu", threads=1, batches=[1])
        with pytest.raises(ArmFailed, match=r"block was not answered within 0\.2 s"):
            twin.ask("block", frames=1_000_000, deadline_s=0.2)
    nobody = replace(arms["A"].launch, python="/bin/false")
    with Twin(nobody) as twin, pytest.raises(ArmFailed, match="ended with exit code 1"):
        twin.ask("cpu")
    assert environment.exists()


def test_quads_are_voided_by_a_rule_that_cannot_see_latencies() -> None:
    """The idle process at work voids the quad; latencies, whatever they are, do not."""
    (quad,) = samples.replicate(0, 100, 900, quads=1).quads
    assert idle_void(replace(quad, idle_cpu={"1.0": 0.009, "2.0": 0.001})) is None
    assert (
        idle_void(replace(quad, idle_cpu={"1.0": 0.011})) == "1.0 took 1.1% of a processor while the other was at work"
    )


def test_the_idle_process_idles(arms: Arms, conditions: Conditions) -> None:
    """In most of four real replicates no quad is voided: a process that waits for its turn takes no processor."""
    long = replace(conditions, plan=replace(conditions.plan, block_ns=50_000_000))
    shares = [
        share for index in range(2) for quad in one(arms, long, index=index).quads for share in quad.idle_cpu.values()
    ]
    assert len(shares) == 4
    assert median(shares) < 0.01
