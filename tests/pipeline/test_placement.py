"""Stages that share a worker: the same output, nothing copied between them, and each is still blamed by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heygem_core.errors import Cause, JobCancelled, StageFailed, StageNeverReady
from heygem_core.pipeline import Item, Job, Liveness, Pipeline, Sink, Slot, Stage, Transform
from tests.pipeline.stages import Collect, Double, Numbers
from tests.pipeline.test_faults import LIVENESS, MANNERS

FRAMES = 21
APART = (("numbers",), ("double",), ("again",), ("collect",))
FUSED = (("numbers",), ("double", "again"), ("collect",))
BRIEF = {("double", "raise"), ("double", "hang"), ("again", "kill"), ("again", "stop")}
LONG = [("start", "raise"), ("start", "kill"), ("finish", "kill"), ("finish", "hang")]
PLACEMENTS = [APART, FUSED, (("numbers", "double"), ("again", "collect")), (("numbers", "double", "again", "collect"),)]


def four(placement: Sequence[Sequence[str]] | None, liveness: Liveness | None = None, **faults: Any) -> Pipeline:
    """Return a pipeline of four stages; ``faults`` maps a stage's name to (moment, manner) for its constructor."""
    kinds: Mapping[str, Any] = {"numbers": Numbers, "double": Double, "again": Double, "collect": Collect}
    stages: list[Stage] = []
    for name, kind in kinds.items():
        moment, manner = faults.get(name, ("", ""))
        stages.append(kind(name=name, moment=moment, manner=manner))
    return Pipeline(stages, slot_bytes=4096, liveness=liveness or LIVENESS, placement=placement)


def seen(pipeline: Pipeline) -> list[int]:
    """Run a healthy job and return what came out."""
    return list(pipeline.run({"frames": FRAMES, "faults": {}}).summaries["collect"]["seen"])


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_placement_does_not_change_what_comes_out(placement: Sequence[Sequence[str]]) -> None:
    """Every frame comes out once, in order, and every stage has its own statistics, in job after job."""
    with four(placement) as pipeline:
        for _ in range(2):
            result = pipeline.run({"frames": FRAMES})
            assert result.summaries["collect"]["seen"] == [4 * number for number in range(FRAMES)]
            assert [stage.frames for stage in result.statistics.stages] == [FRAMES] * 4
            assert all(stage.busy_s > 0 for stage in result.statistics.stages)
        assert len(set(pipeline._crew.pids())) == len(placement)


@pytest.mark.breaks
@pytest.mark.parametrize(
    ("stage", "manner"),
    [
        pytest.param(stage, manner, marks=[] if (stage, manner) in BRIEF else [pytest.mark.slow])
        for stage in ("double", "again")
        for manner in MANNERS
    ],
)
def test_a_fault_in_a_shared_worker_names_its_stage(stage: str, manner: str) -> None:
    """The error is of the stage at work; what has died or hung is replaced as one, everybody else keeps his process."""
    kind, cause, words = MANNERS[manner]
    with four(FUSED) as pipeline:
        pipeline.wait_ready()
        before = pipeline._crew.pids()
        with pytest.raises(StageFailed) as caught:
            pipeline.run({"frames": FRAMES, "faults": {(stage, "middle"): manner}})
        assert (type(caught.value), caught.value.stage, caught.value.cause) == (kind, stage, cause)
        assert words in str(caught.value)
        assert seen(pipeline) == [4 * number for number in range(FRAMES)]
        after = pipeline._crew.pids()
        assert (after[0], after[3]) == (before[0], before[3])
        assert (after[1] == before[1]) == (cause is Cause.RAISED)
        assert pipeline.statistics().restarts == (cause is not Cause.RAISED)


@pytest.mark.breaks
@pytest.mark.parametrize(
    ("moment", "manner"),
    [("start", "hang"), ("finish", "raise"), *(pytest.param(*cell, marks=pytest.mark.slow) for cell in LONG)],
)
def test_a_fault_at_the_ends_of_a_job_names_its_stage(moment: str, manner: str) -> None:
    """Neither the stage that has started or finished before it in the same worker is named, nor the one after it."""
    with four((("numbers", "double", "again", "collect"),)) as pipeline:
        with pytest.raises(StageFailed) as caught:
            pipeline.run({"frames": FRAMES, "faults": {("again", moment): manner}})
        assert (caught.value.stage, caught.value.cause) == ("again", MANNERS[manner][1])
        result = pipeline.run({"frames": FRAMES, "faults": {}})
        # Who had not begun, or had finished, is not told to abort; a new worker has aborted nothing.
        assert result.summaries["collect"]["aborted"] == (manner == "raise" and moment == "finish")


@pytest.mark.breaks
@pytest.mark.parametrize("stage", [pytest.param("double", marks=pytest.mark.slow), "again"])
def test_a_stage_that_does_not_open_is_named(stage: str) -> None:
    """One that opens well in the same worker, before or after it, is not blamed for it."""
    with four(FUSED, Liveness(ready_s=3.0), **{stage: ("open", "hang")}) as pipeline:
        with pytest.raises(StageNeverReady) as caught:
            pipeline.wait_ready()
        assert caught.value.stage == stage


