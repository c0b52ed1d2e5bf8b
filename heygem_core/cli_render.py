"""``heygem-core render``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from heygem_core import cli_gpu, cli_progress
from heygem_core.cli_outcome import JsonOption, LangOption, failures, language, remedy_json, writable, write_json
from heygem_core.errors import HeygemError
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.lipsync.result import RenderResult

_DONE = Text(
    "{output}: {frames} frames, {duration:.2f} s of video in {wall:.1f} s ({fps:.1f} frames/s, of which "
    "{warmup:.1f} s until the first frame), generator on {provider}",
    "{output}：{frames} 帧，{duration:.2f} 秒视频，用时 {wall:.1f} 秒（{fps:.1f} 帧/秒，其中首帧前 {warmup:.1f} 秒），"
    "生成器运行于 {provider}",
)
_WITHOUT_FACE = Text("{count} frames had no face and are unchanged", "{count} 帧没有人脸，保持原样")
_WARNING = Text("warning: {text}", "警告：{text}")
_COLUMNS = (
    Text("stage", "阶段"),
    Text("frames", "帧"),
    Text("fps", "帧/秒"),
    Text("busy s", "忙碌 秒"),
    Text("wait in s", "等输入 秒"),
    Text("wait out s", "等输出 秒"),
    Text("p50 ms", "p50 毫秒"),
    Text("p99 ms", "p99 毫秒"),
)


class Provider(StrEnum):
    """Where the models run."""

    AUTO = "auto"
    CUDA = "cuda"
    CPU = "cpu"


class Loop(StrEnum):
    """How a video shorter than the audio goes on."""

    PINGPONG = "pingpong"
    FORWARD = "forward"


def render(
    context: typer.Context,
    video: Annotated[str, typer.Option("--video", help="Any video with a face.")],
    audio: Annotated[str, typer.Option("--audio", help="Any audio, or a video for its audio.")],
    output: Annotated[str, typer.Option("--output", help="MP4 to write: H.264 and AAC, as long as the audio.")],
    generator: Annotated[
        str,
        typer.Option(
            "--generator",
            metavar="puppet|dinet-small|dinet|MODEL.onnx",
            help="puppet: built in, moves the mouth. dinet-small, dinet: DINet's compute shape with seeded weights, "
            "for measurements only. MODEL.onnx: your own, with Wav2Lip's inputs.",
        ),
    ] = "puppet",
    provider: Annotated[
        Provider,
        typer.Option("--provider", help="cuda: the GPU or an error. auto: the GPU, else the CPU and a warning."),
    ] = Provider.AUTO,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output file.")] = False,
    allow_no_face: Annotated[
        bool, typer.Option("--allow-no-face", help="Pass a video without any face through instead of failing.")
    ] = False,
    loop: Annotated[
        Loop, typer.Option("--loop", help="A video shorter than the audio: there and back again, or from the start.")
    ] = Loop.PINGPONG,
    batch: cli_gpu.BatchOption = "4",
    precision: cli_gpu.PrecisionOption = cli_gpu.Precision.TF32,
    cuda_graph: cli_gpu.CudaGraphOption = False,
    tensorrt: cli_gpu.TensorrtOption = False,
    gpu_memory: cli_gpu.GpuMemoryOption = None,
    stall_timeout: Annotated[
        float,
        typer.Option(
            "--stall-timeout", min=0.1, metavar="S", help="Seconds that one batch may take before it counts as a stall."
        ),
    ] = 10.0,
    trace: Annotated[
        str | None,
        typer.Option("--trace", metavar="FILE", callback=writable, help="Write a Chrome trace; Perfetto opens it."),
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Add onnxruntime's own time per node of the generator to the trace.")
    ] = False,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Make the speaker of a video speak an audio file.

    The file appears complete or not at all. A job that fails or stalls ends with one line that names the stage,
    the cause and what to do. The picture is synthetic, and the file's metadata says so.
    """
    from heygem_core.lipsync import render as job
    from heygem_core.lipsync.result import failure_json

    if profile and trace is None:
        raise typer.BadParameter("--profile needs --trace: that is where it is written")
    chosen = language(lang)
    frames = cli_gpu.batch(batch, chosen)
    tuning = cli_gpu.tuning(precision, cuda_graph, tensorrt, gpu_memory, provider.value, chosen)
    out = Console(quiet=json == "-")

    def report(error: HeygemError) -> None:
        failed = failure_json(error, provider.value)
        write_json({**failed, "remedy": remedy_json(failed["cause"])}, json)

    with failures(chosen, bool(context.obj), report):
        with cli_progress.shown(out, chosen) as on_event:
            result = job.render(
                video,
                audio,
                output,
                generator=generator,
                provider=provider.value,
                batch=frames,
                tuning=tuning,
                loop=loop.value,
                overwrite=overwrite,
                allow_no_face=allow_no_face,
                stall_timeout_s=stall_timeout,
                trace=None if trace is None else Path(trace),
                on_event=on_event,
            )
        write_json(result.as_json(), json)
        show(result, output, out, chosen)


def show(result: RenderResult, output: str, out: Console, lang: str) -> None:
    """Print what came out, the stages and the warnings."""
    done = _DONE.get(lang).format(
        output=output,
        frames=result.frames_out,
        duration=result.duration_s,
        wall=result.wall_s,
        fps=result.fps,
        warmup=result.warmup_s,
        provider=result.provider["applied"],
    )
    out.print(done, highlight=False, markup=False, soft_wrap=True)
    table = Table(
        *(column.get(lang) for column in _COLUMNS), box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False
    )
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for stage in result.stages:
        figures = (stage.fps, stage.busy_s, stage.wait_input_s, stage.wait_output_s, stage.p50_ms, stage.p99_ms)
        cells = ("" if figure is None else f"{figure:.1f}" for figure in figures)
        table.add_row(stage.name, str(stage.frames), *cells)
    out.print(table)
    if result.frames_without_face:
        _say(out, _WITHOUT_FACE.get(lang).format(count=result.frames_without_face))
    for warning in result.warnings:
        _say(out, _WARNING.get(lang).format(text=warning))


def _say(out: Console, line: str) -> None:
    out.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
