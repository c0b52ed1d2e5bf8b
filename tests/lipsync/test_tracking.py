"""Which face is followed, and through which gaps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from heygem_core.lipsync.face.detector import Detections
from heygem_core.lipsync.face.tracking import HOLD, Choice, Tracker
from tests.lipsync.face_driver import detections


def follow(sequence: Sequence[Detections], *, seen: bool = True) -> list[Choice]:
    """Let a tracker choose, look by look; ``seen`` is what the mesh says about a face that the detector missed."""
    tracker, last, choices = Tracker(), None, []
    for found in sequence:
        choice = tracker.choose(found, last, still_there=seen)
        if choice.index is not None:
            last = found.boxes[choice.index]
        elif choice.lost:
            last = None
        choices.append(choice)
    return choices


def test_similar_faces_do_not_swap() -> None:
    """Two faces that take turns in being the larger: the first choice stays."""
    first, second = (0, 0, 100, 120), (300, 0, 398, 120)
    bigger, smaller = (0, 0, 96, 116), (300, 0, 404, 124)
    choices = follow([detections(first, second), detections(bigger, smaller)] * 5)
    assert choices == [Choice(0)] * 10


def test_a_much_larger_face_takes_over() -> None:
    """A face of more than 1.5 times the area is taken instead; the other has not been lost."""
    near = (300, 0, 450, 180)
    choices = follow([detections((0, 0, 100, 120)), detections((0, 0, 100, 120), near)])
    assert choices[1] == Choice(1)


@pytest.mark.parametrize("gap", [1, HOLD, HOLD + 1])
def test_short_gaps_are_bridged_and_long_ones_are_not(gap: int) -> None:
    """Up to three looks without a detection keep the face, marked as held; then it is gone."""
    face, nothing = detections((0, 0, 100, 120)), detections()
    choices = follow([face] + [nothing] * gap + [face])
    expected = [Choice(None, held=True)] * min(gap, HOLD) + [Choice(None, lost=True)] * (gap - HOLD)
    assert choices == [Choice(0), *expected, Choice(0)]


def test_a_cut_to_another_scene_is_not_bridged() -> None:
    """Where the mesh no longer sees the face, it is gone at once, and another one is taken at once."""
    before, after = detections((0, 0, 100, 120)), detections((300, 0, 380, 100))
    assert follow([before, detections()], seen=False)[1] == Choice(None, lost=True)
    assert follow([before, after], seen=False)[1] == Choice(0, lost=True)
