"""Which face is followed, and through which gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from heygem_core.lipsync.face.detector import Detections
from heygem_core.lipsync.face.tracking import HOLD, Face, Tracker
from tests.lipsync.face_driver import detections


def follow(sequence: Sequence[Detections], *, seen: bool = True) -> list[Face | None]:
    """Let a tracker follow; ``seen`` is what the landmark model says about a face that the detector missed."""
    tracker = Tracker()
    return [tracker.update(found, lambda _: seen) for found in sequence]


def test_similar_faces_do_not_swap() -> None:
    """Two faces that take turns in being the larger: the first choice stays."""
    first, second = (0, 0, 100, 120), (300, 0, 398, 120)
    bigger, smaller = (0, 0, 96, 116), (300, 0, 404, 124)
    faces = follow([detections(first, second), detections(bigger, smaller)] * 5)
    assert all(face is not None and face.box[0] < 100 for face in faces)


def test_a_much_larger_face_takes_over_once() -> None:
    """A face of more than 1.5 times the area is taken instead, without gliding there."""
    near = (300, 0, 450, 180)
    faces = follow([detections((0, 0, 100, 120)), detections((0, 0, 100, 120), near)])
    assert faces[1] is not None
    np.testing.assert_array_equal(faces[1].box, np.array(near, np.float32))


@pytest.mark.parametrize("gap", [1, HOLD, HOLD + 1])
def test_short_gaps_are_bridged_and_long_ones_are_not(gap: int) -> None:
    """Up to three frames without a detection keep the face, marked as held; then it is gone."""
    face, nothing = detections((0, 0, 100, 120)), detections()
    faces = follow([face] + [nothing] * gap + [face])
    assert [face is not None and face.held for face in faces] == [False] + [i < HOLD for i in range(gap)] + [False]
    assert [face is None for face in faces] == [False] + [i >= HOLD for i in range(gap)] + [False]


def test_a_cut_to_another_scene_is_not_bridged() -> None:
    """Where the landmark model no longer sees the face, it is gone at once, and another one is taken at once."""
    before, after = detections((0, 0, 100, 120)), detections((300, 0, 380, 100))
    assert follow([before, detections()], seen=False)[1] is None
    faces = follow([before, after], seen=False)
    assert faces[1] is not None
    np.testing.assert_array_equal(faces[1].box, after.boxes[0])
