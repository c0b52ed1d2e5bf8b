"""A warm pipeline that renders job after job and turns each into a record, whatever becomes of it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heygem_core import __version__
from heygem_core.errors import HeygemError, JobCancelled, PipelineBroken, describe
from heygem_core.lipsync.media import probe_video
from heygem_core.lipsync.render import Renderer
from heygem_core.lipsync.result import RenderResult
from heygem_core.pipeline.closing import Closing
from heygem_core.scale.jobs import Job, Setup
from heygem_core.scale.ledger import WORK, publish


class WarmPipeline(Closing):
    """Serves one place: a GPU, or a group of cores.

    A job with another `Setup`, or with larger pictures than any before, gets a new pipeline. One that gave up after
    jobs which broke its workers is replaced, and the job that found it so is rendered by the new one.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._variables = variables
        self._renderer: Renderer | None = None
        self._setup: Setup | None = None
        self._size = (0, 0)

    def render(self, job: Job) -> dict[str, Any]:
        """Render ``job`` and return its record, done or failed; raises `JobCancelled` and nothing else."""
        began = time.monotonic()
        try:
            told = self._done(job)
        except JobCancelled:
            raise
        except HeygemError as error:
            told = failed(error)
        except Exception as error:
            told = failed(HeygemError(f"{type(error).__name__}: {error}"))
        return {**header(job), **told, "wall_s": round(time.monotonic() - began, 3)}

    def cancel(self) -> None:
        """Make the running job, if any, end with `JobCancelled`; callable from any thread."""
        renderer = self._renderer
        if renderer is not None:
            renderer.cancel()

    def close(self) -> None:
        """End the pipeline's workers."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _done(self, job: Job) -> dict[str, Any]:
        work = self._folder / WORK / f"{job.key[:16]}-{uuid.uuid4().hex}{Path(job.output).suffix}"
        info = probe_video(job.video)
        try:
            result = self._rendered(job, work, info.width, info.height)
        except PipelineBroken:
            self.close()
            result = self._rendered(job, work, info.width, info.height)
        size = publish(work, self._folder / job.output)
        return {"status": "done", "cause": None, "culprit": None, "bytes": size, **_figures(result)}

    def _rendered(self, job: Job, work: Path, width: int, height: int) -> RenderResult:
        renderer = self._warm(job.setup, width, height)
        return renderer.render(job.video, job.audio, work, loop=job.loop, allow_no_face=job.allow_no_face)

    def _warm(self, setup: Setup, width: int, height: int) -> Renderer:
        fits = width <= self._size[0] and height <= self._size[1]
        if self._renderer is None or setup != self._setup or not fits:
            self.close()
            self._setup = setup
            self._size = (max(width, self._size[0]), max(height, self._size[1]))
            self._renderer = Renderer(
                *self._size,
                generator=setup.generator,
                provider=setup.provider,
                batch=setup.batch,
                stall_timeout_s=setup.stall_timeout,
                variables=self._variables,
            )
        return self._renderer


def header(job: Job) -> dict[str, Any]:
    """Return what every record of ``job`` begins with; ``at`` is the time in UTC."""
    return {
        "key": job.key,
        "output": job.output,
        "line": job.line,
        "video": job.video,
        "audio": job.audio,
        "options": {**asdict(job.setup), "loop": job.loop, "allow_no_face": job.allow_no_face},
        "version": __version__,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def failed(error: HeygemError) -> dict[str, Any]:
    """Return what the record of a failed job says of its error, in one line each."""
    told = describe(error)
    detail = " ".join(str(told["detail"]).split())
    return {"status": "failed", **told, "detail": detail}


def _figures(result: RenderResult) -> dict[str, Any]:
    told = result.as_json()
    names = ("frames_out", "frames_without_face", "duration_s", "fps", "warmup_s", "provider", "warnings")
    figures = {name: told[name] for name in names}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
