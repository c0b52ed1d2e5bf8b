"""The core pipeline with one of these stages in its middle, in a disposable interpreter."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Core
from heygem_core.casebook.phrases import became
from heygem_core.casebook.probes import stages, tiny_model
from heygem_core.casebook.stages import DriveredVideo, WriteVideo
from heygem_core.errors import Cause, EffectNotShown, StageFailed, describe
from heygem_core.pipeline import Liveness, Pipeline
from heygem_core.runtime.session import CUDA
from heygem_core.text import Text

_FRAMES = 8
_SLOT_BYTES = 1 << 16


@dataclass(frozen=True)
class CoreRun:
    """What the core did; ``noted`` is what the stage saw, ``frames`` is None when the job failed."""

    seconds: float
    frames: int | None
    noted: Mapping[str, Any]
    cause: str | None
    culprit: str | None
    detail: str
    left: int
    """Processes of the pipeline still there after it was closed."""

    def finished(self) -> CoreRun:
        """Return itself; raises `EffectNotShown` unless every frame came out."""
        if self.frames != _FRAMES or self.left:
            raise EffectNotShown(f"the core should have finished: {self}")
        return self

    def failed(self) -> CoreRun:
        """Return itself; raises `EffectNotShown` unless it failed and named the stage."""
        if self.culprit != "generator" or self.cause is None or self.left:
            raise EffectNotShown(f"the core should have named the stage: {self}")
        return self

    def in_words(self) -> Text:
        """Return what became of the job, as one phrase."""
        return became(self.seconds, self.frames, self.cause, self.culprit, self.detail)

    def as_core(self, outcome: Text) -> Core:
        """Return it as the report shows it."""
        return Core(outcome, self.seconds, self.cause, self.culprit)


def run(
    kind: str,
    configuration: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    *,
    without: Sequence[str] = (),
    deadline_s: float = 60.0,
) -> CoreRun:
    """Run 8 tiny frames through DriveredVideo, ``stages.<kind>(**configuration)`` and WriteVideo.

    ``environment`` is what the parent sets for its stages, ``without`` names what it does not have itself. Bytes in
    ``configuration`` are allowed.
    """
    arguments = {"kind": kind, "configuration": coded(configuration), "environment": dict(environment or {})}
    return CoreRun(**hosted(f"{__name__}:ran", arguments, deadline_s=deadline_s, without=without))


def coded(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``configuration`` as JSON can carry it, for `ran`."""
    return {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in configuration.items()
    }


def asking_for_cuda(environment: Mapping[str, str] | None = None) -> CoreRun:
    """Run a stage with ``provider="cuda"`` where the CUDA libraries are hidden or missing.

    It fails and names the library; or it finishes on CUDA, because `create_session` loads the libraries by
    absolute path. Raises `EffectNotShown` for anything else.
    """
    done = run("RunsModel", {"model": tiny_model.build(), "provider": "cuda"}, environment)
    if done.cause is None:
        if done.finished().noted["applied"] != CUDA:
            raise EffectNotShown(f"the core asked for CUDA and quietly took something else: {done}")
    elif done.failed().cause not in (Cause.MISSING_CUDA_LIBRARY, Cause.CUDA_VERSION_MISMATCH):
        raise EffectNotShown(f"the core blamed {done.cause} for a missing library: {done.detail}")
    return done


def ran(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `run` promises, inside the host."""
    configuration = {
        name: base64.b64decode(value["base64"]) if isinstance(value, dict) else value
        for name, value in arguments["configuration"].items()
    }
    middle = getattr(stages, arguments["kind"])(**configuration)
    run_stages = [DriveredVideo(height=2, width=2), middle, WriteVideo()]
    began = time.monotonic()
    frames: int | None = None
    noted: dict[str, Any] = {}
    told: dict[str, Any] = {"cause": None, "culprit": None, "detail": ""}
    liveness = Liveness(ready_s=30.0, first_s=20.0)
    with Pipeline(
        run_stages, slot_bytes=_SLOT_BYTES, liveness=liveness, environment=arguments["environment"]
    ) as pipeline:
        workers = {seen.pid for seen in processes.below(os.getpid())}
        try:
            result = pipeline.run({"items": _FRAMES}, total=_FRAMES)
            frames, noted = result.frames, dict(result.summaries[middle.name])
        except StageFailed as failed:
            told = describe(failed)
        seconds = time.monotonic() - began
    left = len(processes.left(workers))
    run = CoreRun(seconds, frames, noted, told["cause"], told["culprit"], told["detail"], left)
    return asdict(run)
