"""A program in which onnxruntime's memory really runs out: a generator on an arena of a given number of bytes.

The arena is onnxruntime's own (BFCArena), the one that a GPU's ``gpu_mem_limit`` limits, here on the CPU. Arguments:
its limit in bytes, the batch, a path to a model, and for every call of the generator how many bytes of the arena
somebody else leaves to it, ``all`` for nobody else. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from heygem_core.errors import MemoryExhausted
from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.runtime.exhaustion import is_exhausted
from heygem_core.runtime.session import create_session

_GROW_AS_REQUESTED = 1
PIECE = 1 << 14


class LimitedOptions(onnxruntime.SessionOptions):  # type: ignore[misc] # onnxruntime has no types
    """Session options under which a session shares the process's arena."""

    def __init__(self) -> None:
        super().__init__()
        self.add_session_config_entry("session.use_env_allocators", "1")


def limit(size: int) -> None:
    """Make one arena of at most ``size`` bytes for all sessions of this process."""
    info = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    configuration = onnxruntime.OrtArenaCfg(size, _GROW_AS_REQUESTED, -1, -1)
    onnxruntime.create_and_register_allocator(info, configuration)
    onnxruntime.SessionOptions = LimitedOptions


class Ballast:
    """Somebody else's part of the arena: a session's output that is kept."""

    def __init__(self) -> None:
        zeros = helper.make_tensor("value", TensorProto.UINT8, [1], [0])
        graph = helper.make_graph(
            [helper.make_node("ConstantOfShape", ["size"], ["held"], value=zeros)],
            "ballast",
            [helper.make_tensor_value_info("size", TensorProto.INT64, [1])],
            [helper.make_tensor_value_info("held", TensorProto.UINT8, ["N"])],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        self._session = create_session(model.SerializeToString(), "cpu", threads=1).session
        self._held: list[object] = []

    def leave(self, size: int | None) -> None:
        """Take all of the arena that is free but ``size`` bytes of it; nothing for None."""
        self._held.clear()
        while size is not None:
            try:
                wanted = onnxruntime.OrtValue.ortvalue_from_numpy(np.array([PIECE], np.int64))
                self._held.append(self._session.run_with_ort_values(["held"], {"size": wanted}))
            except Exception as error:  # onnxruntime's errors share no base class below Exception
                if not is_exhausted(error):
                    raise
                break
        del self._held[: (size or 0) // PIECE]


def main(size: int, batch: int, model: str, left: list[int | None]) -> None:
    """Load, draw once for every entry of ``left``, and print what happened."""
    limit(size)
    told: dict[str, Any] = {"calls": []}
    try:
        generator = load(model, Setup("cpu", batch=batch))
    except MemoryExhausted as error:
        told["exhausted"] = str(error)
        left = []
    ballast = Ballast()
    for each in left:
        ballast.leave(each)
        call: dict[str, Any] = {"exhausted": None}
        crops = np.zeros((5, generator.size, generator.size, 3), np.uint8)
        try:
            call["drawn"] = len(generator.generate(crops, None, np.zeros((5, 1, 80, 16), np.float32)))
        except MemoryExhausted as error:
            call["exhausted"] = str(error)
        told["calls"].append({**call, "batch": generator.model.batch, "warnings": len(generator.model.warnings)})
    print(json.dumps(told))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(
        int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], [None if each == "all" else int(each) for each in sys.argv[4:]]
    )
