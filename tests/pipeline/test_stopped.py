"""A stopped worker is named as stopped after the floor, whatever it was doing and however long that may take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest

from heygem_core.errors import Cause, StageRaised, StageStalled
from heygem_core.pipeline import Liveness, Pipeline, Stage
from heygem_core.pipeline.liveness import Watch
from heygem_core.pipeline.page import ROW_WORDS, Reading, State
from tests.pipeline.misfits import bounded, pipeline_of
from tests.pipeline.stages import Collect, Double, Numbers

PATIENT = Liveness(floor_s=0.5, ready_s=1000.0, first_s=1000.0, finish_s=1000.0)


@pytest.mark.breaks
@pytest.mark.parametrize(("moment", "state"), [("open", "opening"), ("finish", "finishing")])
def test_a_worker_stopped_where_it_has_long_is_named_after_the_floor(moment: str, state: str) -> None:
    """The budgets for a cold start and for the end of a job are for work, and a stopped process does none."""
    stages: list[Stage] = [Numbers(), Double(moment=moment, manner="stop"), Collect()]
    with (
        Pipeline(stages, slot_bytes=4096, liveness=PATIENT) as pipeline,
        bounded(pipeline),
        pytest.raises(StageStalled, match=rf"while {state}.*\(budget 0\.5 s\)") as caught,
    ):
        pipeline.run({"frames": 10})
    assert (caught.value.stage, caught.value.cause) == ("double", Cause.STOPPED)


@pytest.mark.breaks
def test_a_worker_stopped_before_its_interpreter_is_up_is_named_after_the_floor() -> None:
    """So early that the worker has not even said that it opens."""
    with pipeline_of(liveness=PATIENT) as pipeline:
        os.kill(pipeline._crew.workers[1].pid, signal.SIGSTOP)
        with bounded(pipeline), pytest.raises(StageStalled, match="while launched") as caught:
            pipeline.run({"frames": 10})
        assert (caught.value.stage, caught.value.cause) == ("double", Cause.STOPPED)


@pytest.mark.breaks
def test_a_worker_stopped_at_a_job_that_failed_is_replaced_before_the_next() -> None:
    """The next job does not wait for the budget of who cannot say that it has dropped the last one."""
    with pipeline_of(liveness=PATIENT) as pipeline:
        pipeline.wait_ready()
        stop = f"os.kill({pipeline._crew.pids()[2]}, signal.SIGSTOP); raise ValueError"
        with pytest.raises(StageRaised):
            pipeline.run({"frames": 10, "code": {"process": stop}})
        with bounded(pipeline):
            result = pipeline.run({"frames": 10})
        assert [stage.restarts for stage in result.statistics.stages] == [0, 0, 1]


@pytest.mark.breaks
def test_a_worker_that_cannot_hear_is_replaced_before_the_next_job() -> None:
    """A stage that leaves a thread behind which never gives the interpreter back: idle by its state, deaf in fact."""
    deaf = (
        "import ctypes\n"
        "hold = threading.Timer(0.05, ctypes.PyDLL(None).sleep, (1000,)); hold.daemon = True\n"
        "if item.first == 2: hold.start()"
    )
    with pipeline_of(liveness=PATIENT) as pipeline:
        pipeline.wait_ready()
        job = {"frames": 4, "code": {"process": deaf}, "faults": {("collect", "middle"): "hang"}}
        with pytest.raises(StageStalled) as caught:
            pipeline.run(job)
        assert caught.value.stage == "collect"
        with bounded(pipeline):
            result = pipeline.run({"frames": 10, "faults": {}})
        assert [stage.restarts for stage in result.statistics.stages] == [0, 1, 1]


def test_a_traced_process_is_not_taken_for_a_stopped_one() -> None:
    """A tracer stops a process at every call: stopped whenever one looks, and yet it gets on."""
    words = np.zeros(ROW_WORDS, np.int64)
    words[1] = State.OPENING
    watch = Watch(PATIENT, [0], 4, 0.0)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as child:
        process = psutil.Process(child.pid)
        for step in range(12):
            before = process.cpu_times().user
            while process.cpu_times().user == before:
                pass
            child.send_signal(signal.SIGSTOP)
            while process.status() != psutil.STATUS_STOPPED:
                pass
            now = step * 0.2
            watch.timeout([Reading(words)], now, {0})
            assert watch.look([Reading(words)], [child.pid], now + 0.01, {0}) is None
            child.send_signal(signal.SIGCONT)
        child.kill()
