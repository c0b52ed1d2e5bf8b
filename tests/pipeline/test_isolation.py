"""What one job or one pipeline does wrong is no other's business."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from heygem_core.errors import JobCancelled, StageFailed, StageRaised
from heygem_core.pipeline import Pipeline, Stage
from tests.pipeline.misfits import LIVENESS, Misfit, bounded, pipeline_of
from tests.pipeline.stages import Collect, Double, Numbers

FRAMES = 21
EXPECTED = list(range(0, 2 * FRAMES, 2))


def plain() -> Pipeline:
    """Return a healthy pipeline."""
    stages: list[Stage] = [Numbers(), Double(), Collect()]
    return Pipeline(stages, slot_bytes=4096, liveness=LIVENESS)


def misbehave() -> None:
    """Make a pipeline and have everything go wrong in it: faults, cancels, a death between jobs, and its end."""
    for manner in ("raise", "kill"):
        with plain() as pipeline:
            with pytest.raises(StageFailed):
                pipeline.run({"frames": FRAMES, "faults": {("double", "middle"): manner}})
            with pytest.raises(JobCancelled):
                pipeline.run({"frames": 10**6, "faults": {}}, on_event=lambda _: pipeline.cancel())
            signal.pidfd_send_signal(pipeline._crew.workers[0].pidfd, signal.SIGKILL)


@pytest.mark.breaks
def test_faults_cancels_and_ends_of_one_pipeline_do_not_disturb_another() -> None:
    """While a pipeline in another thread breaks in every way, this one's jobs are complete and its workers the same."""
    other = threading.Thread(target=misbehave)
    jobs = 0
    with plain() as pipeline:
        pipeline.wait_ready()
        pids = pipeline._crew.pids()
        other.start()
        while other.is_alive():
            assert pipeline.run({"frames": FRAMES, "item_s": 0.002}).summaries["collect"]["seen"] == EXPECTED
            jobs += 1
        assert pipeline._crew.pids() == pids
    other.join()
    assert jobs > 3


@pytest.mark.breaks
def test_a_job_of_one_pipeline_within_a_job_of_another() -> None:
    """Two pipelines in one program and one thread: each has its own jobs, its own faults and its own cancels."""
    with plain() as outer, plain() as inner:
        inner.wait_ready()
        told: list[object] = []

        def run_inner(_: object) -> None:
            if told:
                return
            with pytest.raises(JobCancelled):
                inner.run({"frames": 10**6}, on_event=lambda _: inner.cancel())
            with pytest.raises(StageRaised) as caught:
                inner.run({"frames": FRAMES, "faults": {("collect", "middle"): "raise"}})
            told.append(caught.value.stage)
            told.append(inner.run({"frames": FRAMES, "faults": {}}).summaries["collect"]["seen"])

        result = outer.run({"frames": 200, "item_s": 0.01}, on_event=run_inner)
    assert result.summaries["collect"]["seen"] == list(range(0, 400, 2))
    assert told == ["collect", EXPECTED]


@pytest.mark.breaks
@pytest.mark.parametrize("slots", [1, 4])
def test_frames_of_a_failed_job_are_dropped_and_their_slots_come_back(slots: int) -> None:
    """A job that fails with every slot full of its frames leaves the next one its own frames and all of the slots."""
    with pipeline_of(slots=slots) as pipeline, bounded(pipeline):
        for _ in range(3):
            with pytest.raises(StageRaised):
                pipeline.run({"frames": 200, "faults": {("collect", "middle"): "raise"}})
            result = pipeline.run({"frames": 200, "item_s": 0.001, "faults": {}})
            assert result.summaries["collect"]["seen"] == list(range(0, 400, 2))
            assert result.statistics.stages[0].peak_slots == slots
            assert result.statistics.restarts == 0


LATE = """
import pickle, struct
from heygem_core.pipeline.messages import Aborted, Finished
for late in (Finished(1, 0, pickle.dumps({})), Aborted(1)):
    data = pickle.dumps(late)
    os.write(int(sys.argv[2]), struct.pack("!i", len(data)) + data)
"""


def test_a_late_reply_to_the_last_job_is_not_taken_for_one_to_this() -> None:
    """Answers that bear the last job's number, come while this one runs, neither complete it nor drop it."""
    with pipeline_of() as pipeline, bounded(pipeline):
        pipeline.run({"frames": 2})
        code = {"process": f"if item.first == 8:{LATE.replace(chr(10), chr(10) + ' ')}"}
        result = pipeline.run({"frames": FRAMES, "code": code})
        assert result.summaries["collect"]["seen"] == EXPECTED
        assert result.summaries["double"]["pid"] == pipeline._crew.pids()[1]


@pytest.mark.breaks
def test_a_replaced_worker_tells_what_its_start_cost() -> None:
    """The statistics say which worker was replaced how often, and how long the present one took to be open."""
    stages: list[Stage] = [Numbers(), Misfit(open_s=0.3), Collect()]
    with Pipeline(stages, slot_bytes=4096, liveness=LIVENESS) as pipeline:
        assert [stage.startup_s for stage in pipeline.statistics().stages] == [None] * 3
        first = pipeline.run({"frames": 2}).statistics.stages
        assert all(stage.restarts == 0 and stage.startup_s for stage in first)
        os.kill(pipeline._crew.pids()[1], signal.SIGKILL)
        assert pipeline._crew.workers[1].wait_ended(10.0)
        second = pipeline.run({"frames": 2}).statistics.stages
        assert [stage.restarts for stage in second] == [0, 1, 0]
        assert second[1].startup_s is not None
        assert second[1].startup_s > 0.3
        assert second[1].startup_s != first[1].startup_s
        assert [second[0].startup_s, second[2].startup_s] == [first[0].startup_s, first[2].startup_s]
