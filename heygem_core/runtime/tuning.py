"""How a GPU is to compute: how exactly, from a recorded graph or not, with TensorRT or not, within which memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Precision = Literal["fp32", "tf32", "fp16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

CONV_SEARCH = "HEURISTIC"
"""How cuDNN's algorithm for a convolution is chosen. onnxruntime's own default, EXHAUSTIVE, took 634 ms for every new
shape where this took 1.9 ms, and was not faster afterwards (PaddlePaddle/PaddleX 5057); DEFAULT has been cuDNN's slow
fallback since onnxruntime 1.20 (microsoft/onnxruntime 22705)."""


@dataclass(frozen=True)
class Tuning:
    """Options of a session on a GPU; on the CPU ``precision="fp16"`` is all that has an effect.

    ``precision``: "fp32" multiplies in full; "tf32", onnxruntime's own default, lets the matrix units keep ten bits of
    the mantissa where they can; "fp16" converts the model, with float32 inputs and outputs. ``cuda_graph`` records the
    launches once and replays them: every node must be on the GPU, and shapes and addresses fixed. ``tensorrt`` puts
    TensorRT in front of CUDA. ``memory_limit`` is for the session's arena on the device, bytes; None for no limit.
    """

    precision: Precision = "tf32"
    cuda_graph: bool = False
    tensorrt: bool = False
    memory_limit: int | None = None

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision {self.precision!r} is unknown, allowed are {', '.join(PRECISIONS)}")
        if self.memory_limit is not None and self.memory_limit < 1:
            raise ValueError(f"memory_limit is {self.memory_limit}, it must be at least 1 byte")
        if self.cuda_graph and self.tensorrt:
            raise ValueError("cuda_graph and tensorrt exclude each other: TensorRT records its own")

    def cuda(self) -> dict[str, str]:
        """Return the options of onnxruntime's CUDA provider."""
        options = {"cudnn_conv_algo_search": CONV_SEARCH, "use_tf32": "0" if self.precision == "fp32" else "1"}
        if self.cuda_graph:
            options["enable_cuda_graph"] = "1"
        if self.memory_limit is not None:
            options["gpu_mem_limit"] = str(self.memory_limit)
        return options

    def trt(self, cache: str) -> dict[str, str]:
        """Return the options of onnxruntime's TensorRT provider; ``cache`` is a folder: building takes minutes."""
        return {
            "trt_fp16_enable": "1" if self.precision == "fp16" else "0",
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": cache,
        }


PLAIN = Tuning()
