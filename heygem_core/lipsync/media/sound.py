"""Audio as a stream of samples at a wanted rate: a few at a time, never the whole of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from typing import Literal

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from .info import round_half_up
from .reading import audio_stream, broken, decoded_audio, opened, seconds_of

Samples = NDArray[np.float32]
Layout = Literal["mono", "stereo"]


def _chunks(path: str, rate: int, layout: Layout, origin: Fraction | None) -> Generator[Samples, None, None]:
    """Yield float32 [channels, n], n > 0; silence first, or samples dropped, to start at ``origin``."""
    resampler = AudioResampler(format="fltp", layout=layout, rate=rate)
    lead: int | None = None
    skip = 0
    with opened(path) as container:
        stream = audio_stream(container, path)
        for frame in _with_end(decoded_audio(container, stream, path)):
            if lead is None and frame is not None:
                lead = _lead(frame, origin, rate)
                skip = max(0, -lead)
                if lead > 0:
                    yield np.zeros((1 if layout == "mono" else 2, lead), np.float32)
            for chunk in _resampled(resampler, frame, path):
                kept = chunk[:, skip:]
                skip -= chunk.shape[1] - kept.shape[1]
                if kept.shape[1]:
                    yield kept


def _with_end(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame | None]:
    yield from frames
    yield None


def _lead(frame: av.AudioFrame, origin: Fraction | None, rate: int) -> int:
    start = seconds_of(frame)
    return 0 if origin is None or start is None else round_half_up((start - origin) * rate)


def _resampled(resampler: AudioResampler, frame: av.AudioFrame | None, path: str) -> Iterator[Samples]:
    try:
        results = resampler.resample(frame)
    except (ValueError, av.FFmpegError) as error:
        now = seconds_of(frame) if frame is not None else None
        raise broken(path, "audio", float(now or 0), error) from None
    for result in results:
        if result.samples:
            yield np.asarray(result.to_ndarray(), np.float32)


class SoundReader:
    """Reads a file's first audio stream as float32 samples [channels, n] in [-1, 1].

    ``origin`` is the timestamp in seconds that the first sample returned belongs to; None: the stream's own start.
    """

    def __init__(self, path: str, rate: int, layout: Layout, origin: Fraction | None = None) -> None:
        self._chunks = _chunks(path, rate, layout, origin)
        self._rest = np.empty((1 if layout == "mono" else 2, 0), np.float32)

    def read(self, count: int) -> Samples:
        """Return the next ``count`` samples, fewer only at the end; raises `BadInput` where the file is damaged."""
        parts, have = [self._rest], self._rest.shape[1]
        while have < count:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            have += chunk.shape[1]
        joined = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        self._rest = joined[:, count:].copy()
        return joined[:, :count]

    def close(self) -> None:
        """Close the file."""
        with closing(self._chunks):
            pass
