"""Audio features: from sound to one mel window per frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from heygem_core.lipsync.audio import RATE, AudioFeatures

FPS = 25
SECONDS = 1
ROUNDS = 662
"""What a p99 needs."""


def windows(samples: NDArray[np.float32]) -> int:
    """Pass the sound on in pieces of a tenth of a second, as a decoder does, and take every window that is ready."""
    features, taken = AudioFeatures(FPS), 0
    for piece in np.split(samples, SECONDS * 10):
        features.accept(piece)
        ready = (features.ready or 0) - taken
        if ready:
            taken += len(features.windows(taken, ready))
    features.close()
    return taken + len(features.windows(taken, SECONDS * FPS - taken))


def test_audio_features(benchmark: BenchmarkFixture) -> None:
    """A second of noise."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, SECONDS * RATE).astype(np.float32)
    benchmark.extra_info["frames"] = SECONDS * FPS
    taken = benchmark.pedantic(windows, (samples,), rounds=ROUNDS, warmup_rounds=3)  # type: ignore[no-untyped-call]
    assert taken == SECONDS * FPS
