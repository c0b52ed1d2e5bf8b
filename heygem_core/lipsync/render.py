"""The job: a video and an audio file in, the lip-synced video out, through five stages in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from heygem_core.errors import BadInput
from heygem_core.lipsync import assets
from heygem_core.lipsync.blend import Blend
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.generator import Generate, audio_start, check
from heygem_core.lipsync.media import (
    AudioInfo,
    Decode,
    Encode,
    VideoInfo,
    check_output,
    output_frames,
    probe_audio,
    probe_video,
)
from heygem_core.lipsync.placement import Placement, default
from heygem_core.lipsync.profile import merge
from heygem_core.lipsync.result import RenderResult, result_of
from heygem_core.pipeline import Liveness, Pipeline, Progress, SlowStage, Stage
from heygem_core.pipeline.closing import Closing
from heygem_core.runtime import environment
from heygem_core.runtime.tuning import PLAIN, Tuning

if TYPE_CHECKING:
    from heygem_core.lipsync.generator.autobatch import Rung
    from heygem_core.runtime.session import Provider

Loop = Literal["pingpong", "forward"]
Batch = int | Literal["auto"]
OnEvent = Callable[[Progress | SlowStage], None]

MODELS = ("centerface", "landmarks")
"""What the stages load from the cache."""
_BESIDE_FRAMES = 4 << 20
"""Bytes per frame for everything that is not the picture: mel window, landmarks, a patch of up to 1024². Pages of
a slot that nobody touches are never committed, so a generous figure costs nothing."""
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""Stages are parallel to each other: threads for one matrix product would only spin. Measured with numpy 1.26.4, whose
OpenBLAS uses them: 2.5 s of processor time in a job of 173 frames, which took 2.6 s instead of 1.9 s on two cores."""
_COLD_S = 120.0
"""Budget for imports, models, and a GPU's first inference, of which 12 s have been reported (onnxruntime 21541)."""


def stages(
    generator: str, provider: Provider, batch: int, profile: Path | None = None, tuning: Tuning = PLAIN
) -> list[Stage]:
    """Return the five stages of the job, first to last."""
    return [
        Decode(batch, audio_start=audio_start(generator)),
        DetectFaces(provider),
        Generate(generator, provider, batch, profile=profile, tuning=tuning),
        Blend(),
        Encode(),
    ]


def slot_bytes(width: int, height: int, batch: int) -> int:
    """Return what a slot needs for ``batch`` frames of ``width`` × ``height`` pixels."""
    return batch * (width * height * 3 + _BESIDE_FRAMES)


def _one_thread() -> dict[str, str]:
    """Return what keeps BLAS to one thread per worker, where the user has not decided that himself."""
    return {name: "1" for name in BLAS_THREADS if name not in os.environ}


