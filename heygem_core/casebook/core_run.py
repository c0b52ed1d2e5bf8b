"""The core pipeline on the fault of a case, in a disposable interpreter as well."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Core
from heygem_core.casebook.phrases import became
from heygem_core.casebook.stages import AudioTransfer, DriveredVideo, Fault, WriteVideo
from heygem_core.errors import EffectNotShown, HeygemError, StageFailed, describe
from heygem_core.pipeline import JobResult, Liveness, Pipeline, Progress, SlowStage
from heygem_core.text import Text

_FRAME_BYTES = 1 << 20


@dataclass(frozen=True)
class CoreJob:
    """One job through drivered_video, audio_transfer and write_video; times in seconds."""

    items: int = 150
    takes: int | None = None
    fault: Fault = "wedge"
    item_s: float = 0.0
    needed_fps: float | None = None
    floor_s: float = 1.0
    first_s: float = 1.0
    ready_s: float = 10.0


@dataclass(frozen=True)
class CoreRun:
    """What the core did with it."""

    seconds: float
    """From the start of the workers to the result or the error."""
    job_s: float
    """From the moment at which all workers were ready, or the start where they never were."""
    frames: int | None
    """Frames that came out; None when the job failed."""
    cause: str | None
    culprit: str | None
    detail: str
    slow: Mapping[str, Any] | None
    """The slow-stage warning: stage, fps, needed_fps, eta_s."""
    defunct: int
    """<defunct> processes right after the result or the error."""
    left: int
    """Processes of the pipeline still there after it was closed."""

    def as_core(self) -> Core:
        """Return it as the report shows it."""
        return Core(self._outcome(), self.seconds, self.cause, self.culprit)

    def _outcome(self) -> Text:
        told = became(self.seconds, self.frames, self.cause, self.culprit, self.detail)
        slow = Text("", "") if self.slow is None else _warning(self.slow)
        return Text(f"{told.en}{slow.en}", f"{told.zh}{slow.zh}")


def _warning(slow: Mapping[str, Any]) -> Text:
    left = (
        Text("unknown", "未知") if slow["eta_s"] is None else Text(f"{slow['eta_s']:.0f} s", f"{slow['eta_s']:.0f} 秒")
    )
    return Text(
        f"; warned: stage {slow['stage']!r} is slow, {slow['fps']:.1f} of {slow['needed_fps']:g} frames/s, "
        f"{left.en} left",
        f"；已警告：阶段 {slow['stage']!r} 偏慢，{slow['fps']:.1f} 帧/秒（需要 {slow['needed_fps']:g}），"
        f"剩余 {left.zh}",
    )


def run(job: CoreJob, *, deadline_s: float = 60.0) -> CoreRun:
    """Run ``job`` through the core pipeline in a disposable interpreter."""
    return hosted_as(CoreRun, ran, asdict(job), deadline_s=deadline_s)


def expect_failure(run: CoreRun, causes: tuple[str, ...]) -> Core:
    """Return the core's part of a finding; raises `EffectNotShown` unless it blamed audio_transfer properly."""
    if run.culprit != "audio_transfer" or run.cause not in causes:
        expected = " or ".join(causes)
        raise EffectNotShown(
            f"the core should have found audio_transfer {expected}, got {run.culprit} {run.cause}: {run.detail}"
        )
    return _clean(run)


def expect_success(run: CoreRun, items: int) -> Core:
    """Return the core's part of a finding; raises `EffectNotShown` unless all ``items`` frames came out."""
    if run.frames != items:
        raise EffectNotShown(f"the core should have finished {items} frames, got {run.frames}: {run.detail}")
    return _clean(run)


def _clean(run: CoreRun) -> Core:
    if run.defunct or run.left:
        raise EffectNotShown(f"the core left {run.defunct} <defunct> processes and {run.left} running ones")
    return run.as_core()


def ran(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `run` promises, inside the host."""
    return asdict(_run(CoreJob(**arguments)))


def _run(job: CoreJob) -> CoreRun:
    slow: list[SlowStage] = []
    result: JobResult | None = None
    error: HeygemError | None = None

    def note(event: Progress | SlowStage) -> None:
        if isinstance(event, SlowStage):
            slow.append(event)

    began = ready = time.monotonic()
    liveness = Liveness(floor_s=job.floor_s, first_s=job.first_s, ready_s=job.ready_s)
    stages = [DriveredVideo(), AudioTransfer(job.takes, job.fault, job.item_s), WriteVideo()]
    with Pipeline(stages, slot_bytes=_FRAME_BYTES, liveness=liveness) as pipeline:
        workers: set[int] = set()
        try:
            workers = {seen.pid for seen in processes.below(os.getpid())}
            pipeline.wait_ready()
            ready = time.monotonic()
            result = pipeline.run({"items": job.items}, total=job.items, needed_fps=job.needed_fps, on_event=note)
        except StageFailed as failed:
            error = failed
        over = time.monotonic()
        defunct = sum(seen.state == "Z" for seen in processes.left(workers))
    remaining = len(processes.left(workers))
    told = describe(error) if error is not None else {"cause": None, "culprit": None, "detail": ""}
    return CoreRun(
        seconds=over - began,
        job_s=over - ready,
        frames=result.frames if result is not None else None,
        cause=told["cause"],
        culprit=told["culprit"],
        detail=str(told["detail"]),
        slow=asdict(slow[0]) if slow else None,
        defunct=defunct,
        left=remaining,
    )
