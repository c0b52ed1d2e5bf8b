"""Log-mel windows of the speech around each video frame, as Wav2Lip's models expect them.

The figures are Wav2Lip's ``hparams.py`` (preemphasis 0.97, 800-sample Hann window, hop 200, 80 Slaney mels
from 55 to 7600 Hz, amplitude in dB over [-100, 0] at a reference of 20 dB, mapped to [-4, 4]);
kaldi-native-fbank computes them incrementally, so that memory does not grow with the length of the audio.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import kaldi_native_fbank
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Sample rate in Hz of everything accepted here."""
BINS = 80
"""Mel bins per step."""
STEPS = 16
"""Steps per window: 0.2 s."""
STEPS_PER_SECOND = 80
"""Steps per second of audio."""
FLOOR = -4.0
"""Value of silence."""
CENTRED = -7
"""Start of a window, in steps after the frame's time, that puts that time between its steps 7 and 8."""
AHEAD = 0
"""Start of a window as Wav2Lip's own inference has it: the 0.2 s that follow the frame."""

_WINDOW = 800
_HOP = RATE // STEPS_PER_SECOND


class AudioFeatures:
    """Turns samples, as they come, into one window of `STEPS` mel steps per video frame.

    Window i begins ``floor(80 * i / fps) + start`` steps into the audio; step k is centred on second k / 80.
    The default `CENTRED` treats past and future alike, which is what a mouth drawn from the sound's energy
    needs; models trained as Wav2Lip was want `AHEAD`, and lag by 0.1 s with the other. What lies before the
    first and after the last sample is silence.

    Only the steps that a later window can still need are kept: windows are asked for in ascending order.
    """

    def __init__(self, fps: Fraction | float, start: int = CENTRED) -> None:
        if not fps > 0:
            raise ValueError(f"frames per second must be above 0, got {fps}")
        self._fps = Fraction(fps)
        self._start = start
        self._fbank = _fbank()
        # The first step is centred on the first sample, so half a window of silence goes before it.
        self._feed(np.zeros(_WINDOW // 2, np.float32))
        self._steps = np.empty((0, BINS), np.float32)
        self._dropped = 0
        self._closed = False

    def accept(self, samples: NDArray[np.float32]) -> None:
        """Add mono samples in [-1, 1] at 16 kHz, any number of them; raises ValueError after `close`."""
        if self._closed:
            raise ValueError("samples after close()")
        self._feed(samples)
        self._collect()

    def close(self) -> None:
        """End the audio; from now on every window is ready."""
        if not self._closed:
            self._feed(np.zeros(_WINDOW // 2, np.float32))
            self._closed = True
            self._collect()

    @property
    def ready(self) -> int | None:
        """How many windows, from frame 0 on, the samples so far suffice for; None after `close`: any."""
        if self._closed:
            return None
        have = self._dropped + len(self._steps)
        # Window i needs the steps below floor(80 i / fps) + start + STEPS.
        last = have - self._start - STEPS
        return max(math.ceil(self._fps * (last + 1) / STEPS_PER_SECOND), 0)

    def windows(self, first: int, count: int) -> NDArray[np.float32]:
        """Return the windows of ``count`` frames from ``first`` on: float32 [count, 1, 80, 16] in [-4, 4].

        Drops the steps that lie before them. Raises ValueError for frames that are not `ready` yet or whose
        steps have been dropped.
        """
        ready = self.ready
        if ready is not None and first + count > ready:
            raise ValueError(f"windows {first} to {first + count - 1} asked for, {ready} are ready")
        begin = self._begin(first)
        if begin < self._dropped and self._dropped:
            raise ValueError(f"window {first} asked for, its audio has been dropped")
        result = np.empty((count, 1, BINS, STEPS), np.float32)
        for index in range(count):
            result[index, 0] = self._window(self._begin(first + index))
        self._drop(begin)
        return result

    def _begin(self, frame: int) -> int:
        return int(STEPS_PER_SECOND * frame / self._fps) + self._start

    def _window(self, begin: int) -> NDArray[np.float32]:
        window = np.full((STEPS, BINS), FLOOR, np.float32)
        offset = begin - self._dropped
        low, high = max(offset, 0), min(offset + STEPS, len(self._steps))
        if low < high:
            window[low - offset : high - offset] = self._steps[low:high]
        return window.T

    def _drop(self, before: int) -> None:
        passed = min(max(before - self._dropped, 0), len(self._steps))
        self._steps = self._steps[passed:].copy()
        self._dropped += passed

    def _feed(self, samples: NDArray[np.float32]) -> None:
        self._fbank.accept_waveform(float(RATE), np.ascontiguousarray(samples, np.float32))

    def _collect(self) -> None:
        """Move the steps that have become complete out of the extractor."""
        seen = self._dropped + len(self._steps)
        new = [self._fbank.get_frame(index) for index in range(seen, self._fbank.num_frames_ready)]
        if new:
            steps = _normalised(np.stack(new))  # copied before pop frees what they view
            self._fbank.pop(len(new))
            self._steps = np.concatenate([self._steps, steps])


def windows(samples: NDArray[np.float32], fps: Fraction | float, first: int, count: int) -> NDArray[np.float32]:
    """Return the centred windows of ``count`` frames from ``first`` on for audio that is all there.

    ``samples`` is float32 mono at 16 kHz; the result is float32 [count, 1, 80, 16], see `AudioFeatures`.
    """
    features = AudioFeatures(fps)
    features.accept(samples)
    features.close()
    return features.windows(first, count)


def _normalised(log_mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map natural-log mel amplitudes to Wav2Lip's scale."""
    decibel = log_mel * np.float32(20 / np.log(10)) - 20
    scaled: NDArray[np.float32] = np.clip(decibel * np.float32(8 / 100) + 4, FLOOR, -FLOOR)
    return scaled


def _fbank() -> Any:
    options = kaldi_native_fbank.FbankOptions()
    frame = options.frame_opts
    frame.samp_freq = RATE
    frame.frame_length_ms = 1000 * _WINDOW / RATE
    frame.frame_shift_ms = 1000 * _HOP / RATE
    frame.window_type = "hann"
    frame.preemph_coeff = 0.97
    frame.dither = 0.0
    frame.remove_dc_offset = False
    frame.round_to_power_of_two = False
    frame.snip_edges = True
    mel = options.mel_opts
    mel.num_bins = BINS
    mel.low_freq = 55.0
    mel.high_freq = 7600.0
    mel.is_librosa = True
    options.use_energy = False
    options.use_power = False
    return kaldi_native_fbank.OnlineFbank(options)
