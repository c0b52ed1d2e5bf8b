"""Generators: a batch of faces through the stage, the model and what is around it, on one thread of the CPU."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from heygem_core.pipeline.stage import DictSlot
from tests.lipsync.generating import an_item, opened

BATCH = 4


@pytest.mark.parametrize(("generator", "rounds"), [("puppet", 130), ("dinet-small", 64)])
def test_generator(generator: str, rounds: int, benchmark: BenchmarkFixture) -> None:
    """Four frames with a face and speech of four strengths."""
    stage = opened(generator, BATCH)
    stage.start({})
    item = an_item([-2.0, 0.0, 1.0, 2.0])
    benchmark.extra_info["frames"] = BATCH
    benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: stage.process(item, DictSlot()), rounds=rounds, warmup_rounds=5
    )
