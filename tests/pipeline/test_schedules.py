"""Any schedule of jobs, faults, cancels and deaths: every healthy job is complete, and nothing piles up."""

from __future__ import annotations

import contextlib
import signal
import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from heygem_core.errors import JobCancelled, PipelineBroken, StageExited, StageFailed
from heygem_core.pipeline import Liveness, Pipeline
from tests.pipeline.descriptors import open_descriptors, settled
from tests.pipeline.stages import Collect, Double, Numbers

STAGES = ("numbers", "double", "collect")
MOMENTS = ("start", "middle", "finish")
MANNERS = ("raise", "unpicklable", "exit-0", "kill", "segfault", "stop", "hang")
FRAMES = 13
LIVENESS = Liveness(floor_s=0.5, ready_s=20.0, first_s=0.6, finish_s=0.6)
MOST_RESTARTS = 3


class Schedule(RuleBasedStateMachine):
    """One pipeline through whatever comes."""

    @initialize(slots=st.integers(1, 5))
    def open(self, slots: int) -> None:
        """Open a pipeline."""
        self.pipeline = Pipeline(
            [Numbers(), Double(), Collect()],
            slot_bytes=4096,
            slots=slots,
            liveness=LIVENESS,
            max_restarts=MOST_RESTARTS,
        )
        self.pipeline.wait_ready()
        self.open_fds = len(open_descriptors())
        self.in_a_row = 0

    @precondition(lambda self: hasattr(self, "pipeline"))
    @rule(frames=st.integers(0, 40))
    def healthy(self, frames: int) -> None:
        """A job without a fault is complete, whatever came before it."""
        result = self.pipeline.run({"frames": frames, "faults": {}})
        assert result.summaries["collect"]["seen"] == list(range(0, 2 * frames, 2))
        self.in_a_row = 0

    @precondition(lambda self: hasattr(self, "pipeline") and self.in_a_row < MOST_RESTARTS - 1)
    @rule(
        stage=st.sampled_from(STAGES),
        moment=st.sampled_from(("start", "middle", "finish")),
        manner=st.sampled_from(MANNERS),
    )
    def faulty(self, stage: str, moment: str, manner: str) -> None:
        """A fault is one error that names its stage."""
        with pytest.raises(StageFailed) as caught:
            self.pipeline.run({"frames": FRAMES, "faults": {(stage, moment): manner}})
        assert caught.value.stage == stage
        self.in_a_row += 1

    @precondition(lambda self: hasattr(self, "pipeline"))
    @rule(after_s=st.floats(0, 0.05), stuck=st.booleans())
    def cancelled(self, after_s: float, stuck: bool) -> None:
        """A cancel ends the job, whenever it comes, also one whose stage hangs, and counts as no restart in a row."""
        ended = threading.Event()

        def cancel() -> None:
            # Again and again: a cancel that comes before the job has begun is, rightly, not for it.
            while not ended.wait(after_s + 0.001):
                self.pipeline.cancel()

        faults = {("double", "start"): "hang"} if stuck else {}
        thread = threading.Thread(target=cancel)
        thread.start()
        with pytest.raises(JobCancelled):
            self.pipeline.run({"frames": 10**6, "item_s": 0.001, "faults": faults})
        ended.set()
        thread.join()

    @precondition(lambda self: hasattr(self, "pipeline"))
    @rule(slots=st.integers(1, 5))
    def reopened(self, slots: int) -> None:
        """A pipeline that is closed after whatever came before can be followed by another."""
        self.pipeline.close()
        self.open(slots)

    @precondition(lambda self: hasattr(self, "pipeline") and self.in_a_row < MOST_RESTARTS - 1)
    @rule(index=st.integers(0, 2))
    def killed_while_idle(self, index: int) -> None:
        """A worker that dies between jobs is replaced before the next, or named if it dies while that begins."""
        with contextlib.suppress(ProcessLookupError):
            # It may have been found dead already, and not replaced yet.
            signal.pidfd_send_signal(self.pipeline._crew.workers[index].pidfd, signal.SIGKILL)
        blamed = STAGES[index]
        try:
            frames = self.pipeline.run({"frames": FRAMES, "faults": {}}).frames
        except StageExited as error:
            blamed, frames = error.stage, FRAMES
        self.in_a_row += 1
        assert (blamed, frames) == (STAGES[index], FRAMES)

    def teardown(self) -> None:
        """Nothing has piled up while the pipeline was open, and nothing is left once it is closed."""
        if not hasattr(self, "pipeline"):
            return
        try:
            self.pipeline.run({"frames": 1, "faults": {}})
            assert settled(self.open_fds) == self.open_fds
        finally:
            self.pipeline.close()
        with pytest.raises(PipelineBroken):
            self.pipeline.run({"frames": 1})


def run_schedules(count: int, machine: type[Schedule] = Schedule) -> None:
    """Run that many schedules; a failure shrinks to the shortest."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=5,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


@pytest.mark.breaks
def test_thirty_random_schedules() -> None:
    """Thirty schedules of up to six events."""
    run_schedules(30)


class Planted(Schedule):
    """With a fault of its own, for the test of the test: jobs of seven frames and more count as wrong."""

    def teardown(self) -> None:
        """Say so only at the end, as a fault that has slowly built up would."""
        super().teardown()
        assert not self.wrong

    wrong = False

    @precondition(lambda self: hasattr(self, "pipeline"))
    @rule(frames=st.integers(0, 40))
    def healthy(self, frames: int) -> None:
        """A healthy job, in which it shows."""
        super().healthy(frames)
        self.wrong |= frames >= 7


@pytest.mark.slow
@pytest.mark.breaks
@pytest.mark.timeout(1200)
def test_a_failure_shrinks_to_a_case() -> None:
    """What is reported of a failing schedule is the shortest one that fails: here a single job of seven frames."""
    with pytest.raises(AssertionError) as caught:
        run_schedules(100, Planted)
    steps = [line for note in caught.value.__notes__ for line in note.splitlines() if line.startswith("state.")]
    assert steps == ["state.open(slots=1)", "state.healthy(frames=7)", "state.teardown()"]


@pytest.mark.slow
@pytest.mark.breaks
@pytest.mark.timeout(7200)
def test_five_hundred_random_schedules() -> None:
    """Five hundred."""
    run_schedules(500)
