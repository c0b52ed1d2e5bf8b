"""Options of ``render`` about the batch and the GPU, and what their values mean."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.lipsync.render import Batch
    from heygem_core.runtime.tuning import Tuning

MOST = 64
_NO_BATCH = Text(
    f"{{value!r}} is neither a number from 1 to {MOST} nor auto",
    f"{{value!r}} 既不是 1 到 {MOST} 之间的数，也不是 auto",
)
_NOT_WITH_CUDA = Text("--tensorrt needs --provider cuda", "--tensorrt 需要 --provider cuda")
_BOTH = Text("--tensorrt and --cuda-graph exclude each other", "--tensorrt 与 --cuda-graph 不能同时使用")


class Precision(StrEnum):
    """How exactly a GPU multiplies."""

    FP32 = "fp32"
    TF32 = "tf32"
    FP16 = "fp16"


BatchOption = Annotated[
    str,
    typer.Option(
        "--batch",
        metavar=f"1..{MOST}|auto",
        help="Frames per slot and run of the generator. auto: measure sizes first, take the fastest.",
    ),
]
PrecisionOption = Annotated[
    Precision,
    typer.Option(
        "--precision",
        help="fp32: in full. tf32: what the matrix units of a GPU make of float32. fp16: the generator is converted; "
        "faster on a GPU, its picture drifts a little.",
    ),
]
CudaGraphOption = Annotated[
    bool,
    typer.Option(
        "--cuda-graph",
        help="Record the generator's launches once and replay them; all of its nodes must be on the GPU.",
    ),
]
TensorrtOption = Annotated[
    bool,
    typer.Option(
        "--tensorrt",
        help="Run the generator with TensorRT, or fail; needs --provider cuda and NVIDIA's package tensorrt. "
        "The first start builds engines for minutes.",
    ),
]
GpuMemoryOption = Annotated[
    int | None,
    typer.Option(
        "--gpu-memory",
        min=1,
        metavar="MIB",
        help="What the generator may allocate on the GPU: several jobs on one. Without it, what there is.",
    ),
]


def batch(value: str, lang: str) -> Batch:
    """Return what ``--batch`` says; raises typer.BadParameter."""
    if value == "auto":
        return "auto"
    if not value.isdecimal() or not 1 <= int(value) <= MOST:
        raise typer.BadParameter(_NO_BATCH.get(lang).format(value=value), param_hint="--batch")
    return int(value)


def tuning(
    precision: Precision, cuda_graph: bool, tensorrt: bool, gpu_memory: int | None, provider: str, lang: str
) -> Tuning:
    """Return what the options say; raises typer.BadParameter for those that exclude each other."""
    from heygem_core.runtime.tuning import Tuning

    if tensorrt and provider != "cuda":
        raise typer.BadParameter(_NOT_WITH_CUDA.get(lang))
    if tensorrt and cuda_graph:
        raise typer.BadParameter(_BOTH.get(lang))
    return Tuning(precision.value, cuda_graph, tensorrt, None if gpu_memory is None else gpu_memory << 20)
