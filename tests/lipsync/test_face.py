"""Faces and lips on real pictures: found, the right one, steady, not late, and honest when there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from heygem_core.errors import BadInput
from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.detector import Detections, Detector, _dynamic_model, reduced_size
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.landmarks import Landmarks, lips_of, mouth_gap
from heygem_core.lipsync.tracking import HOLD, Face, Tracker
from heygem_core.pipeline.stage import DictSlot

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
JOB = {"video": "talk.mp4", "allow_no_face": False}


def frames_of(name: str, every: int = 1) -> Frames:
    """Return every n-th frame of a clip, uint8 [N, H, W, 3]."""
    with av.open(str(fetch(name))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.stack(frames[::every]).astype(np.uint8)


@pytest.fixture(scope="session")
def clip() -> Frames:
    """The default clip: one speaker, 173 frames."""
    return frames_of("clip")


@pytest.fixture(scope="session")
def crowd() -> Frames:
    """A photograph of five people: uint8 [H, W, 3]."""
    picture = cv2.imread(str(fetch("photo-several-faces")))
    assert picture is not None
    return np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8)


@pytest.fixture(scope="session")
def portrait(clip: Frames) -> Frames:
    """A still picture of one face, uint8 [480, 640, 3]."""
    return np.asarray(clip[0], np.uint8)


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The detector on the CPU."""
    return Detector("cpu")


@pytest.fixture(scope="session")
def landmarks() -> Landmarks:
    """The landmark model."""
    return Landmarks()


@pytest.fixture
def stage() -> DetectFaces:
    """The stage, opened."""
    stage = DetectFaces(provider="cpu")
    stage.open()
    return stage


def run(stage: DetectFaces, frames: Frames, job: dict[str, Any] = JOB) -> tuple[Floats, Floats, dict[str, Any]]:
    """Drive the stage over ``frames`` in slots of four; returns (faces, lips, summary)."""
    stage.start(job)
    faces: list[Floats] = []
    lips: list[Floats] = []
    for first in range(0, len(frames), 4):
        part = frames[first : first + 4]
        item = DictSlot(first=first, count=len(part))
        item.allocate("frames", part.shape, np.uint8)[:] = part
        item.allocate("audio", (len(part), 1, 80, 16), np.float32)[:] = first
        for name in item.names:
            item[name].setflags(write=False)
        out = DictSlot()
        stage.process(item, out)
        assert set(out.names) == {"frames", "audio", "faces", "lips"}
        np.testing.assert_array_equal(out["frames"], part)
        np.testing.assert_array_equal(out["audio"], item["audio"])
        faces.append(out["faces"])
        lips.append(out["lips"])
    return np.concatenate(faces), np.concatenate(lips), dict(stage.finish())


def detections(*boxes: Sequence[float]) -> Detections:
    """Make detections with plausible points out of boxes."""
    array = np.array(boxes, np.float32).reshape(-1, 4)
    size = (array[:, 2:] - array[:, :2])[:, None]
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Detections(array, np.full(len(array), 0.9, np.float32), array[:, None, :2] + points * size)


def follow(sequence: Sequence[Detections], *, seen: bool = True) -> list[Face | None]:
    """Let a tracker follow; ``seen`` is what the landmark model says about a face that the detector missed."""
    tracker = Tracker()
    return [tracker.update(found, lambda _: seen) for found in sequence]


def test_the_rewritten_detector_computes_what_the_published_one_does() -> None:
    """Freeing the dimensions and dropping unused weights changes no output."""
    pictures = np.random.default_rng(0).uniform(0, 255, (10, 3, 32, 32)).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    outputs = []
    for path, name in ((fetch("centerface"), "input.1"), (_dynamic_model(), "image")):
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        outputs.append(session.run(None, {name: pictures}))
    for published, rewritten in zip(*outputs, strict=True):
        np.testing.assert_allclose(rewritten, published, atol=2e-5, rtol=1e-4)


def test_the_speaker_is_found_in_every_frame_and_nothing_else(clip: Frames, detector: Detector) -> None:
    """One face in each of 173 frames, its points where eyes, nose and mouth corners are; none in a cartoon."""
    found = [one for first in range(0, len(clip), 4) for one in detector.detect(clip[first : first + 4])]
    assert [len(one) for one in found] == [1] * 173
    for one in found:
        left_eye, right_eye, nose, left_mouth, right_mouth = one.points[0]
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    cartoon = frames_of("clip-no-face", every=5)
    assert sum(len(one) for first in range(0, 19, 4) for one in detector.detect(cartoon[first : first + 4])) == 0


@pytest.mark.parametrize("size", [(640, 427), (1333, 667), (500, 801), (2000, 1334)])
def test_coordinates_do_not_depend_on_the_pictures_size(
    crowd: Frames, detector: Detector, size: tuple[int, int]
) -> None:
    """Five faces at every size and shape, at the same places relative to the picture."""
    height, width = crowd.shape[:2]
    expected = detector.detect(crowd[None])[0]
    found = detector.detect(cv2.resize(crowd, size, interpolation=cv2.INTER_AREA)[None].astype(np.uint8))[0]
    assert len(expected) == len(found) == 5
    scale = np.array([width / size[0], height / size[1]], np.float32)
    for points in found.points * scale:
        distances = np.abs(expected.points - points).max(axis=(1, 2))
        assert distances.min() < 20  # pixels; the faces are 100 wide, and two of the shapes squeeze them


