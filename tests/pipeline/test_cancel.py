"""A job that is cancelled or interrupted is gone when the caller hears of it, whatever its stages were doing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from heygem_core.errors import JobCancelled
from heygem_core.pipeline import Liveness, Pipeline, Stage, liveness
from heygem_core.pipeline import pipeline as engine
from heygem_core.pipeline.page import State
from tests.pipeline.stages import Collect, Double, Numbers
from tests.runtime import unheard

PATIENT = Liveness(floor_s=1000.0, first_s=1000.0)
"""So long that only the cancel can end what these jobs do."""
SOON_S = 20.0
"""Within half a second on a machine with time to spare, see ``bench/test_fault_cancel.py``; these run on busy ones."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the workers more time to answer: a busy machine may need longer to wake them than the engine waits."""
    monkeypatch.setattr(engine, "_CANCEL_PATIENCE_S", 1.0)


def pipeline_of(max_restarts: int = 3) -> Pipeline:
    """Return a pipeline that waits for ever, by its own deadlines."""
    stages: list[Stage] = [Numbers(), Double(), Collect()]
    return Pipeline(stages, slot_bytes=4096, liveness=PATIENT, max_restarts=max_restarts)


class Explosion(Exception):
    """What the caller's own code raises."""


def explode() -> None:
    """Fail in the caller's callback."""
    raise Explosion


def end_once_at_work(pipeline: Pipeline, how: str, item_s: float) -> None:
    """Run a job, end it in the way of ``how`` while its second stage is at an item, and check how that came out."""
    ends: dict[str, tuple[type[BaseException], Callable[[], object]]] = {
        "cancel": (JobCancelled, pipeline.cancel),
        "interrupt": (KeyboardInterrupt, lambda: os.kill(os.getpid(), signal.SIGINT)),
        "callback": (Explosion, explode),
    }
    kind, end = ends[how]
    began: list[float] = []

    def at_work(_: object) -> None:
        if not began and pipeline._crew.readings()[1].state is State.WORKING:
            began.append(time.monotonic())
            end()

    with pytest.raises(kind):
        pipeline.run({"frames": 10**6, "item_s": item_s}, on_event=at_work)
    assert time.monotonic() - began[0] < SOON_S


@pytest.mark.breaks
@pytest.mark.parametrize("how", ["cancel", "interrupt"])
def test_a_stage_amid_an_item_that_takes_long_does_not_keep_a_cancelled_job(how: str) -> None:
    """The one worker that cannot drop the job is ended, nobody else, and the next job finds it replaced."""
    with pipeline_of() as pipeline:
        before = pipeline.run({"frames": 2})
        end_once_at_work(pipeline, how, 1000.0)
        assert [worker.alive() for worker in pipeline._crew.workers] == [True, False, True]
        after = pipeline.run({"frames": 21})
        assert after.summaries["collect"]["seen"] == list(range(0, 42, 2))
        assert after.summaries["collect"]["pid"] == before.summaries["collect"]["pid"]
        assert [stage.restarts for stage in after.statistics.stages] == [0, 1, 0]


@pytest.mark.breaks
def test_a_signal_that_comes_just_before_the_caller_waits_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C that the caller's thread was not told of, for it sleeps in the kernel, ends the job all the same."""
    monkeypatch.setattr(liveness, "TICK_S", 1000.0)
    with pipeline_of() as pipeline:
        pipeline.wait_ready()
        began = time.monotonic()
        sender = unheard.send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            pipeline.run({"frames": 10**6, "item_s": 1000.0})
        sender.join()
        assert time.monotonic() - began < SOON_S
        assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize("how", ["cancel", "interrupt", "callback"])
def test_workers_that_drop_a_cancelled_job_at_once_are_kept(how: str) -> None:
    """No worker is replaced, and none still owes an answer for the job when the caller hears that it has ended."""
    with pipeline_of() as pipeline:
        pipeline.wait_ready()
        end_once_at_work(pipeline, how, 0.005)
        assert pipeline._recovery.busy() == set()
        after = pipeline.run({"frames": 21})
        assert after.summaries["collect"]["seen"] == list(range(0, 42, 2))
        assert after.summaries["collect"]["aborted"] == 1
        assert after.statistics.restarts == 0


@pytest.mark.breaks
def test_cancelling_is_no_sign_of_a_broken_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a slow stage is cut short, its replacements do not count as restarts in a row."""
    monkeypatch.setattr(engine, "_CANCEL_PATIENCE_S", 0.3)
    with pipeline_of(max_restarts=1) as pipeline:
        pipeline.wait_ready()
        for _ in range(2):
            end_once_at_work(pipeline, "cancel", 1000.0)
        assert pipeline.run({"frames": 4}).statistics.restarts >= 2


@pytest.mark.breaks
def test_closing_does_not_wait_for_a_stage_that_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the seconds of a cold start ends the program at once, not after the grace for those who can hear it."""
    monkeypatch.setattr(engine, "_CLOSE_GRACE_S", 1000.0)
    stages: list[Stage] = [Numbers(), Double(open_s=1000.0), Collect()]
    pipeline = Pipeline(stages, slot_bytes=4096, liveness=PATIENT)
    interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        pipeline.run({"frames": 4})
    pipeline.close()
    interrupt.join()
    assert time.monotonic() - began < SOON_S
