"""Face: detection, landmarks and smoothing of a batch, on one thread of the CPU."""

from __future__ import annotations

from itertools import cycle

from pytest_benchmark.fixture import BenchmarkFixture

from heygem_core.lipsync.face import DetectFaces
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync.face_driver import JOB, frames_of, item_of

BATCH = 4
ROUNDS = 64


def test_face(benchmark: BenchmarkFixture) -> None:
    """The first frames of the default clip, four at a time, again and again."""
    stage = DetectFaces("cpu")
    stage.open()
    stage.start(JOB)
    frames = frames_of("clip", stop=64)
    items = cycle([item_of(frames[first : first + BATCH]) for first in range(0, len(frames) - BATCH, BATCH)])
    benchmark.extra_info["frames"] = BATCH
    benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: stage.process(next(items), DictSlot()), rounds=ROUNDS, warmup_rounds=3
    )
    assert stage.finish()["frames_without_face"] == 0