class Renderer(Closing):
    """A warm pipeline for videos of up to ``width`` × ``height`` pixels; renders one job after the other.

    ``stall_timeout_s`` is how long one batch may take at least before its stage counts as stalled. It is longer
    than the engine's default, since a busy disk or a swapped-out machine is worth waiting for. ``batch`` frames
    travel per slot and run of the generator; "auto" measures which are best. ``tuning`` is for the generator on a GPU.
    ``variables`` are added to the workers' environment, CUDA_VISIBLE_DEVICES for example. ``placement`` says which
    stages share a worker, see `lipsync.placement`. ``trace`` is where each job's Chrome trace is written; ``profile``
    adds onnxruntime's own time per node to that of the first job.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        generator: str = "puppet",
        provider: Provider = "auto",
        batch: Batch = 4,
        tuning: Tuning = PLAIN,
        stall_timeout_s: float = 10.0,
        trace: Path | None = None,
        profile: bool = False,
        variables: Mapping[str, str] | None = None,
        placement: Placement | None = None,
    ) -> None:
        if profile and trace is None:
            raise ValueError("a profile is written into the trace, and no trace was asked for")
        if trace is not None and not trace.absolute().parent.is_dir():
            raise BadInput(f"{trace}: there is no such folder to write the trace into")
        check(generator)
        # Here and not in the workers: the user sees the download's progress, and two workers never race for it.
        for name in MODELS:
            assets.fetch(name)
        self._trace = trace
        self._profile = trace.with_name(f".{trace.name}.profile") if trace is not None and profile else None
        self._measured: tuple[Rung, ...] = ()
        if batch == "auto":
            from heygem_core.lipsync.generator.autobatch import for_slots

            choice = for_slots(generator, provider, tuning, slot_bytes(width, height, 1))
            batch, self._measured = choice.batch, choice.rungs
        cold = max(_COLD_S, stall_timeout_s)
        self._pipeline = Pipeline(
            stages(generator, provider, batch, self._profile, tuning),
            slot_bytes=slot_bytes(width, height, batch),
            liveness=Liveness(floor_s=stall_timeout_s, ready_s=cold, first_s=cold, finish_s=cold),
            environment={**_one_thread(), **environment.child_environment(), **(variables or {})},
            trace=trace,
            placement=placement or default(generator, provider),
        )

    def close(self) -> None:
        """End the workers."""
        self._pipeline.close()
        if self._profile is not None:
            # A session that was not ended by a completed job writes its file when its process exits.
            for left in self._profile.parent.glob(f"{self._profile.name}*"):
                left.unlink()

    def cancel(self) -> None:
        """Make the running job end with `JobCancelled`; callable from any thread."""
        self._pipeline.cancel()

    def render(
        self,
        video: str | Path,
        audio: str | Path,
        output: str | Path,
        *,
        loop: Loop = "pingpong",
        overwrite: bool = False,
        allow_no_face: bool = False,
        on_event: OnEvent | None = None,
    ) -> RenderResult:
        """Render one job; see `render`."""
        _check_distinct(video, audio, output, self._trace)
        check_output(str(output), overwrite)
        return self._render(video, audio, output, _probe(video, audio), loop, overwrite, allow_no_face, on_event)

    def _render(
        self,
        video: str | Path,
        audio: str | Path,
        output: str | Path,
        found: tuple[VideoInfo, AudioInfo],
        loop: Loop,
        overwrite: bool,
        allow_no_face: bool,
        on_event: OnEvent | None,
    ) -> RenderResult:
        total = output_frames(*found)
        # Relative paths are those of this process.
        absolute = [replace(each, path=str(Path(each.path).absolute())) for each in found]
        target = Path(output).absolute()
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        job = {
            "video": str(Path(video).absolute()),
            "audio": str(Path(audio).absolute()),
            "output": str(target),
            "temporary": str(temporary),
            "loop": loop,
            "overwrite": overwrite,
            "allow_no_face": allow_no_face,
            "probed": tuple(absolute),
        }
        try:
            result = self._pipeline.run(job, total=total, needed_fps=float(found[0].fps), on_event=on_event)
        finally:
            # Only file systems without nameless files leave one, and only if the encoder was killed.
            temporary.unlink(missing_ok=True)
        if self._trace is not None and "profile" in result.summaries["generator"]:
            merge(self._trace, result.summaries["generator"]["profile"], "generator")
        return result_of(result, self._measured)


def render(
    video: str | Path,
    audio: str | Path,
    output: str | Path,
    *,
    generator: str = "puppet",
    provider: Provider = "auto",
    batch: Batch = 4,
    tuning: Tuning = PLAIN,
    loop: Loop = "pingpong",
    overwrite: bool = False,
    allow_no_face: bool = False,
    stall_timeout_s: float = 10.0,
    trace: Path | None = None,
    profile: bool = False,
    on_event: OnEvent | None = None,
) -> RenderResult:
    """Make the speaker in ``video`` speak ``audio`` and write the result to ``output``.

    The output has the audio's length at the video's frame rate and size; a shorter video is played there and
    back again. It appears complete or not at all. Raises `BadInput` and `BadModel` for the user's files,
    `ProviderNotApplied` when ``provider="cuda"`` could not be applied, `StageFailed` for anything that breaks
    or stalls, `AssetUnavailable`.
    """
    _check_distinct(video, audio, output, trace)
    check_output(str(output), overwrite)
    found = _probe(video, audio)
    with Renderer(
        found[0].width,
        found[0].height,
        generator=generator,
        provider=provider,
        batch=batch,
        tuning=tuning,
        stall_timeout_s=stall_timeout_s,
        trace=trace,
        profile=profile,
    ) as renderer:
        return renderer._render(video, audio, output, found, loop, overwrite, allow_no_face, on_event)


def _check_distinct(video: str | Path, audio: str | Path, output: str | Path, trace: Path | None) -> None:
    """Raise `BadInput` where something would be written over an input, ``overwrite`` or not."""
    inputs = {Path(video).resolve(), Path(audio).resolve()}
    for written in (output, trace):
        if written is not None and Path(written).resolve() in inputs:
            raise BadInput(f"{written}: this is an input of the job, nothing is written over it")


def _probe(video: str | Path, audio: str | Path) -> tuple[VideoInfo, AudioInfo]:
    return probe_video(str(video)), probe_audio(str(audio))
