"""A whole job through the warm pipeline beside its slowest stage, with the split of time that ``render`` reports."""

from __future__ import annotations

import tempfile
import wave
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygem_core.lipsync import assets
from heygem_core.lipsync.media import probe_video
from heygem_core.lipsync.render import Renderer
from heygem_core.lipsync.result import RenderResult
from heygem_core.runtime.session import Provider
from heygem_core.runtime.tuning import Tuning

_KEYS = ("name", "frames", "busy_s", "wait_input_s", "wait_output_s", "p50_ms", "p99_ms")


@dataclass(frozen=True)
class Job:
    """A job of a pipeline that was warm; ``warmup_s`` is that of the job before."""

    frames: int
    wall_s: float
    warmup_s: float
    applied: str
    stages: tuple[dict[str, Any], ...]
    generator: dict[str, Any]

    @property
    def slowest(self) -> dict[str, Any]:
        """The stage that was busy longest."""
        return max(self.stages, key=lambda stage: stage["busy_s"])

    @property
    def of_slowest_stage(self) -> float:
        """Throughput of the job over that of its slowest stage alone."""
        return float(self.slowest["busy_s"]) / self.wall_s


def job(generator: str, provider: Provider, batch: int, tuning: Tuning, seconds: float) -> Job:
    """Render ``seconds`` of the default clip twice and return the second."""
    clip = assets.fetch("clip")
    info = probe_video(str(clip))
    with tempfile.TemporaryDirectory() as folder:
        sound, output = loud(Path(folder) / "loud.wav", seconds), Path(folder) / "out.mp4"
        with Renderer(
            info.width, info.height, generator=generator, provider=provider, batch=batch, tuning=tuning
        ) as renderer:
            cold = renderer.render(clip, sound, output)
            warm = renderer.render(clip, sound, output, overwrite=True)
    return _told(cold, warm)


def _told(cold: RenderResult, warm: RenderResult) -> Job:
    told = warm.as_json()
    stages = tuple({key: asdict(stage)[key] for key in _KEYS} for stage in warm.stages)
    applied = warm.provider["applied"]
    return Job(warm.frames_out, warm.wall_s, cold.warmup_s, applied, stages, told["generator"])


def loud(path: Path, seconds: float) -> Path:
    """Write ``seconds`` of noise, the same every time, and return ``path``."""
    import numpy as np

    samples = np.random.default_rng(0).integers(-8000, 8000, int(seconds * 16_000), np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    return path
