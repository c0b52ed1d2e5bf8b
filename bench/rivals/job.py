"""The job that every peer does: the same stages on the same clip, and what is told about each run of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from heygem_core.lipsync import render
from heygem_core.lipsync.media import probe_audio, probe_video
from heygem_core.pipeline import DictSlot, Sink, Source, Stage, Transform

BATCH = 4
GENERATOR = "puppet"
PROVIDER: Literal["cpu"] = "cpu"


@dataclass(frozen=True)
class Recipe:
    """What the stages are made with: the generator, where it runs, and frames per item."""

    generator: str = GENERATOR
    provider: Literal["auto", "cuda", "cpu"] = PROVIDER
    batch: int = BATCH


PUPPET = Recipe()
"""What the peers are compared with."""


@dataclass(frozen=True)
class Task:
    """Files of one job, and its size."""

    video: str
    output: str
    width: int
    height: int
    recipe: Recipe = PUPPET
    audio: str | None = None
    """The clip's own sound without."""

    def mapping(self) -> dict[str, Any]:
        """Look at the files and return the job as the stages' ``start`` takes it."""
        audio = self.audio or self.video
        probed = probe_video(self.video), probe_audio(audio)
        return {
            "video": self.video,
            "audio": audio,
            "output": self.output,
            "overwrite": True,
            "probed": probed,
        }


@dataclass
class Ran:
    """One run: seconds from submission until the sink had its first batch, and until the file was complete."""

    first_s: float
    wall_s: float
    frames: int
    beyond_s: float | None = None
    """Seconds until the first batch that no stage worked in; None where it was not measured."""

    def as_json(self, output: str) -> dict[str, Any]:
        """Return it with the digest of the file that was written."""
        digest = hashlib.sha256(Path(output).read_bytes()).hexdigest()
        return {"first_s": self.first_s, "wall_s": self.wall_s, "frames": self.frames, "beyond_s": self.beyond_s,
                "digest": digest}  # fmt: skip


def made(recipe: Recipe = PUPPET) -> list[Stage]:
    """Return the five stages."""
    return render.stages(recipe.generator, recipe.provider, recipe.batch)


def opened(stages: Sequence[Stage]) -> Sequence[Stage]:
    """Open stages and return them."""
    for stage in stages:
        stage.open()
    return stages


def filled(source: Source, first: int) -> DictSlot | None:
    """Return the source's next item, None at the end."""
    slot = DictSlot(1, first)
    slot.count = source.fill(slot)
    return slot if slot.count else None


def passed(transforms: Sequence[Transform], item: DictSlot) -> DictSlot:
    """Return what the transforms make of an item, one after the other."""
    for transform in transforms:
        out = DictSlot(item.job, item.first, item.count)
        transform.process(item, out)
        item = out
    return item


def split(stages: Sequence[Stage]) -> tuple[Source, list[Transform], Sink]:
    """Return the stages by kind."""
    source, *between, sink = stages
    transforms = [stage for stage in between if isinstance(stage, Transform)]
    if not isinstance(source, Source) or not isinstance(sink, Sink) or len(transforms) != len(between):
        raise TypeError("the stages are not a source, transforms and a sink")
    return source, transforms, sink


class Clocked:
    """Takes the times of one run."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._first: float | None = None

    def consumed(self) -> None:
        """Take note that the sink has had an item."""
        if self._first is None:
            self._first = time.perf_counter() - self._began

    def ran(self, summaries: Sequence[Mapping[str, Any] | None]) -> Ran:
        """Return the run; the last summary is the sink's."""
        frames = (summaries[-1] or {}).get("frames", 0)
        return Ran(self._first or 0.0, time.perf_counter() - self._began, frames)
