"""A trace with onnxruntime's profile in it: one time axis, every node inside the work of its stage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heygem_core.errors import BadInput, StageFailed
from heygem_core.lipsync.render import Renderer, render
from tests.lipsync.faces import FaceClip
from tests.lipsync.media.clips import Clip


def test_the_trace_holds_onnxruntimes_nodes_within_the_generators_work(tmp_path: Path) -> None:
    """Each profiled node lies within a span in which the generator stage was opening or working."""
    video = FaceClip(frames=8, sound_s=0.32).write(tmp_path / "in.mp4")
    trace = tmp_path / "trace.json"
    render(video, video, tmp_path / "out.mp4", trace=trace, profile=True)
    events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    tracks = {event["args"]["name"]: event["tid"] for event in events if event["name"] == "thread_name"}
    working = [
        (event["ts"], event["ts"] + event["dur"])
        for event in events
        if event["pid"] == 0 and event.get("tid") == tracks["generator"] and event["name"] == "working"
    ]
    assert len(working) == 2
    nodes = [event for event in events if event["pid"] == 1 and event.get("cat") == "Node"]
    # The first run belongs to the stage's opening, before the job.
    during = [event for event in nodes if event["ts"] >= working[0][0]]
    slack_us = 1000
    assert during
    assert all(
        any(begin - slack_us <= event["ts"] and event["ts"] + event["dur"] <= end + slack_us for begin, end in working)
        for event in during
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4", "trace.json"]


def test_a_profile_without_a_trace_is_refused() -> None:
    """There is nowhere to put it."""
    with pytest.raises(ValueError, match="no trace was asked for"):
        Renderer(64, 64, profile=True)


def test_a_failed_job_leaves_no_profile(tmp_path: Path) -> None:
    """What onnxruntime writes for a job that failed is removed with the pipeline."""
    video = Clip(frames=8, sound_s=0.32).write(tmp_path / "in.mp4")
    with pytest.raises(StageFailed, match="No face"):
        render(video, video, tmp_path / "out.mp4", trace=tmp_path / "trace.json", profile=True)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_a_trace_into_no_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    """The trace is written at the end; that it cannot be is said at the beginning."""
    with pytest.raises(BadInput, match="no such folder"):
        Renderer(64, 64, trace=tmp_path / "missing" / "trace.json")
