"""What a worker records of its states, and what becomes of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from heygem_core.pipeline import trace
from heygem_core.pipeline.page import State
from heygem_core.pipeline.trace import Span, SpanRecorder, unpacked


def test_each_state_lasts_until_the_next_begins() -> None:
    """With its frame and count; the last one until the recorder is asked."""
    recorder = SpanRecorder()
    recorder.enter(State.WAITING_FOR_INPUT, 100, 0, 0)
    recorder.enter(State.WORKING, 140, 0, 4)
    recorder.enter(State.IDLE, 200, 4, 0)
    spans = unpacked(recorder.take())
    assert spans[:2] == [Span("WAITING_FOR_INPUT", 100, 40, 0, 0), Span("WORKING", 140, 60, 0, 4)]
    assert (spans[2].state, spans[2].start, spans[2].frame) == ("IDLE", 200, 4)
    assert all(first.start + first.duration == second.start for first, second in pairwise(spans))
    assert spans[2].duration > 0


def test_what_was_taken_is_not_taken_again() -> None:
    """And nothing recorded is nothing."""
    recorder = SpanRecorder()
    recorder.enter(State.WORKING, 1, 0, 1)
    assert len(unpacked(recorder.take())) == 1
    assert unpacked(recorder.take()) == []


def test_a_long_job_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after so many spans is left out."""
    monkeypatch.setattr(trace, "MAX_SPANS", 3)
    recorder = SpanRecorder()
    for start in range(5):
        recorder.enter(State.WORKING, start, start, 1)
    assert [span.frame for span in unpacked(recorder.take())] == [0, 1, 2]
