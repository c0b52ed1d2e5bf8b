"""Several jobs, one after the other, through one core pipeline, in a disposable interpreter."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Core
from heygem_core.casebook.phrases import became
from heygem_core.casebook.probes import tiny_model
from heygem_core.casebook.probes.cold_start import LAYERS
from heygem_core.casebook.probes.job_stages import ChecksTask, NumberedVideo, PassesOn
from heygem_core.errors import Cause, EffectNotShown, HeygemError, describe
from heygem_core.pipeline import Liveness, Pipeline
from heygem_core.text import Text

_SLOT_BYTES = 1 << 16
_DEADLINE_S = 60.0


@dataclass(frozen=True)
class Done:
    """What became of one job; times in seconds."""

    seconds: float
    frames: int | None
    """Frames that came out; None when the job failed or was cancelled."""
    foreign: int
    """Of them, frames of another task."""
    cause: str | None
    culprit: str | None
    detail: str

    def in_words(self) -> Text:
        """Return what became of the job, as one phrase."""
        return became(self.seconds, self.frames, self.cause, self.culprit, self.detail)


@dataclass(frozen=True)
class CoreJobs:
    """What the core did with all jobs."""

    ready_s: float
    """From the start of the workers until all were ready."""
    jobs: tuple[Done, ...]
    left: int
    """Processes of the pipeline still there after it was closed."""

    def clean(self) -> CoreJobs:
        """Return itself; raises `EffectNotShown` when a process was left behind."""
        if self.left:
            raise EffectNotShown(f"the core left {self.left} processes behind")
        return self

    def recovered(self, cause: Cause, culprit: str, words: str, items: int) -> Core:
        """Return the core's part of a finding in which the first of two jobs failed and the second did not.

        Raises `EffectNotShown` unless it failed by ``cause`` at ``culprit`` with ``words`` in the detail, the second
        one has ``items`` frames, and no process is left.
        """
        failed, then = self.clean().jobs
        if (failed.cause, failed.culprit) != (cause, culprit) or words not in failed.detail:
            raise EffectNotShown(f"the core's {culprit} should have failed by {cause}, {words}, got {failed}")
        if then.frames != items:
            raise EffectNotShown(f"the core's next job should have finished {items} frames, got {then}")
        first, second = failed.in_words(), then.in_words()
        outcome = Text(
            f"{first.en}; next job, the stage replaced: {second.en}",
            f"{first.zh}；更换该阶段后的下一个任务：{second.zh}",
        )
        return Core(outcome, failed.seconds, failed.cause, failed.culprit)


def run(jobs: Sequence[dict[str, Any]], *, loads: bool = False, floor_s: float = 1.0) -> CoreJobs:
    """Run ``jobs`` (see `job_stages` for what they say) one after the other; ``cancel_s`` in one: cancel it then.

    With ``loads`` audio_transfer loads libraries and a model when it opens.
    """
    arguments = {"jobs": list(jobs), "loads": loads, "floor_s": floor_s}
    found = hosted(f"{__name__}:ran", arguments, deadline_s=_DEADLINE_S)
    return CoreJobs(found["ready_s"], tuple(Done(**done) for done in found["jobs"]), found["left"])


def ran(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `run` promises, inside the host."""
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as folder:
        model = tiny_model.build(layers=LAYERS) if arguments["loads"] else b""
        stages = [NumberedVideo(folder), PassesOn(folder, model), ChecksTask(folder)]
        began = time.monotonic()
        liveness = Liveness(floor_s=arguments["floor_s"], first_s=20.0, ready_s=30.0)
        with Pipeline(stages, slot_bytes=_SLOT_BYTES, liveness=liveness) as pipeline:
            pipeline.wait_ready()
            ready_s = time.monotonic() - began
            done = tuple(_one(pipeline, job) for job in arguments["jobs"])
        return asdict(CoreJobs(ready_s, done, len(processes.left())))


def _one(pipeline: Pipeline, job: dict[str, Any]) -> Done:
    began = time.monotonic()
    canceller = threading.Timer(job["cancel_s"], pipeline.cancel) if "cancel_s" in job else None
    if canceller is not None:
        canceller.start()
    try:
        result = pipeline.run(job, total=job["items"])
    except HeygemError as error:
        told = describe(error)
        seconds = time.monotonic() - began
        return Done(seconds, None, 0, told["cause"], told["culprit"], told["detail"])
    finally:
        if canceller is not None:
            canceller.cancel()
            canceller.join()
    foreign = result.summaries["write_video"]["foreign"]
    return Done(result.seconds, result.frames, foreign, None, None, "")
