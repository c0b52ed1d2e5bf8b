"""Whoever watches must see somebody speak: the mouth goes with the sound, and nothing else moves."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.geometry import INNER_LIPS
from tests.lipsync import planar
from tests.lipsync.mouth_meter import MouthMeter, agreement, energy
from tests.lipsync.puppet_show import Show, Shown

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
FPS = 29.97
CHIN, NOSE, EYES = 152, 4, [33, 133, 362, 263]
UNIT_EYES = (33, 263)


def pictures(name: str, count: int, start: int = 0) -> Frames:
    """Return `count` frames of a clip from `start` on, uint8 [N, H, W, 3]."""
    with av.open(str(fetch(name))) as container:
        found = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
        return np.stack([frame for index, frame in enumerate(found) if start <= index < start + count]).astype(np.uint8)


@pytest.fixture(scope="session")
def speech() -> Floats:
    """What is said in the default clip: mono, 16 kHz, float32."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    with av.open(str(fetch("clip"))) as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        parts += resampler.resample(None)
    return np.concatenate([part.to_ndarray()[0] for part in parts]).astype(np.float32)


@pytest.fixture(scope="session")
def show() -> Show:
    """The stages, loaded once."""
    return Show()


@pytest.fixture(scope="session")
def meter() -> MouthMeter:
    """The landmark model."""
    return MouthMeter()


@pytest.fixture(scope="session")
def clip() -> Frames:
    """The default clip."""
    return pictures("clip", 173)


@pytest.fixture(scope="session")
def played(show: Show, clip: Frames, speech: Floats) -> Shown:
    """The default clip with its own speech."""
    return show.play(clip, speech, FPS)


@pytest.fixture(scope="session")
def still() -> Frames:
    """A photograph of an astronaut, smiling, as 100 equal frames."""
    photograph = np.asarray(astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    return np.repeat(photograph[None, :256, 96:352], 100, axis=0)


@pytest.fixture(scope="session")
def spoken(show: Show, still: Frames, speech: Floats) -> Shown:
    """The photograph with the speech of the default clip."""
    return show.play(still, speech, FPS)


def test_the_mouth_of_the_default_clip_goes_with_its_speech(played: Shown, speech: Floats, meter: MouthMeter) -> None:
    """Gap and energy agree at 0.75 or better, within three frames."""
    found, _ = agreement(meter.gaps(*played), energy(speech, FPS, 173))
    assert found >= 0.75


def test_the_source_alone_would_not_pass(clip: Frames, played: Shown, speech: Floats, meter: MouthMeter) -> None:
    """The untouched clip stays below the bar: it is the generator that the bar measures."""
    found, _ = agreement(meter.gaps(clip, played.faces), energy(speech, FPS, 173))
    assert found < 0.6


def test_a_photograph_speaks(spoken: Shown, speech: Floats, meter: MouthMeter) -> None:
    """A still face animated with speech agrees with it at 0.6 or better."""
    found, _ = agreement(meter.gaps(*spoken), energy(speech, FPS, 100))
    assert found >= 0.6


def test_another_clip_speaks(show: Show, speech: Floats, meter: MouthMeter) -> None:
    """A second speaker, whose own mouth laughs, agrees at 0.6 or better with words that are not hers."""
    frames = pictures("clip-second", 72, start=330)
    shown = show.play(frames, speech, FPS)
    found, _ = agreement(meter.gaps(*shown), energy(speech, FPS, 72))
    assert found >= 0.6


def test_silence_closes_the_mouth(show: Show, still: Frames, spoken: Shown, meter: MouthMeter) -> None:
    """Without sound the lips rest together, in a photograph that shows its teeth too, and nothing moves."""
    silent = show.play(still[:8], np.zeros(16_000, np.float32), FPS)
    # The face is equal to the bit; onnxruntime rounds equal rows of one batch differently, which one pixel may show.
    assert np.abs(silent.frames.astype(int) - silent.frames[:1]).max() <= 1
    resting = meter.gaps(silent.frames[:1], silent.faces[:1])[0]
    assert resting < 0.05
    assert meter.gaps(*spoken).max() > 2.5 * resting


def test_hiss_is_silence(show: Show, still: Frames) -> None:
    """Noise of a cheap microphone, 57 dB below full scale, leaves the mouth as silence does."""
    hiss = np.random.default_rng(1).normal(0, 0.0014, 16_000).astype(np.float32)
    noisy, silent = (show.play(still[:8], sound, FPS).frames for sound in (hiss, np.zeros_like(hiss)))
    assert np.abs(noisy.astype(int) - silent).max() <= 12


def test_lip_and_chin_go_down_and_nothing_above_moves(spoken: Shown, meter: MouthMeter) -> None:
    """Between its most closed and its most open frame the lower lip falls, the chin with it; nose and eyes stay."""
    gaps = meter.gaps(*spoken)
    closed, opened = (meter.mesh(spoken.frames[i], spoken.faces[i]) for i in (gaps.argmin(), gaps.argmax()))
    unit = float(np.hypot(*(closed[UNIT_EYES[1]] - closed[UNIT_EYES[0]])))
    fall = (opened - closed)[:, 1] / unit
    assert fall[INNER_LIPS[5]] > 0.05
    assert fall[CHIN] > 0.02
    # The model looks at the face as a whole, so even points on equal pixels shift a little.
    assert np.abs(fall[[NOSE, *EYES]]).max() < 0.3 * fall[INNER_LIPS[5]]


def test_outside_the_lower_face_every_pixel_is_the_sources(played: Shown, clip: Frames) -> None:
    """What changes lies between the nose and the collar; the rest of each frame is equal to the bit."""
    changed = (played.frames != planar.kept(clip)).any(axis=3)
    height, width = changed.shape[1:]
    for face, frame in zip(played.faces, changed, strict=True):
        eyes, unit = face[[7, 9]].mean(), float(np.hypot(*(face[8:10] - face[6:8])))
        rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
        assert len(rows) > 0
        assert rows[0] > eyes + 0.2 * unit
        assert rows[-1] - rows[0] < 2.2 * unit
        assert columns[-1] - columns[0] < 2.2 * unit
    assert changed.mean() < 0.1
    assert (height, width) == clip.shape[1:3]


def test_equal_inputs_give_equal_frames(show: Show, clip: Frames, played: Shown, speech: Floats) -> None:
    """A second run is equal to the bit, whatever was played in between."""
    again = show.play(clip[:12], speech, FPS)
    assert (again.frames == played.frames[:12]).all()


def test_nothing_pops(played: Shown, clip: Frames) -> None:
    """From frame to frame the moved picture changes hardly more than the source does: nothing pops or flickers."""

    def unrest(frames: Frames) -> NDArray[np.float64]:
        small = np.stack([cv2.resize(frame, (160, 120), interpolation=cv2.INTER_AREA) for frame in frames])
        return np.asarray(np.abs(np.diff(small.astype(np.float64), axis=0)).mean(axis=(1, 2, 3)), np.float64)

    assert unrest(played.frames).max() < 1.5 * unrest(clip).max()
