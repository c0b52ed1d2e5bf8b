"""The core on a case's fault: it must name the culprit, and leave nothing, or the case fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.stages import AudioTransfer, DriveredVideo, WriteVideo
from heygem_core.errors import EffectNotShown
from heygem_core.pipeline import DictSlot
from tests.casebook.census import nothing_left

FAILED = CoreRun(1.25, 1.0, None, "wedged", "audio_transfer", "no progress for 1.0 s", None, 0, 0)
SLOW = {"stage": "audio_transfer", "fps": 2.5, "needed_fps": 25.0, "eta_s": 4.2}
FINISHED = CoreRun(6.0, 5.5, 14, None, None, "", SLOW, 0, 0)


@pytest.mark.breaks
def test_a_stage_that_wedges_in_the_middle_of_a_job_is_named() -> None:
    """Two items pass, the third never does: audio_transfer is wedged, and no process is left."""
    with nothing_left():
        run = core_run.run(CoreJob(items=20, takes=3))
    assert (run.cause, run.culprit, run.frames) == ("wedged", "audio_transfer", None)
    assert (run.defunct, run.left) == (0, 0)


def test_a_job_without_a_fault_finishes() -> None:
    """All frames come out, and there is nothing to name."""
    with nothing_left():
        run = core_run.run(CoreJob(items=12))
    assert (run.cause, run.culprit, run.frames, run.slow) == (None, None, 12, None)


def test_the_outcome_of_a_failure_says_when_who_and_why() -> None:
    """One line with the time, the stage, the cause and the detail."""
    core = core_run.expect_failure(FAILED, ("wedged",))
    assert core.outcome.en == "failed in 1.2 s: stage 'audio_transfer' wedged: no progress for 1.0 s"
    assert core.outcome.zh == "1.2 秒后失败：阶段 'audio_transfer'，wedged（阶段卡死）：no progress for 1.0 s"
    assert (core.seconds, core.cause, core.culprit) == (1.25, "wedged", "audio_transfer")


def test_the_outcome_of_a_slow_job_says_rate_and_time_left() -> None:
    """One line with the frames, and the warning with rate, needed rate and time left."""
    core = core_run.expect_success(FINISHED, 14)
    warning = "stage 'audio_transfer' is slow, 2.5 of 25 frames/s, 4 s left"
    assert core.outcome.en == f"14 frames in 6.0 s; warned: {warning}"
    assert "2.5 帧/秒（需要 25），剩余 4 秒" in core.outcome.zh


def test_what_the_core_should_not_do_is_an_error() -> None:
    """A wrong cause, a wrong stage, missing frames, a zombie or a process left: each fails the case."""
    with pytest.raises(EffectNotShown, match="audio_transfer worker-died, got audio_transfer wedged"):
        core_run.expect_failure(FAILED, ("worker-died",))
    with pytest.raises(EffectNotShown, match="got write_video wedged"):
        core_run.expect_failure(replace(FAILED, culprit="write_video"), ("wedged",))
    with pytest.raises(EffectNotShown, match="finished 15 frames, got 14"):
        core_run.expect_success(FINISHED, 15)
    with pytest.raises(EffectNotShown, match="1 <defunct> processes and 0 running"):
        core_run.expect_failure(replace(FAILED, defunct=1), ("wedged",))
    with pytest.raises(EffectNotShown, match="0 <defunct> processes and 2 running"):
        core_run.expect_success(replace(FINISHED, left=2), 14)


def test_the_stages_pass_frames_on_unchanged() -> None:
    """What the source makes is what the sink counts, pixel by pixel, and a job has as many as it asks for."""
    source, transform, sink = DriveredVideo(height=4, width=6), AudioTransfer(), WriteVideo()
    transform.open()
    source.start({"items": 2})
    sink.start({})
    made = [DictSlot(), DictSlot()]
    for slot in made:
        slot.count = source.fill(slot)
        passed = DictSlot(count=slot.count)
        transform.process(slot, passed)
        assert passed["frames"].shape == (1, 4, 6, 3)
        assert np.array_equal(passed["frames"], slot["frames"])
        sink.consume(passed)
    assert source.fill(DictSlot()) == 0
    assert sink.finish() == {"frames": 2}
    assert not np.array_equal(made[0]["frames"], made[1]["frames"])


def test_a_stage_that_dies_does_so_while_loading_or_at_its_item() -> None:
    """``takes`` 0 ends it in open, 2 at the second item."""
    with pytest.raises(SystemExit):
        AudioTransfer(takes=0, fault="die").open()
    stage, item = AudioTransfer(takes=2, fault="die"), DictSlot(count=1)
    item.allocate("frames", (1, 2, 2, 3), np.uint8)
    stage.open()
    stage.process(item, DictSlot())
    with pytest.raises(SystemExit):
        stage.process(item, DictSlot())
