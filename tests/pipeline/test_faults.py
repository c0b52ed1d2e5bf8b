"""Each fault, at each stage, at each moment, is one error that names stage and cause; the next job succeeds."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from heygem_core.errors import (
    BadInput,
    Cause,
    PipelineBroken,
    StageExited,
    StageFailed,
    StageNeverReady,
    StageRaised,
    StageStalled,
)
from heygem_core.pipeline import Liveness, Pipeline, Stage
from tests.pipeline.stages import Collect, Double, Numbers

LIVENESS = Liveness(floor_s=0.5, factor=20.0, ready_s=20.0, first_s=0.6, finish_s=0.6)
"""A short floor keeps the hanging cells short."""
FRAMES = 21
EXPECTED = list(range(0, 2 * FRAMES, 2))

STAGES = ("numbers", "double", "collect")
MANNERS = {
    "raise": (StageRaised, Cause.RAISED, "ValueError: deliberate"),
    "unpicklable": (StageRaised, Cause.RAISED, "LocalError: cannot cross as itself"),
    "exit-0": (StageExited, Cause.WORKER_DIED, "exited with code 0"),
    "exit-3": (StageExited, Cause.WORKER_DIED, "exited with code 3"),
    "kill": (StageExited, Cause.WORKER_DIED, "was killed by SIGKILL (9)"),
    "segfault": (StageExited, Cause.WORKER_DIED, "was killed by SIGSEGV (11)"),
    "hang": (StageStalled, Cause.WEDGED, "no progress for"),
    "spin": (StageStalled, Cause.SPINNING, "no progress for"),
    "stop": (StageStalled, Cause.STOPPED, "no progress for"),
}


BRIEF = ("raise", "exit-0", "kill", "hang")
OUTER = pytest.mark.slow
"""The ends of the pipeline at the ends of a job; the fault table's sample has some of these, in the real pipeline."""
CELLS = [(stage, "middle", manner) for stage in STAGES for manner in MANNERS] + [
    pytest.param(stage, moment, manner, marks=[] if stage == "double" else [OUTER])
    for stage in STAGES
    for moment in ("start", "finish")
    for manner in BRIEF
]


def pipeline_of(liveness: Liveness = LIVENESS, **faults: tuple[str, str]) -> Pipeline:
    """Return a pipeline; ``faults`` maps a stage name to (moment, manner) for its constructor."""
    kinds = {"numbers": Numbers, "double": Double, "collect": Collect}
    stages = []
    for name, kind in kinds.items():
        moment, manner = faults.get(name, ("", ""))
        stages.append(kind(moment=moment, manner=manner))
    return Pipeline(stages, slot_bytes=4096, liveness=liveness)


def wait_until_gone(pid: int) -> None:
    """Return after the deadline if the process is still there; raises ProcessLookupError once it is gone."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        threading.Event().wait(0.01)


@pytest.mark.breaks
@pytest.mark.parametrize(("stage", "moment", "manner"), CELLS)
def test_fault(stage: str, moment: str, manner: str) -> None:
    """The error has the right class, stage, cause and words, and the next job's output is complete."""
    kind, cause, words = MANNERS[manner]
    with pipeline_of() as pipeline:
        with pytest.raises(StageFailed) as caught:
            pipeline.run({"frames": FRAMES, "faults": {(stage, moment): manner}})
        assert type(caught.value) is kind
        assert (caught.value.stage, caught.value.cause) == (stage, cause)
        assert words in caught.value.detail
        again = pipeline.run({"frames": FRAMES, "faults": {}})
        assert again.summaries["collect"]["seen"] == EXPECTED


@pytest.mark.breaks
@pytest.mark.parametrize(
    ("stage", "manner"),
    [
        pytest.param(stage, manner, marks=[OUTER] if manner == "hang" and stage != "double" else [])
        for stage in STAGES
        for manner in BRIEF
    ],
)
def test_fault_in_open(stage: str, manner: str) -> None:
    """A stage that fails while it opens is named before any job starts; one that never returns is never ready."""
    liveness = Liveness(ready_s=2.0) if manner == "hang" else LIVENESS
    with pipeline_of(liveness, **{stage: ("open", manner)}) as pipeline:
        with pytest.raises(StageFailed) as caught:
            pipeline.wait_ready()
        assert caught.value.stage == stage
        if manner == "hang":
            assert type(caught.value) is StageNeverReady
            assert caught.value.cause is Cause.NEVER_READY
        else:
            assert (type(caught.value), caught.value.cause) == MANNERS[manner][:2]


@pytest.mark.breaks
def test_an_interpreter_that_hangs_before_it_reaches_the_stage_is_never_ready(tmp_path: Path) -> None:
    """A hang in the interpreter's own start-up (site customisation) ends in the same error, not in a wait."""
    (tmp_path / "sitecustomize.py").write_text("import select; select.select([], [], [])\n")
    stages: list[Stage] = [Numbers(), Collect()]
    environment = {"PYTHONPATH": str(tmp_path)}
    with (
        Pipeline(stages, slot_bytes=4096, liveness=Liveness(ready_s=1.0), environment=environment) as pipeline,
        pytest.raises(StageNeverReady, match="not ready after"),
    ):
        pipeline.run({"frames": 1})


