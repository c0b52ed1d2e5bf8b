"""The face stage on real pictures: the right face, steady, not late, and honest when there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from heygem_core.errors import BadInput
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.face.detector import Detections, Detector
from heygem_core.lipsync.face.landmarks import Landmarks, lips_of
from heygem_core.lipsync.picture import Picture
from tests.lipsync import planar
from tests.lipsync.face_driver import detections, frames_of, run

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]


def test_the_largest_of_several_faces_is_taken_and_said(stage: DetectFaces, crowd: Frames) -> None:
    """The summary counts the frames in which the detector saw several faces and warns once."""
    faces, _, summary = run(stage, np.stack([crowd] * (stage.every + 2)))
    boxes = stage._detector.detect(planar.pictures(crowd[None]))[0].boxes
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    assert np.abs(faces[:, 2:6] - boxes[areas.argmax()]).max() < 0.15 * areas.max() ** 0.5
    assert summary["frames_searched"] == summary["several_faces"] == 2
    assert summary["warnings"] == ["2 of 2 frames searched show several faces; the largest is used"]


def test_lips_go_round_the_mouth_in_the_documented_order(stage: DetectFaces, clip: Frames) -> None:
    """Each outline starts at its left corner, takes the lower lip first, and the inner lies within the outer."""
    faces, lips, _ = run(stage, clip[::10])
    for row, outline in zip(faces, lips, strict=True):
        outer, inner = outline[:20], outline[20:]
        for part in (outer, inner):
            assert part[:, 0].argmin() == 0
            assert part[:, 0].argmax() == 10
            assert (part[1:10, 1] > part[[*range(19, 10, -1)], 1] - 1).all()
        hull = outer.reshape(-1, 1, 2)
        assert all(cv2.pointPolygonTest(hull, (float(x), float(y)), True) > -1 for x, y in inner)
        # The two models agree on where the mouth is, to a quarter of the distance of the eyes.
        corners = row[12:16].reshape(2, 2)
        assert np.abs(outer[[0, 10]] - corners).max() < 0.25 * np.hypot(*(row[8:10] - row[6:8]))


def noisy(portrait: Frames, shifts: Sequence[float]) -> Frames:
    """Film the picture: one frame per shift in pixels to the right, each with its own camera noise."""
    random = np.random.default_rng(0)
    frames = []
    for shift in shifts:
        move = np.array([[1, 0, shift], [0, 1, 0]], np.float32)
        moved = cv2.warpAffine(portrait, move, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        frames.append(np.clip(moved + random.normal(0, 6, moved.shape), 0, 255).astype(np.uint8))
    return np.stack(frames)


def jitter(points: Floats) -> float:
    """Return the root mean square of the second difference over time, in pixels."""
    return float(np.sqrt((np.diff(points, n=2, axis=0) ** 2).mean()))


def test_a_still_face_does_not_tremble(
    stage: DetectFaces, portrait: Frames, detector: Detector, landmarks: Landmarks
) -> None:
    """Smoothing leaves less than half of the jitter that camera noise makes, of lips and of face alike."""
    frames = noisy(portrait, [0.0] * 32)
    found = [detector.detect(planar.pictures(frame[None]))[0] for frame in frames]
    points = np.stack([one.points[0] for one in found])
    meshes = (landmarks.mesh(planar.picture(f), d.points[0])[0] for f, d in zip(frames, found, strict=True))
    lips = np.stack([lips_of(mesh) for mesh in meshes])
    faces, smooth_lips, _ = run(stage, frames)
    assert jitter(smooth_lips[8:]) < jitter(lips[8:]) / 2
    assert jitter(faces[8:, 6:].reshape(-1, 5, 2)) < jitter(points[8:]) / 2


def test_a_moving_face_is_not_late(stage: DetectFaces, portrait: Frames) -> None:
    """A head that swings by up to 3 pixels per frame is followed less than half a frame late."""
    time = np.arange(48)
    faces, lips, _ = run(stage, noisy(portrait, list(12 * np.sin(time / 4))))
    delays = np.linspace(-1, 3, 81)

    def delay(seen: Floats) -> float:
        seen = (seen - seen.mean())[8:]
        errors = [
            np.abs(seen - 12 * np.sin((time[8:] - d) / 4) + np.mean(12 * np.sin((time - d) / 4))).mean() for d in delays
        ]
        return float(delays[int(np.argmin(errors))])

    assert delay(lips[:, :, 0].mean(axis=1)) < 0.5
    assert delay(faces[:, 6::2].mean(axis=1)) < 0.5


def test_lips_that_open_are_not_late(
    stage: DetectFaces, clip: Frames, detector: Detector, landmarks: Landmarks
) -> None:
    """While the clip's speaker talks, the smoothed gap between the lips is closest to the one measured less than half a
    frame before, each frame by itself, where the detector finds the face.
    """
    frames = clip[20:80]
    found = [detector.detect(planar.pictures(frame[None]))[0] for frame in frames]
    meshes = (landmarks.mesh(planar.picture(f), d.points[0])[0] for f, d in zip(frames, found, strict=True))
    measured = np.array([gap_of(lips_of(mesh)) for mesh in meshes])
    smooth = np.array([gap_of(lips) for lips in run(stage, frames)[1]])
    time = np.arange(4, len(frames))
    delays = np.linspace(0, 2, 41)
    likeness = [np.corrcoef(np.interp(time - d, np.arange(len(frames)), measured), smooth[4:])[0, 1] for d in delays]
    # Two views of one frame, cut out at slightly different places, are alike to 0.95 themselves.
    assert max(likeness) > 0.9
    assert delays[int(np.argmax(likeness))] < 0.5


def gap_of(lips: Floats) -> float:
    """Return how far the middle of the lower inner lip is below the middle of the upper one, in pixels."""
    return float(lips[25, 1] - lips[35, 1])


class FakeDropouts:
    """The real detector, except that it misses some looks: what real clips hardly ever show."""

    def __init__(self, real: Detector, missed: set[int]) -> None:
        self._real = real
        self._missed = missed
        self._looks = 0

    def detect(self, frames: Sequence[Picture]) -> list[Detections]:
        """Detect, and forget what was found in the missed looks."""
        found = [detections()] if self._looks in self._missed else self._real.detect(frames)
        self._looks += 1
        return found


def test_nothing_flickers_while_the_detector_drops_out(stage: DetectFaces, clip: Frames) -> None:
    """Missed looks keep a face whose lips still follow the picture, are counted, and are repeated frame by frame."""
    expected_faces, expected_lips, expected = run(stage, clip[:40])
    stage._follower._detector = FakeDropouts(stage._detector, {1, 3, 4, 5})  # type: ignore[assignment]
    faces, lips, summary = run(stage, clip[:40])
    assert expected["frames_searched"] == 40 // stage.every
    assert summary["frames_without_face"] == summary["frames_held"] == 4
    assert summary["frames_searched"] == 4 + 40 // stage.every
    np.testing.assert_array_equal(lips, expected_lips)
    np.testing.assert_array_equal(faces[:, 2:], expected_faces[:, 2:])


def test_a_face_that_leaves_is_gone_at_once_and_zero(stage: DetectFaces) -> None:
    """From the cut to a cartoon on there is no face, no held face, and every value is zero."""
    frames = frames_of("clip-face-lost", every=4)
    faces, lips, summary = run(stage, frames)
    present = faces[:, 0]
    gone = int(present.argmin())
    assert 0 < gone < len(frames)
    assert present[:gone].all()
    assert not faces[gone:].any()
    assert not lips[gone:].any()
    assert summary["frames_without_face"] == len(frames) - gone
    assert summary["frames_held"] == 0
    assert summary["warnings"] == []


def test_no_face_at_all_is_the_users_mistake_unless_allowed(stage: DetectFaces) -> None:
    """One line names the video; with allow_no_face the frames pass and are counted."""
    blank = np.full((5, 120, 160, 3), 90, np.uint8)
    with pytest.raises(BadInput, match=r"^No face in any of the 5 frames of talk\.mp4$"):
        run(stage, blank)
    faces, _, summary = run(stage, blank, {"video": "talk.mp4", "allow_no_face": True})
    assert not faces.any()
    assert summary["frames_without_face"] == 5


def test_a_second_job_is_not_influenced_by_the_first(stage: DetectFaces, clip: Frames) -> None:
    """The same frames give bit for bit the same faces and lips, whatever was tracked before."""
    first = run(stage, clip[:12])
    run(stage, clip[100:107])
    again = run(stage, clip[:12])
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert first[2] == again[2]


def test_configuring_the_stage_loads_no_model_library() -> None:
    """The process that builds the pipeline imports neither OpenCV nor onnxruntime for it."""
    script = (
        "import sys, pickle; from heygem_core.lipsync.face import DetectFaces; pickle.dumps(DetectFaces());"
        "print([m for m in ('cv2', 'onnxruntime', 'av', 'torch') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
