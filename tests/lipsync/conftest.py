"""The models and pictures that several files of tests use; each is loaded once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.face.detector import Detector
from heygem_core.lipsync.face.landmarks import Landmarks
from tests.lipsync.face_driver import frames_of

Frames = NDArray[np.uint8]


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
