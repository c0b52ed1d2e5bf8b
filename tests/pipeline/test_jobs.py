"""Jobs: order, isolation, cancelling, progress, statistics, trace."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from heygem_core.errors import JobCancelled, PipelineBroken
from heygem_core.pipeline import Pipeline, Progress, SlowStage
from tests.pipeline.stages import Collect, Double, Numbers


def pipeline_of(**options: object) -> Pipeline:
    """Return a healthy three-stage pipeline."""
    return Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("slots", [1, 2, 7])
def test_the_number_of_slots_does_not_change_the_result(slots: int) -> None:
    """Every frame in is one frame out, in order, for any channel depth and for job after job."""
    with pipeline_of(slots=slots) as pipeline:
        for frames in (0, 1, 2, 33):
            result = pipeline.run({"frames": frames})
            assert result.frames == frames
            assert result.summaries["collect"]["seen"] == list(range(0, 2 * frames, 2))


def test_a_cancelled_job_ends_soon_and_the_next_one_is_complete() -> None:
    """Cancel from another thread ends the job with `JobCancelled`; nothing of it reaches the next job."""
    with pipeline_of() as pipeline:
        pipeline.run({"frames": 2})
        began = threading.Event()

        def cancel_once_started() -> None:
            began.wait(10)
            pipeline.cancel()

        thread = threading.Thread(target=cancel_once_started)
        thread.start()
        with pytest.raises(JobCancelled):
            pipeline.run({"frames": 10_000, "item_s": 0.01}, on_event=lambda _: began.set())
        thread.join()
        result = pipeline.run({"frames": 21})
        assert result.summaries["collect"]["seen"] == list(range(0, 42, 2))
        assert result.summaries["collect"]["aborted"] == 1
        dropped = sum(stage.dropped for stage in result.statistics.stages)
        assert dropped > 0


def test_a_cancel_before_the_job_does_not_cancel_it() -> None:
    """A late cancel of the previous job is not taken for one of the next."""
    with pipeline_of() as pipeline:
        pipeline.cancel()
        assert pipeline.run({"frames": 3}).frames == 3


def test_progress_tells_frames_rate_and_time_left() -> None:
    """Progress events count up to the total and carry every stage's statistics."""
    events: list[Progress | SlowStage] = []
    with pipeline_of() as pipeline:
        pipeline.run({"frames": 80, "item_s": 0.06}, total=80, on_event=events.append)
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.frames for event in progress] == sorted(event.frames for event in progress)
    assert progress[-1].total == 80
    assert progress[-1].eta_s is not None
    assert {stage.name for stage in progress[-1].statistics.stages} == {"numbers", "double", "collect"}


def test_a_slow_stage_is_a_warning_with_rate_and_eta_and_no_error() -> None:
    """Progress below the needed rate names the slowest stage once; the job completes."""
    events: list[Progress | SlowStage] = []
    with pipeline_of() as pipeline:
        result = pipeline.run({"frames": 80, "item_s": 0.06}, total=80, needed_fps=1000.0, on_event=events.append)
    slow = [event for event in events if isinstance(event, SlowStage)]
    assert [event.stage for event in slow] == ["double"]
    assert 0 < slow[0].fps < 1000.0
    assert slow[0].eta_s is not None
    assert result.frames == 80


def test_statistics_account_for_every_frame_and_for_the_time() -> None:
    """Per stage: all frames, the slow stage busiest, its neighbours waiting on the right side."""
    with pipeline_of() as pipeline:
        result = pipeline.run({"frames": 60, "item_s": 0.01})
    numbers, double, collect = result.statistics.stages
    assert {numbers.frames, double.frames, collect.frames} == {60}
    assert result.statistics.slowest().name == "double"
    assert double.p50_ms is not None
    assert double.p50_ms >= 10.0
    assert numbers.wait_output_s > numbers.busy_s
    assert collect.wait_input_s > collect.busy_s
    assert numbers.peak_slots == 4


def test_the_trace_has_a_track_per_stage_and_opens_as_json(tmp_path: Path) -> None:
    """The trace file holds Chrome trace events: named tracks, and as many working spans as items."""
    path = tmp_path / "trace.json"
    with pipeline_of(trace=path) as pipeline:
        pipeline.run({"frames": 10})
    events = json.loads(path.read_text())["traceEvents"]
    tracks = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert set(tracks.values()) == {"numbers", "double", "collect"}
    working = [event for event in events if event["name"] == "working" and tracks[event["tid"]] == "double"]
    assert len(working) == 5
    assert all(event["dur"] >= 0 and event["ph"] == "X" for event in working)


def test_two_pipelines_in_two_threads_do_not_disturb_each_other() -> None:
    """Pipelines made and run in short-lived threads work side by side and outlive no thread by accident."""
    results = {}

    def work(key: int) -> None:
        with pipeline_of() as pipeline:
            results[key] = pipeline.run({"frames": 20 + key}).frames

    threads = [threading.Thread(target=work, args=(key,)) for key in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == {0: 20, 1: 21}


def test_a_pipeline_outlives_the_thread_that_made_it() -> None:
    """Workers die with the supervisor's process, not with the thread that happened to start them."""
    made: list[Pipeline] = []
    thread = threading.Thread(target=lambda: made.append(pipeline_of()))
    thread.start()
    thread.join()
    with made[0] as pipeline:
        assert pipeline.run({"frames": 5}).frames == 5


def test_a_second_caller_is_refused_instead_of_waiting() -> None:
    """Two jobs at once on one pipeline: the second gets an error that names the way out."""
    with pipeline_of() as pipeline:
        refused: list[BaseException] = []

        def again(_: object) -> None:
            if not refused:
                with pytest.raises(PipelineBroken, match="or use a second pipeline") as caught:
                    pipeline.run({"frames": 1})
                refused.append(caught.value)

        pipeline.run({"frames": 100, "item_s": 0.02}, on_event=again)
        assert refused


def test_misuse_is_refused_with_a_reason() -> None:
    """A closed pipeline, an oversized job, doubled names and stages of __main__ are refused at once."""
    with pipeline_of() as pipeline, pytest.raises(ValueError, match="allowed are 65536"):
        pipeline.run({"frames": 1, "text": "x" * 100_000})
    with pytest.raises(PipelineBroken, match="was closed"):
        pipeline.run({"frames": 1})
    with pytest.raises(ValueError, match="distinct names"):
        Pipeline([Numbers(), Numbers()], slot_bytes=4096)
    foreign = type("Foreign", (Numbers,), {"__module__": "__main__"})
    with pytest.raises(PipelineBroken, match="defined in __main__"):
        Pipeline([foreign(), Collect()], slot_bytes=4096)


def test_an_exception_in_the_callers_callback_ends_the_job_and_leaves_the_pipeline_usable() -> None:
    """The caller's own error passes through unchanged; the next job is complete."""

    def explode(_: object) -> None:
        raise LookupError("the caller's own")

    with pipeline_of() as pipeline:
        with pytest.raises(LookupError, match="the caller's own"):
            pipeline.run({"frames": 10_000, "item_s": 0.01}, on_event=explode)
        assert pipeline.run({"frames": 4}).frames == 4
