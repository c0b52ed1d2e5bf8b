"""What is shown while a job runs: few plain lines in a log, bars on a terminal."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from heygem_core import cli_progress
from heygem_core.pipeline import PipelineStatistics, Progress, SlowStage, StageStatistics


def stage(name: str, frames: int, busy_s: float) -> StageStatistics:
    """Return what ``name`` did, as the engine reports it."""
    return StageStatistics(name, frames, frames, busy_s, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1, 0)


def event(frames: int, eta_s: float | None = 83.4) -> Progress:
    """Return a report of a job of 173 frames."""
    stages = stage("decode", frames + 4, (frames + 4) / 200), stage("encode", frames, frames / 50)
    return Progress(PipelineStatistics(stages, 0), frames, 173, 12.34, eta_s)


def console(out: io.StringIO, terminal: bool) -> Console:
    """Return a console that writes to ``out``."""
    return Console(file=out, force_terminal=terminal, width=120, color_system=None)


def test_a_log_gets_one_line_per_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 40 reports in 10 s at most one in 2 s is written, with frames, rates per stage and the time left."""
    out = io.StringIO()
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with cli_progress.shown(console(out, False), "en", console(io.StringIO(), False)) as on_event:
        for step in range(40):
            on_event(event(step))
            now[0] += 0.25
    lines = out.getvalue().splitlines()
    assert len(lines) == 5
    assert lines[1] == ("8/173 frames, 12.3 frames/s, 1:23 left | decode 200.0 frames/s | encode 50.0 frames/s")


def test_a_slow_stage_is_told_at_once_in_both_languages() -> None:
    """The warning does not wait for its turn; it names stage, rate, what is needed, and the time left if known."""
    for lang, words in (("en", "stage face makes 12.5 frames/s"), ("zh", "阶段 face 的速率为 12.5 帧/秒")):
        out = io.StringIO()
        with cli_progress.shown(console(out, False), lang, console(io.StringIO(), False)) as on_event:
            on_event(event(0, None))
            on_event(SlowStage("face", 12.5, 25.0, 3700.0))
            on_event(SlowStage("face", 12.5, 25.0, None))
        _, with_time, without = out.getvalue().splitlines()
        assert words in with_time
        assert "25.0" in with_time
        assert "1:01:40" in with_time
        assert "1:01:40" not in without


def test_a_terminal_gets_a_bar_per_stage_and_nothing_stays() -> None:
    """Every stage with its frames and rate, the job with its time left; the plain output is left alone."""
    out, bars = io.StringIO(), io.StringIO()
    with cli_progress.shown(console(out, False), "en", console(bars, True)) as on_event:
        assert "starting the stages" in bars.getvalue()
        on_event(event(8))
        drawn = bars.getvalue()
    for words in ("decode", "12/173", "200.0 frames/s", "encode", "8/173", "50.0 frames/s", "all", "1:23 left"):
        assert words in drawn
    assert out.getvalue() == ""