def test_the_detectors_input_keeps_the_shape_of_the_picture() -> None:
    """Whatever the picture, about the same number of pixels in multiples of 32, and never an empty side."""
    assert reduced_size(640, 480) == (320, 256)
    assert reduced_size(1080, 1920) == (224, 384)
    assert reduced_size(4000, 10) == (5728, 32)


def test_the_largest_of_several_faces_is_taken_and_said(stage: DetectFaces, crowd: Frames) -> None:
    """The summary counts the frames with several faces and warns once."""
    faces, _, summary = run(stage, np.stack([crowd, crowd]))
    boxes = stage._detector.detect(crowd[None])[0].boxes
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    assert np.prod(faces[0, 4:6] - faces[0, 2:4]) == pytest.approx(areas.max())
    assert summary["several_faces"] == 2
    assert summary["warnings"] == ["2 of 2 frames show several faces; the largest is used"]


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


@pytest.mark.parametrize("angle", [-30, -15, 15, 30])
def test_lips_follow_a_tilted_head(portrait: Frames, detector: Detector, landmarks: Landmarks, angle: int) -> None:
    """The lips of a tilted picture are the tilted lips of the picture."""

    def lips(picture: Frames) -> Floats:
        found = detector.detect(picture[None])[0]
        return lips_of(landmarks.mesh(picture, found.points[0])[0])

    turn = cv2.getRotationMatrix2D((320, 240), angle, 1.0)
    turned = cv2.warpAffine(portrait, turn, (640, 480)).astype(np.uint8)
    expected = lips(portrait) @ turn[:, :2].T + turn[:, 2]
    eye_distance = 60
    assert np.abs(lips(turned) - expected).mean() < 0.06 * eye_distance


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
    found = [detector.detect(frame[None])[0] for frame in frames]
    points = np.stack([one.points[0] for one in found])
    meshes = (landmarks.mesh(f, d.points[0])[0] for f, d in zip(frames, found, strict=True))
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
    """While the clip's speaker talks, the smoothed gap between the lips is closest to the measured one less than
    half a frame before.
    """
    frames = clip[20:80]
    found = [detector.detect(frame[None])[0] for frame in frames]
    meshes = (landmarks.mesh(f, d.points[0])[0] for f, d in zip(frames, found, strict=True))
    measured = np.array([gap_of(lips_of(mesh)) for mesh in meshes])
    smooth = np.array([gap_of(lips) for lips in run(stage, frames)[1]])
    time = np.arange(4, len(frames))
    delays = np.linspace(0, 2, 41)
    likeness = [np.corrcoef(np.interp(time - d, np.arange(len(frames)), measured), smooth[4:])[0, 1] for d in delays]
    assert max(likeness) > 0.95
    assert delays[int(np.argmax(likeness))] < 0.5


def gap_of(lips: Floats) -> float:
    """Return how far the middle of the lower inner lip is below the middle of the upper one, in pixels."""
    return float(lips[25, 1] - lips[35, 1])


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


class FakeDropouts:
    """The real detector, except that it misses some frames: what real clips hardly ever show."""

    def __init__(self, real: Detector, missed: set[int]) -> None:
        self.session = real.session
        self._real = real
        self._missed = missed
        self._seen = 0

    def detect(self, frames: Frames) -> list[Detections]:
        """Detect, and forget what was found in the missed frames."""
        found = self._real.detect(frames)
        numbers = range(self._seen, self._seen + len(found))
        self._seen += len(found)
        return [detections() if n in self._missed else one for n, one in zip(numbers, found, strict=True)]


def test_nothing_flickers_while_the_detector_drops_out(stage: DetectFaces, clip: Frames) -> None:
    """Missed frames keep a face whose lips still follow the picture, and are counted as missed all the same."""
    expected_faces, expected_lips, _ = run(stage, clip[:40])
    stage._detector = FakeDropouts(stage._detector, {10, 17, 18, 19})  # type: ignore[assignment]
    faces, lips, summary = run(stage, clip[:40])
    assert (faces[:, 0] == 1).all()
    assert summary["frames_without_face"] == summary["frames_held"] == 4
    eye_distance = np.hypot(*(expected_faces[:, 8:10] - expected_faces[:, 6:8]).T).mean()
    assert np.abs(lips - expected_lips).max() < 0.15 * eye_distance


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


def test_the_gap_tells_an_open_mouth_from_a_closed_one(clip: Frames, detector: Detector, landmarks: Landmarks) -> None:
    """The clip begins with closed lips; a second later the speaker's mouth is open."""

    def gap(frame: Frames) -> float:
        found = detector.detect(frame[None])[0]
        return mouth_gap(landmarks.mesh(frame, found.points[0])[0])

    closed, spoken = gap(clip[0]), gap(clip[24])
    assert closed < 0.05
    assert spoken > 0.1


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
