"""dataloader-workers: the hang is real and has a condition; the core names the stage it happens in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from heygem_core.casebook import needs
from heygem_core.casebook.cases import dataloader_workers
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.dataloader_observer import Attempt, Hang
from heygem_core.casebook.model import Options
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.languages import in_both
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Attempt], Hang, CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Make all attempts once."""
    pytest.importorskip("torch", reason="the DataLoader cases need torch, an extra")
    with nothing_left():
        yield dataloader_workers.watch(Options())


def test_the_claim_holds_on_a_condition(watched: Watched) -> None:
    """Forked after an OpenMP region it hangs, otherwise it loads; the core finds the stage wedged."""
    finding = dataloader_workers.judge(*watched)
    assert_as_recorded(dataloader_workers.CASE, finding)
    assert finding.verdict == "conditional"
    assert "only if the workers are forked" in finding.reported.outcome.en
    assert (finding.core.cause, finding.core.culprit) == ("wedged", "audio_transfer")


def test_forked_after_openmp_all_workers_sleep_in_their_first_parallel_region(watched: Watched) -> None:
    """Four workers, none runs, no CPU time, and the stack of one ends in the parallel region."""
    hang = watched[1]
    assert not hang.ended
    assert hang.states == ("S",) * 4
    assert hang.cpu_s <= 0.1
    assert hang.worker_stack[0] == "dataloader.py:parallel_region"


def test_everything_else_ends(watched: Watched) -> None:
    """Forked before OpenMP, spawned, or without workers: all items; daemonic: an error at once."""
    ended = watched[0]
    assert {name: ended[name].loaded for name in ("fork before", "spawn", "zero", "daemonic")} == {
        "fork before": 8,
        "spawn": 8,
        "zero": 8,
        "daemonic": 0,
    }
    assert ended["daemonic"].error == "AssertionError: daemonic processes are not allowed to have children"


def test_without_a_gpu_the_cuda_attempt_is_not_called_observed(watched: Watched) -> None:
    """The evidence says what was not tried; with a GPU it holds CUDA's own message, and none is a failure."""
    ended, hang, core = watched
    without = {**ended, "fork after CUDA": Attempt("fork after CUDA", no_gpu=True)}
    assert "not observed, no GPU" in dataloader_workers.judge(without, hang, core).reported.evidence[-1].en
    loaded = {**ended, "fork after CUDA": Attempt("fork after CUDA", loaded=8)}
    with pytest.raises(EffectNotShown, match="should raise 'Cannot re-initialize CUDA"):
        dataloader_workers.judge(loaded, hang, core)


def test_no_verdict_without_the_effect(watched: Watched) -> None:
    """A DataLoader that ends, is merely slow, or hangs elsewhere fails the case."""
    ended, hang, core = watched
    with pytest.raises(EffectNotShown, match="should hang, and ended"):
        dataloader_workers.judge(ended, replace(hang, ended=True), core)
    with pytest.raises(EffectNotShown, match="should all sleep"):
        dataloader_workers.judge(ended, replace(hang, states=("S", "S", "R", "S")), core)
    with pytest.raises(EffectNotShown, match="slow, not hung"):
        dataloader_workers.judge(ended, replace(hang, cpu_s=1.0), core)
    with pytest.raises(EffectNotShown, match="hangs elsewhere"):
        dataloader_workers.judge(ended, replace(hang, worker_stack=("connection.py:_recv",)), core)
    with pytest.raises(EffectNotShown, match="spawn: should load 8 items"):
        dataloader_workers.judge({**ended, "spawn": Attempt("spawn", error="boom")}, hang, core)


def test_without_torch_the_case_is_skipped_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch is an extra: its absence is a reason to skip, not a verdict."""
    monkeypatch.setattr(needs, "find_spec", lambda _name: None)
    with pytest.raises(CaseSkipped, match=r"torch is not installed.*pip install torch") as caught:
        dataloader_workers.run(Options())
    in_both(caught.value)