@pytest.mark.breaks
@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGSTOP])
def test_a_shared_worker_that_ends_between_jobs_is_replaced(name: signal.Signals) -> None:
    """Killed or stopped while it waits: the next job is complete, or the one after an error that names its stages."""
    with four(FUSED) as pipeline:
        pipeline.wait_ready()
        os.kill(pipeline._crew.pids()[1], name)
        if name is signal.SIGSTOP:
            with pytest.raises(StageFailed) as caught:
                pipeline.run({"frames": FRAMES})
            assert caught.value.stage in {"double", "again"}
            assert caught.value.cause is Cause.STOPPED
        else:
            assert pipeline._crew.workers[2].wait_ended(10.0)
        assert seen(pipeline) == [4 * number for number in range(FRAMES)]


def test_a_cancelled_job_leaves_a_shared_worker_fit() -> None:
    """The job is dropped by all its stages, and the next one is complete in the same processes."""
    with four(FUSED) as pipeline:
        pipeline.wait_ready()
        before = pipeline._crew.pids()
        with pytest.raises(JobCancelled):
            pipeline.run({"frames": 10_000, "item_s": 0.01}, on_event=lambda _: pipeline.cancel())
        assert seen(pipeline) == [4 * number for number in range(FRAMES)]
        assert pipeline._crew.pids() == before


@dataclass
class Shares(Transform):
    """Has the numbers go on as they are, and tells where they lie."""

    name: str = "double"

    def start(self, job: Job) -> None:  # noqa: ARG002 - the signature is the engine's
        """Forget the job before."""
        self.places: set[int] = set()

    def process(self, item: Item, out: Slot) -> None:
        """Take note of the address, and pass the array on."""
        self.places.add(item["x"].__array_interface__["data"][0])
        out.share("x", item)

    def finish(self) -> Mapping[str, Any]:
        """Return the addresses."""
        return {"places": self.places}


@dataclass
class Writes(Sink):
    """Tries to write into what it was given."""

    name: str = "collect"

    def consume(self, item: Item) -> None:
        """Raise ValueError, as numpy does for a read-only array."""
        item["x"][0] = 1


@pytest.mark.parametrize("shared", [True, False])
def test_what_stages_of_a_worker_share_is_not_copied(*, shared: bool) -> None:
    """The second stage reads the first one's own array; in a worker of its own it reads a copy."""
    stages: list[Stage] = [Numbers(), Shares(), Shares(name="again"), Collect()]
    placement = FUSED if shared else APART
    with Pipeline(stages, slot_bytes=4096, placement=placement) as pipeline:
        result = pipeline.run({"frames": FRAMES})
    assert result.summaries["collect"]["seen"] == list(range(FRAMES))
    first, second = (result.summaries[name]["places"] for name in ("double", "again"))
    assert (first == second) == shared


@pytest.mark.breaks
def test_what_was_shared_does_not_keep_a_replaced_channel() -> None:
    """Once the neighbour before it is replaced, a shared worker has the new channel mapped and not the old one too."""
    stages: list[Stage] = [Numbers(), Shares(), Shares(name="again"), Collect()]
    with Pipeline(stages, slot_bytes=4096, placement=FUSED) as pipeline:
        pipeline.run({"frames": FRAMES})
        shared = Path(f"/proc/{pipeline._crew.pids()[1]}/maps")
        before = shared.read_text().count("/memfd:heygem-channel")
        os.kill(pipeline._crew.pids()[0], signal.SIGKILL)
        assert pipeline._crew.workers[0].wait_ended(10.0)
        with pytest.raises(StageFailed):
            pipeline.run({"frames": FRAMES, "faults": {("numbers", "start"): "raise"}})
        assert shared.read_text().count("/memfd:heygem-channel") == before


@pytest.mark.breaks
@pytest.mark.parametrize("placement", [(("numbers",), ("collect",)), (("numbers", "collect"),)])
def test_what_a_stage_is_given_is_read_only(placement: Sequence[Sequence[str]]) -> None:
    """Whether or not the one before is in the same worker."""
    with (
        Pipeline([Numbers(), Writes()], slot_bytes=4096, placement=placement) as pipeline,
        pytest.raises(StageFailed, match="read-only") as caught,
    ):
        pipeline.run({"frames": FRAMES})
    assert caught.value.stage == "collect"


@pytest.mark.breaks
@pytest.mark.parametrize("placement", [(("numbers",), ("collect",)), (("numbers", "collect"),)])
def test_what_does_not_fit_into_a_slot_fits_nowhere(placement: Sequence[Sequence[str]]) -> None:
    """A job that works in one placement works in all: the limit is the same from hand to hand."""
    with (
        Pipeline([Numbers(batch=64), Collect()], slot_bytes=4096, placement=placement) as pipeline,
        pytest.raises(StageFailed, match="the slot has 4096") as caught,
    ):
        pipeline.run({"frames": 64})
    assert caught.value.stage == "numbers"


@pytest.mark.parametrize("placement", [(("numbers",),), (("collect",), ("numbers",)), (("numbers", "collect"), ())])
def test_a_placement_that_is_none_is_refused(placement: Sequence[Sequence[str]]) -> None:
    """A stage left out, another order, a worker without stages."""
    with pytest.raises(ValueError, match="adjacent stages, in order"):
        Pipeline([Numbers(), Collect()], slot_bytes=4096, placement=placement)
