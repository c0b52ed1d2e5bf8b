"""The detector is asked when there is a reason to, and nothing is worse for it: same place, no jump, no false mouth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.face.anatomy import box_of, five_points, unit_of
from heygem_core.lipsync.face.change import Change
from heygem_core.lipsync.face.detector import Detector
from heygem_core.lipsync.face.landmarks import Landmarks
from heygem_core.lipsync.face.stage import EVERY
from heygem_core.lipsync.picture import Picture
from tests.lipsync import planar
from tests.lipsync.face_driver import frames_of, run

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
ALLOWED = {"video": "talk.mp4", "allow_no_face": True}


@pytest.fixture(scope="module")
def cartoon() -> Frames:
    """A clip in which nobody is, in the default clip's size: uint8 [5, 480, 640, 3]."""
    frames = frames_of("clip-no-face", every=8, stop=40)
    return np.stack([cv2.resize(frame, (640, 480)) for frame in frames]).astype(np.uint8)


@pytest.fixture(scope="module")
def second() -> Frames:
    """Another speaker, between bars to the default clip's size: uint8 [20, 480, 640, 3]."""
    return np.pad(frames_of("clip-second", every=8, stop=160), ((0, 0), (60, 60), (0, 0), (0, 0)))


def placed(frames: Frames, scale: float, right: float = 0, down: float = 0) -> Frames:
    """Show the frames smaller or larger about their middle, and shifted by pixels."""
    move = cv2.getRotationMatrix2D((320, 240), 0, scale)
    move[:, 2] += right, down
    moved = [cv2.warpAffine(frame, move, (640, 480), borderMode=cv2.BORDER_REPLICATE) for frame in frames]
    return np.stack(moved).astype(np.uint8)


def five(face: Floats) -> Floats:
    """Return the five points of a row of `faces`: float32 [5, 2]."""
    return face[6:].reshape(5, 2)


def apart(one: Floats, other: Floats) -> float:
    """Return how far the points of two faces [16] lie apart at most, in face units."""
    return float(np.hypot(*(five(one) - five(other)).T).max()) / unit_of(five(other))


def test_the_detector_is_asked_on_every_nth_frame_only(stage: DetectFaces, clip: Frames) -> None:
    """A speaker who is followed costs one look in n frames, and none of the frames counts as without a face."""
    _, _, summary = run(stage, clip[: 2 * EVERY + 1])
    assert summary["frames_searched"] == 3
    assert summary["frames_without_face"] == summary["frames_held"] == summary["several_faces"] == 0


def test_a_picture_without_a_face_is_searched_frame_by_frame(stage: DetectFaces, cartoon: Frames) -> None:
    """Each of them is looked at by the detector, and counted."""
    _, _, summary = run(stage, cartoon[:5], ALLOWED)
    assert summary["frames_searched"] == summary["frames_without_face"] == 5


def test_a_look_changes_nothing(stage: DetectFaces, clip: Frames) -> None:
    """Looking at every frame or at every n-th gives the same faces and lips to the bit: there is no jump at a look."""
    stage._follower._every = 1
    faces, lips, summary = run(stage, clip[:20])
    stage._follower._every = EVERY
    rarely = run(stage, clip[:20])
    assert summary["frames_searched"] == 20
    np.testing.assert_array_equal(rarely[0][:, 2:], faces[:, 2:])
    np.testing.assert_array_equal(rarely[1], lips)


def test_the_slots_size_changes_nothing(stage: DetectFaces, clip: Frames, second: Frames) -> None:
    """The same frames in slots of 1, 3 and 4 give the same faces and lips to the bit, over a cut too."""
    frames = np.concatenate([clip[:6], second[:6]])
    one, three, four = (run(stage, frames, slot=count) for count in (1, 3, 4))
    for other in (three, four):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
        assert one[2] == other[2]


@pytest.mark.parametrize("before", [1, EVERY - 1, EVERY])
def test_a_cut_to_no_face_shows_no_mouth(stage: DetectFaces, clip: Frames, cartoon: Frames, before: int) -> None:
    """Wherever between two looks the cut falls, the first frame after it is zero already, and the last one before."""
    faces, lips, summary = run(stage, np.concatenate([clip[:before], cartoon[:4]]))
    assert faces[:before, 0].all()
    assert not faces[before:].any()
    assert not lips[before:].any()
    assert summary["frames_without_face"] == 4


@pytest.mark.parametrize(
    ("scale", "right", "down"), [(1, 0, 0), (1, 40, 30), (1, -150, 0), (0.5, 0, 0), (0.6, 60, -20), (1.8, 0, 60)]
)
def test_a_cut_to_another_speaker_is_followed_at_once(
    stage: DetectFaces, clip: Frames, second: Frames, scale: float, right: float, down: float
) -> None:
    """In the first frame after a cut between two looks, the face is where it is found when nothing came before."""
    after = placed(second[:6], scale, right, down)
    expected = run(stage, after)[0]
    faces = run(stage, np.concatenate([clip[:3], after]))[0][3:]
    assert max(apart(one, other) for one, other in zip(faces, expected, strict=True)) < 0.05


def test_a_dissolve_leads_from_one_speaker_to_the_other(stage: DetectFaces, clip: Frames, second: Frames) -> None:
    """One picture fades into another over ten frames: at the latest one look later the face is the new one."""
    target = placed(second[:20], 0.8, 90, 0)
    shares = np.clip((np.arange(20) - 2) / 10, 0, 1)[:, None, None, None]
    faces = run(stage, (clip[:20] * (1 - shares) + target * shares).astype(np.uint8))[0]
    assert apart(faces[19], run(stage, target[19:])[0][0]) < 0.1


