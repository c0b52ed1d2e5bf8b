"""What a worker records of its states, and what becomes of it."""

from __future__ import annotations

import time

import pytest

from heygem_core.pipeline import trace
from heygem_core.pipeline.page import State
from heygem_core.pipeline.trace import Span, SpanRecorder, unpacked


def test_each_state_lasts_until_the_next_begins() -> None:
    """With its frame and count; the last one until the recorder is asked."""
    recorder = SpanRecorder()
    now = time.monotonic_ns()
    recorder.enter(State.WAITING_FOR_INPUT, now - 100, 0, 0)
    recorder.enter(State.WORKING, now - 60, 0, 4)
    recorder.enter(State.IDLE, now, 4, 0)
    spans = unpacked(recorder.take())
    assert spans[:2] == [Span("WAITING_FOR_INPUT", now - 100, 40, 0, 0), Span("WORKING", now - 60, 60, 0, 4)]
    assert (spans[2].state, spans[2].start, spans[2].frame) == ("IDLE", now, 4)
    assert 0 <= spans[2].duration <= time.monotonic_ns() - now


def test_what_was_taken_is_not_taken_again() -> None:
    """And nothing recorded is nothing."""
    recorder = SpanRecorder()
    recorder.enter(State.WORKING, 1, 0, 1)
    assert len(unpacked(recorder.take())) == 1
    assert unpacked(recorder.take()) == []


def test_a_long_job_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after so many spans is left out, and the last of them ends where the next one began."""
    monkeypatch.setattr(trace, "MAX_SPANS", 3)
    recorder = SpanRecorder()
    for start in range(5):
        recorder.enter(State.WORKING, start, start, 1)
    assert unpacked(recorder.take()) == [Span("WORKING", start, 1, start, 1) for start in range(3)]
