"""The two models of the face stage on real pictures: found, in the right place, in any size and at any angle."""

from __future__ import annotations

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.face.detector import Detections, Detector, _dynamic_model, reduced_size
from heygem_core.lipsync.face.landmarks import Landmarks, lips_of, mouth_gap
from tests.lipsync import planar
from tests.lipsync.face_driver import frames_of

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]


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


def detected(detector: Detector, frames: Frames) -> list[Detections]:
    """Return what is found in RGB frames [N, H, W, 3], four at a time."""
    batches = (planar.pictures(frames[first : first + 4]) for first in range(0, len(frames), 4))
    return [one for batch in batches for one in detector.detect(batch)]


def test_the_speaker_is_found_in_every_frame_and_nothing_else(clip: Frames, detector: Detector) -> None:
    """One face in each of 173 frames, its points where eyes, nose and mouth corners are; none in a cartoon."""
    found = detected(detector, clip)
    assert [len(one) for one in found] == [1] * 173
    for one in found:
        left_eye, right_eye, nose, left_mouth, right_mouth = one.points[0]
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    cartoon = frames_of("clip-no-face", every=5)
    assert sum(len(one) for one in detected(detector, cartoon)) == 0


@pytest.mark.parametrize("size", [(640, 427), (1333, 667), (500, 801), (2000, 1334)])
def test_coordinates_do_not_depend_on_the_pictures_size(
    crowd: Frames, detector: Detector, size: tuple[int, int]
) -> None:
    """Five faces at every size and shape, at the same places relative to the picture."""
    height, width = crowd.shape[:2]
    expected = detected(detector, crowd[None])[0]
    resized = cv2.resize(crowd, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    found = detected(detector, resized[None])[0]
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


@pytest.mark.parametrize("angle", [-30, -15, 15, 30])
def test_lips_follow_a_tilted_head(portrait: Frames, detector: Detector, landmarks: Landmarks, angle: int) -> None:
    """The lips of a tilted picture are the tilted lips of the picture."""

    def lips(picture: Frames) -> Floats:
        found = detected(detector, picture[None])[0]
        return lips_of(landmarks.mesh(planar.picture(picture), found.points[0])[0])

    turn = cv2.getRotationMatrix2D((320, 240), angle, 1.0)
    turned = cv2.warpAffine(portrait, turn, (640, 480)).astype(np.uint8)
    expected = lips(portrait) @ turn[:, :2].T + turn[:, 2]
    eye_distance = 60
    assert np.abs(lips(turned) - expected).mean() < 0.06 * eye_distance


def test_the_gap_tells_an_open_mouth_from_a_closed_one(clip: Frames, detector: Detector, landmarks: Landmarks) -> None:
    """The clip begins with closed lips; a second later the speaker's mouth is open."""

    def gap(frame: Frames) -> float:
        found = detected(detector, frame[None])[0]
        return mouth_gap(landmarks.mesh(planar.picture(frame), found.points[0])[0])

    closed, spoken = gap(clip[0]), gap(clip[24])
    assert closed < 0.05
    assert spoken > 0.1