@pytest.mark.breaks
def test_asking_a_dead_worker_for_its_stacks_returns() -> None:
    """A worker that dies while it is asked for evidence gives what it wrote, at once; the asker never hangs."""
    with pipeline_of() as pipeline:
        pipeline.wait_ready()
        worker = pipeline._crew.workers[1]
        os.kill(worker.pid, signal.SIGKILL)
        worker._ended = False
        assert isinstance(worker.stacks(0.5), str)


@pytest.mark.breaks
def test_a_worker_that_never_opens_is_given_up_after_three_restarts() -> None:
    """The number of restarts without a completed job in between is bounded, and the final error says so."""
    with pipeline_of(double=("open", "raise")) as pipeline:
        for _ in range(4):
            with pytest.raises(StageRaised):
                pipeline.run({"frames": 1})
        with pytest.raises(PipelineBroken, match="gave up after 3 restarts in a row, last of: double"):
            pipeline.run({"frames": 1})
        assert pipeline.statistics().restarts >= 3


@pytest.mark.breaks
def test_only_the_dead_worker_is_replaced() -> None:
    """Neighbours of a killed worker keep their process, and with it what they loaded."""
    with pipeline_of() as pipeline:
        before = pipeline.run({"frames": FRAMES})
        with pytest.raises(StageExited):
            pipeline.run({"frames": FRAMES, "faults": {("double", "middle"): "kill"}})
        after = pipeline.run({"frames": FRAMES, "faults": {}})
        assert after.summaries["collect"]["pid"] == before.summaries["collect"]["pid"]
        assert after.summaries["double"]["pid"] != before.summaries["double"]["pid"]
        assert after.statistics.restarts == 1


@pytest.mark.breaks
def test_the_last_words_of_a_killed_worker_are_in_the_evidence() -> None:
    """What a worker printed on stderr just before it died comes with the error."""
    with pipeline_of() as pipeline, pytest.raises(StageExited) as caught:
        pipeline.run({"frames": FRAMES, "faults": {("double", "middle"): "print-and-kill"}})
    assert "it printed: last words" in caught.value.evidence


@pytest.mark.breaks
def test_a_wedged_stage_comes_with_its_python_stack_and_its_victims() -> None:
    """Evidence of a hang: where the culprit's Python code stands, and what the others wait for."""
    with pipeline_of() as pipeline, pytest.raises(StageStalled) as caught:
        pipeline.run({"frames": FRAMES, "faults": {("double", "middle"): "hang"}})
    text = "\n".join(caught.value.evidence)
    assert "stages.py" in text
    assert "stage 'collect' is waiting for input" in text


@pytest.mark.breaks
def test_an_error_of_the_users_file_keeps_its_class_and_cause() -> None:
    """`BadInput` raised in a worker stays recognisable: cause bad-input, the sentence unchanged."""
    with pipeline_of() as pipeline, pytest.raises(StageRaised) as caught:
        pipeline.run({"frames": FRAMES, "faults": {("numbers", "start"): "bad-input"}})
    assert caught.value.cause is Cause.BAD_INPUT
    assert caught.value.detail == "the file is deliberate nonsense"
    assert isinstance(caught.value.__cause__, BadInput)


@pytest.mark.breaks
def test_a_worker_killed_between_jobs_is_found_and_replaced() -> None:
    """A worker that dies while nobody is looking fails no job: the next one finds it replaced."""
    with pipeline_of() as pipeline:
        pid = pipeline.run({"frames": 1}).summaries["double"]["pid"]
        os.kill(pid, signal.SIGKILL)
        # Until the kernel is done with it, the next job would still count on it.
        assert pipeline._crew.workers[1].wait_ended(10.0)
        result = pipeline.run({"frames": FRAMES})
        assert result.summaries["collect"]["seen"] == EXPECTED
        assert result.statistics.restarts == 1


@pytest.mark.breaks
@pytest.mark.parametrize("stage", ["numbers", "double"])
def test_the_sink_completes_nothing_after_an_earlier_stage_refused_to_finish(stage: str) -> None:
    """A stage that finds in ``finish`` that the job is no good is heard before the sink's ``finish`` runs."""
    with pipeline_of() as pipeline:
        with pytest.raises(StageRaised):
            pipeline.run({"frames": FRAMES, "faults": {(stage, "finish"): "raise"}})
        assert pipeline.run({"frames": 1, "faults": {}}).summaries["collect"]["finished"] == 1


@pytest.mark.breaks
def test_what_a_dead_worker_had_started_is_ended_too() -> None:
    """A process that a stage had started does not outlive its worker, even if the worker was killed."""
    with pipeline_of() as pipeline, pytest.raises(StageExited) as caught:
        pipeline.run({"frames": FRAMES, "faults": {("double", "middle"): "leave-child-and-kill"}})
    (line,) = [line for line in caught.value.evidence if "child" in line and "printed" in line]
    with pytest.raises(ProcessLookupError):
        wait_until_gone(int(line.split()[-1]))
