"""Faults at the seams: between jobs, and between a stage and its engine."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from heygem_core.errors import Cause, StageExited, StageFailed, StageRaised, StageStalled
from heygem_core.pipeline import Liveness, Pipeline, Stage
from tests.pipeline.misfits import LIVENESS, Misfit, Poisoned, bounded, pipeline_of
from tests.pipeline.stages import Collect


@pytest.mark.breaks
@pytest.mark.parametrize("moment", ["idle", "waiting"])
def test_a_worker_stopped_while_it_waits_is_found(moment: str) -> None:
    """SIGSTOP on a worker that is idle or waits for input ends the job with `StageStalled`, stopped, not in a hang."""
    with pipeline_of() as pipeline:
        pipeline.wait_ready()
        stop = threading.Timer(0.5, os.kill, (pipeline._crew.workers[2].pid, signal.SIGSTOP))
        stop.start()
        if moment == "idle":
            stop.join()
        with bounded(pipeline), pytest.raises(StageStalled) as caught:
            pipeline.run({"frames": 400, "item_s": 0.02})
        stop.join()
    assert (caught.value.stage, caught.value.cause) == ("collect", Cause.STOPPED)


@pytest.mark.breaks
def test_a_heavier_job_after_light_ones_is_not_a_stall() -> None:
    """What a stage took in earlier jobs does not shorten its deadline in this one: its first item counts."""
    with pipeline_of(liveness=Liveness(floor_s=0.3)) as pipeline:
        pipeline.run({"frames": 60})
        assert pipeline.run({"frames": 6, "item_s": 0.8}).frames == 6


@pytest.mark.breaks
@pytest.mark.parametrize("abort", ["time.sleep(1000)", "os._exit(7)"])
def test_a_failing_abort_does_not_hide_the_error(abort: str) -> None:
    """The error that broke the job is the one reported, whatever ``abort`` does after it."""
    code = {"process": "raise ValueError('the real reason')", "abort": abort}
    with pipeline_of() as pipeline, pytest.raises(StageRaised, match="the real reason"):
        pipeline.run({"frames": 4, "code": code})


@pytest.mark.breaks
@pytest.mark.parametrize("code", [{"process": "raise Homeless"}, {"summary": "yes"}])
def test_what_cannot_be_unpickled_here_is_still_the_stages_failure(code: dict[str, str]) -> None:
    """An exception or summary whose class exists only in the worker fails the job as `StageRaised`."""
    with pipeline_of() as pipeline, pytest.raises(StageRaised) as caught:
        pipeline.run({"frames": 4, "code": code})
    assert caught.value.stage == "double"


@pytest.mark.breaks
def test_metadata_that_cannot_be_unpickled_fails_its_own_job_only() -> None:
    """Its slots come back and its tokens are dropped: job after job succeeds."""
    stages: list[Stage] = [Poisoned(), Misfit(), Collect()]
    with Pipeline(stages, slot_bytes=4096, liveness=LIVENESS) as pipeline:
        for _ in range(5):
            with bounded(pipeline), pytest.raises(StageRaised):
                pipeline.run({"frames": 20, "poison": True})
            with bounded(pipeline):
                assert pipeline.run({"frames": 20}).frames == 20


@pytest.mark.breaks
def test_a_stage_that_cannot_exit_is_blamed_and_not_its_neighbour() -> None:
    """A stage that calls ``sys.exit`` while a thread of its own keeps the process alive is the culprit."""
    code = "threading.Thread(target=time.sleep, args=(1000,)).start(); sys.exit(3)"
    liveness = Liveness(floor_s=0.3, first_s=2.0)
    with pipeline_of(liveness=liveness) as pipeline, pytest.raises(StageFailed) as caught:
        pipeline.run({"frames": 400, "code": {"process": code}})
    assert caught.value.stage == "double"


@pytest.mark.breaks
def test_a_worker_killed_while_it_sends_is_an_exit() -> None:
    """Death in the middle of a message is `StageExited`; here the message never gets its second half."""
    code = "os.write(int(sys.argv[2]), b'\\x00\\x00\\x10\\x00half a message'); os.kill(os.getpid(), signal.SIGKILL)"
    with pipeline_of() as pipeline, pytest.raises(StageExited, match="SIGKILL"):
        pipeline.run({"frames": 4, "code": {"process": code}})


@pytest.mark.breaks
def test_the_trace_holds_its_own_job_only(tmp_path: Path) -> None:
    """What a failed job left in the recorders does not appear in the next job's trace."""
    path = tmp_path / "trace.json"
    with pipeline_of(trace=path) as pipeline:
        with pytest.raises(StageRaised):
            pipeline.run({"frames": 40, "code": {"process": "if item.first > 30: raise ValueError"}})
        pipeline.run({"frames": 4})
    events = json.loads(path.read_text())["traceEvents"]
    assert sum(event["name"] == "working" and event["tid"] == 1 for event in events) == 2
