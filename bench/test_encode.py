"""Encoding: a batch of the default clip's frames into H.264 with its sound, by libx264."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from heygem_core.lipsync import assets
from heygem_core.lipsync.media import Decode, Encode
from tests.lipsync.media.clips import filled

BATCH = 4
ROUNDS = 130


def test_encode(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Real pictures, since what an encoder takes depends on them; the file is completed outside what is timed."""
    clip, output = str(assets.fetch("clip")), tmp_path / "out.mp4"
    stage = Encode("libx264")
    stage.open()
    stage.start({"video": clip, "audio": clip, "output": str(output)})
    decode = Decode(BATCH)
    decode.start({"video": clip, "audio": clip})
    items = cycle([item for item in filled(decode) if item.count == BATCH])
    decode.finish()
    benchmark.extra_info["frames"] = BATCH
    benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: stage.consume(next(items)), rounds=ROUNDS, warmup_rounds=3
    )
    assert stage.finish()["frames"] == BATCH * (ROUNDS + 3)
    assert output.exists()