def test_a_face_that_slides_out_of_the_picture_takes_its_mouth_along(stage: DetectFaces, portrait: Frames) -> None:
    """While the face is there it is followed, and when none of it is left there is nothing."""
    shifts = range(0, 480, 10)
    frames = [np.full_like(portrait, 90) for _ in shifts]
    for frame, shift in zip(frames, shifts, strict=True):
        frame[:, shift:] = portrait[:, : 640 - shift]
    faces, _, _ = run(stage, np.stack(frames), ALLOWED)
    assert faces[:8, 0].all()
    assert not faces[-5:].any()


def test_a_larger_face_is_found_at_the_next_look(stage: DetectFaces, portrait: Frames) -> None:
    """Somebody nearer comes in beside the one who is followed: taken within n frames, and said."""
    alone, both = (np.full((480, 960, 3), 90, np.uint8) for _ in range(2))
    small = cv2.resize(portrait, (320, 240), interpolation=cv2.INTER_AREA)
    for frame in (alone, both):
        frame[:240, :320] = small
    both[:, 320:] = portrait
    faces, _, summary = run(stage, np.stack([alone] * 2 + [both] * EVERY))
    assert faces[1, 4] < 320 < faces[-1, 2]
    assert summary["several_faces"] == 1


class FakeSlip:
    """The real mesh, except that it lies beside the face in some calls, sure of itself: what no clip here does."""

    def __init__(self, real: Landmarks, slips: dict[int, float]) -> None:
        self._real = real
        self._slips = slips
        self._calls = 0

    def mesh(self, frame: Picture, points: Floats) -> tuple[Floats, float]:
        """Return the mesh, to the right by as many face units as the call is to slip."""
        mesh, confidence = self._real.mesh(frame, points)
        slip = self._slips.get(self._calls, 0.0) * unit_of(points)
        self._calls += 1
        return mesh + np.array([slip, 0], np.float32), confidence


def test_a_mesh_that_slipped_is_put_back_at_the_next_look(stage: DetectFaces, portrait: Frames) -> None:
    """Drifting too slowly to be noticed between two looks, it is at the second: the detector has the last word."""
    frames = np.stack([portrait] * (EVERY + 1))
    expected = run(stage, frames)[0]
    # The first frame takes two calls, every other one.
    slips = {number + 1: 0.06 * number for number in range(1, EVERY + 1)}
    stage._follower._landmarks = FakeSlip(stage._follower._landmarks, slips)  # type: ignore[assignment]
    faces, _, summary = run(stage, frames)
    assert apart(faces[-2], expected[-2]) > 0.2
    assert apart(faces[-1], expected[-1]) < 0.1
    assert summary["frames_searched"] == 2


class FakeDoubt:
    """The real mesh, except that it is never sure: no face here is turned away so far."""

    def __init__(self, real: Landmarks) -> None:
        self._real = real

    def mesh(self, frame: Picture, points: Floats) -> tuple[Floats, float]:
        """Return the mesh without confidence."""
        return self._real.mesh(frame, points)[0], 0.0


def test_a_face_that_only_the_detector_sees_is_its_own(stage: DetectFaces, clip: Frames, detector: Detector) -> None:
    """Where the mesh is in doubt, the detector looks at every frame, and place and points are what it says."""
    stage._follower._landmarks = FakeDoubt(stage._follower._landmarks)  # type: ignore[assignment]
    faces, _, summary = run(stage, clip[:3])
    assert faces[:, 0].all()
    assert summary["frames_searched"] == 3
    assert summary["frames_without_face"] == summary["frames_held"] == 0
    found = detector.detect(planar.pictures(clip[:1]))[0]
    np.testing.assert_allclose(faces[0, 2:6], found.boxes[0], atol=0.1)
    np.testing.assert_allclose(five(faces[0]), found.points[0], atol=0.1)


def test_a_cut_changes_the_picture_and_talk_does_not(clip: Frames, second: Frames) -> None:
    """Frames of one shot are alike, with camera noise too; the first of another shot is not, and the next is again."""
    change = Change()
    noise = np.random.default_rng(0).normal(0, 6, (10, *clip.shape[1:]))
    shots = [clip[:10], (clip[:10] + noise).clip(0, 255).astype(np.uint8), second[:2]]
    assert [change(frame) for frame in planar.pictures(np.concatenate(shots))] == [False] * 20 + [True, False]


@pytest.mark.parametrize("name", ["clip", "second"])
def test_the_mesh_reads_as_the_detector_sees(
    name: str, request: pytest.FixtureRequest, detector: Detector, landmarks: Landmarks
) -> None:
    """In the mean over a clip, points and box of the mesh are the detector's to about a tenth of a face unit."""
    frames: Frames = request.getfixturevalue(name)[:160]
    points, boxes = [], []
    for frame in frames[:: len(frames) // 10]:
        found = detector.detect(planar.pictures(frame[None]))[0]
        mesh, _ = landmarks.mesh(planar.picture(frame), found.points[0])
        unit = unit_of(found.points[0])
        points.append((five_points(mesh) - found.points[0]) / unit)
        boxes.append((box_of(mesh) - found.boxes[0]) / unit)
    assert np.abs(np.mean(points, axis=0)).max() < 0.12
    assert np.abs(np.mean(boxes, axis=0)).max() < 0.15


def test_a_picture_that_rests_gives_the_same_face_to_the_bit(stage: DetectFaces, portrait: Frames) -> None:
    """Following by what was seen before does not creep: equal frames have equal faces and lips, looks or no looks."""
    for picture in (portrait, np.asarray(astronaut(), np.uint8)[:256, 96:352]):  # type: ignore[no-untyped-call]
        faces, lips, _ = run(stage, np.stack([picture] * (EVERY + 2)))
        assert (faces == faces[0]).all()
        assert (lips == lips[0]).all()
