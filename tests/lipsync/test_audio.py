"""Mel windows: against Wav2Lip's own formulas, in time, in pieces, and at the edges."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from heygem_core.lipsync.audio import AHEAD, BINS, FLOOR, RATE, STEPS, AudioFeatures, windows

FloatArray = NDArray[np.float32]
RATES = [Fraction(12), Fraction(25), Fraction(30000, 1001), Fraction(60)]


def noise(seconds: float, seed: int = 0) -> FloatArray:
    """Noise that swells and fades, silent at both ends."""
    time = np.arange(round(seconds * RATE)) / RATE
    envelope = np.sin(np.pi * time / seconds) ** 2
    samples = np.random.default_rng(seed).standard_normal(len(time)) * 0.1 * envelope
    return np.asarray(samples, np.float32)


def slaney_filters() -> NDArray[np.float64]:
    """Return librosa's mel filter bank for 16 kHz, 800-point FFT, 55 to 7600 Hz: [80, 401]."""
    step = np.log(6.4) / 27

    def to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(mel >= 15, 1000 * np.exp(step * (mel - 15)), mel * 200 / 3)

    points = to_hertz(np.linspace(55 * 3 / 200, 15 + np.log(7.6) / step, BINS + 2))
    ramps = points[:, None] - np.linspace(0, RATE / 2, 401)
    widths = np.diff(points)[:, None]
    triangles = np.maximum(0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    normalised: NDArray[np.float64] = triangles * (2 / (points[2:] - points[:-2]))[:, None]
    return normalised


def wav2lip_mel(samples: FloatArray) -> NDArray[np.float64]:
    """Compute Wav2Lip's mel spectrogram straight from its formulas, without kaldi: [80, T]."""
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    padded = np.pad(emphasised, 400)
    hann = np.hanning(801)[:-1]
    starts = range(0, len(samples) + 1, 200)
    spectra = np.abs([np.fft.rfft(padded[start : start + 800] * hann) for start in starts])
    decibel = 20 * np.log10(np.maximum(1e-5, slaney_filters() @ spectra.T)) - 20
    return np.clip(8 * (decibel + 100) / 100 - 4, -4, 4)


@pytest.mark.parametrize("fps", RATES)
def test_windows_equal_wav2lips_own(fps: Fraction) -> None:
    """With AHEAD, window i is mel[:, s : s + 16], s = int(80 i / fps), as Wav2Lip's inference cuts it."""
    samples = noise(3.0)
    features = AudioFeatures(fps, AHEAD)
    features.accept(samples)
    features.close()
    mel = wav2lip_mel(samples)
    count = int(2.7 * fps)
    got = features.windows(0, count)
    expected = np.stack([mel[:, int(80 * i / fps) :][:, :STEPS] for i in range(count)])
    np.testing.assert_allclose(got[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize("fps", RATES)
def test_a_tone_burst_shows_in_exactly_the_windows_around_it(fps: Fraction) -> None:
    """A burst from 1 s to 2 s shows where the window overlaps it, alike before and after."""
    samples = np.zeros(3 * RATE, np.float32)
    samples[RATE : 2 * RATE] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    got = windows(samples, fps, 0, int(3 * fps))
    sounding = {int(i) for i in np.flatnonzero((got > FLOOR + 1).any(axis=(1, 2, 3)))}
    # The outer steps are centred up to 0.1 s from the frame, less the half step that rounding costs.
    surely = {i for i in range(int(3 * fps)) if 1 - 0.0875 < i / fps < 2 + 0.0875}
    surely_not = {i for i in range(int(3 * fps)) if not 1 - 0.13 < i / fps < 2 + 0.13}
    assert surely <= sounding
    assert not sounding & surely_not


def test_the_frames_time_lies_between_steps_7_and_8() -> None:
    """A click at a frame's time is loudest, and equally loud, in the steps just before and after it."""
    samples = np.zeros(2 * RATE, np.float32)
    samples[RATE + 100] = 1.0  # half a step after frame 25 of 25 fps, because steps are rounded down
    energy = windows(samples, 25, 25, 1)[0, 0].mean(axis=0)
    assert set(np.argsort(energy)[-2:]) == {7, 8}
    assert energy[7] == pytest.approx(energy[8], abs=0.05)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=30),
    fps=st.sampled_from(RATES),
    batch=st.integers(1, 9),
)
def test_chunking_changes_nothing(sizes: list[int], fps: Fraction, batch: int) -> None:
    """However the samples come and the windows are asked for, their values are bit for bit the same."""
    samples = noise(max(sum(sizes), 1) / RATE)
    total = int(len(samples) * fps / RATE) + 3
    features = AudioFeatures(fps)
    parts: list[FloatArray] = []
    done = 0
    for chunk in np.split(samples, np.cumsum(sizes)[:-1]):
        features.accept(chunk)
        while (features.ready or 0) >= done + batch and done + batch <= total:
            parts.append(features.windows(done, batch))
            done += batch
    features.close()
    parts.append(features.windows(done, total - done))
    np.testing.assert_array_equal(np.concatenate(parts), windows(samples, fps, 0, total))


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), np.zeros(0, np.float32), np.ones(1, np.float32)])
def test_silence_gives_the_floor_and_never_nan(samples: FloatArray) -> None:
    """Digital zero, no audio at all, one sample: every value is finite, and silence is exactly the floor."""
    got = windows(samples, 25, 0, 50)
    assert got.shape == (50, 1, 80, 16)
    assert np.isfinite(got).all()
    assert got.max() <= -FLOOR
    np.testing.assert_array_equal(got[40:], FLOOR)


def test_full_scale_stays_within_the_range() -> None:
    """A full-scale square wave is clipped to 4."""
    samples = np.sign(np.sin(np.arange(RATE) * 0.05)).astype(np.float32)
    got = windows(samples, 25, 0, 25)
    assert got.max() <= 4.0
    assert got.min() >= -4.0


def test_memory_does_not_grow_with_the_length() -> None:
    """Ten times the audio leaves the same memory in use, because passed steps are dropped."""
    features = AudioFeatures(25)
    second = noise(1.0)

    def run(seconds: range) -> int:
        for index in seconds:
            features.accept(second)
            ready = features.ready
            assert ready is not None
            features.windows(ready - 1, 1)
            del index
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        few = run(range(4))
        many = run(range(40))
    finally:
        tracemalloc.stop()
    assert many < few + 20_000


def test_what_is_not_there_is_refused() -> None:
    """Windows not ready, dropped windows and late samples are the caller's mistakes, named with figures."""
    features = AudioFeatures(25)
    features.accept(noise(1.0))
    ready = features.ready
    assert ready is not None
    with pytest.raises(ValueError, match=f"windows 0 to {ready} asked for, {ready} are ready"):
        features.windows(0, ready + 1)
    features.windows(ready - 1, 1)
    with pytest.raises(ValueError, match="window 0 asked for, its audio has been dropped"):
        features.windows(0, 1)
    features.close()
    with pytest.raises(ValueError, match="samples after close"):
        features.accept(noise(0.1))
    with pytest.raises(ValueError, match="must be above 0, got 0"):
        AudioFeatures(0)
