"""How a worker ended is told at once, and truthfully, whatever else happens to its process."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from heygem_core.errors import StageExited, StageFailed, StageRaised
from heygem_core.pipeline import Pipeline, Stage, launcher
from heygem_core.pipeline import pipeline as engine
from tests.pipeline.misfits import LIVENESS, bounded, pipeline_of
from tests.pipeline.stages import Collect, Double, Numbers

EVERLASTING = "import atexit; atexit.register(time.sleep, 1000); "
"""An interpreter that winds up for ever: native libraries' handlers take their time, and may hang."""


@pytest.mark.breaks
@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("sys.exit()", "exited with code 0"),
        ("sys.exit(3)", "exited with code 3"),
        ("sys.exit('no licence')", "exited with code 1"),
        ("raise KeyboardInterrupt", "was killed by SIGINT (2)"),
        ("raise GeneratorExit", "exited with code 1"),
    ],
)
def test_an_exit_is_known_before_the_interpreter_has_wound_up(code: str, how: str) -> None:
    """What ends the worker is told with its exit code and its traceback while its process is still ending."""
    with pipeline_of() as pipeline, bounded(pipeline):
        with pytest.raises(StageExited) as caught:
            pipeline.run({"frames": 20, "code": {"process": EVERLASTING + code}})
        assert caught.value.stage == "double"
        assert f"its process {how} while working at frame 0" in caught.value.detail
        assert any("misfits.py" in line and "in process" in line for line in caught.value.evidence)
        assert pipeline.run({"frames": 4}).frames == 4


@pytest.mark.breaks
def test_an_exit_status_that_somebody_else_took_is_not_made_up() -> None:
    """In a program that waits for just any child, a killed worker is not said to have exited with code 0."""
    with pipeline_of() as pipeline:
        pipeline.wait_ready()
        victim = pipeline._crew.workers[1].pid

        def kill_and_reap(_: object) -> None:
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)

        with pytest.raises(StageExited, match="how is not known") as caught:
            pipeline.run({"frames": 400, "item_s": 0.02}, on_event=kill_and_reap)
        assert caught.value.stage == "double"
        assert pipeline.run({"frames": 4}).frames == 4


@pytest.mark.breaks
def test_a_program_that_ignores_its_childrens_ends_still_learns_of_them() -> None:
    """With SIGCHLD ignored the kernel keeps no exit status: the death is noticed, and how it came is not made up."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with pipeline_of() as pipeline:
            with pytest.raises(StageExited, match="how is not known"):
                pipeline.run({"frames": 20, "code": {"process": "os.kill(os.getpid(), signal.SIGKILL)"}})
            assert pipeline.run({"frames": 4}).frames == 4
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.breaks
@pytest.mark.parametrize("written", ["b'\\x00\\x00\\x00\\x05hello'", "b'\\x00\\x00\\x00\\x04N.??'"])
def test_what_is_no_message_in_the_control_socket_is_its_stages_fault(written: str) -> None:
    """A library that writes to a descriptor that is not its own breaks its own stage, and says so."""
    with pipeline_of() as pipeline, bounded(pipeline):
        with pytest.raises(StageRaised, match="control socket") as caught:
            pipeline.run({"frames": 20, "code": {"process": f"os.write(int(sys.argv[2]), {written})"}})
        assert caught.value.stage == "double"
        assert pipeline.run({"frames": 4}).frames == 4


@pytest.mark.breaks
def test_stacks_that_somebody_else_asks_for_do_not_block_the_worker() -> None:
    """A thousand requests that nobody reads the answers of fill the pipe for stacks, and the job is complete."""
    with pipeline_of() as pipeline, bounded(pipeline):
        pipeline.wait_ready()
        asked = "for _ in range(1000): os.kill(os.getpid(), signal.SIGUSR2)"
        assert pipeline.run({"frames": 4, "code": {"process": f"if item.first == 0:\n {asked}"}}).frames == 4
        # And what they left is not taken for an answer.
        assert pipeline._crew.workers[1].stacks(20.0).count("Current thread") == 1


def test_a_signal_that_the_callers_thread_blocks_is_not_blocked_in_its_workers() -> None:
    """A worker answers the request for its stacks although the launcher's thread was made by one that blocks all."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})
    tasks, launcher._tasks = launcher._tasks, None
    try:
        with pipeline_of() as pipeline:
            pipeline.wait_ready()
            assert "Current thread" in pipeline._crew.workers[1].stacks(20.0)
    finally:
        launcher._tasks = tasks
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.breaks
@pytest.mark.parametrize(("moment", "manner"), [("middle", "exit-3"), ("middle", "kill"), ("open", "raise")])
def test_a_broken_worker_is_reaped_before_its_error_is_told(moment: str, manner: str) -> None:
    """No <defunct> process is left for as long as the caller has no other job."""
    stages: list[Stage] = [Numbers(), Double(moment=moment, manner=manner), Collect()]
    with Pipeline(stages, slot_bytes=4096, liveness=LIVENESS) as pipeline:
        with pytest.raises(StageFailed):
            pipeline.run({"frames": 20})
        states = [child.status() for child in psutil.Process().children()]
        assert psutil.STATUS_ZOMBIE not in states
        assert len(states) == 3, "two workers and the guardian"


def test_an_end_that_was_asked_for_takes_no_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that are idle close their stage and leave by themselves when the pipeline is closed."""
    monkeypatch.setattr(engine, "_CLOSE_GRACE_S", 20.0)
    pipeline = pipeline_of()
    pipeline.wait_ready()
    workers = list(pipeline._crew.workers)
    pipeline.close()
    assert [worker.exit_code() for worker in workers] == [0, 0, 0]
