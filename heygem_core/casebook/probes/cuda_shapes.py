"""Times of a convolution on CUDA when its batch changes; for a program of its own on a machine with a GPU."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from heygem_core.runtime.session import create_session

BATCH, LAST = 4, 3
_SIDE, _CHANNELS = 256, 32
_LAYERS = 6
_STEADY = 12


def model() -> bytes:
    """Return a serialized stack of convolutions, float32 [B, 32, 256, 256], B free, seeded weights."""
    from onnx import TensorProto, helper, numpy_helper

    noise = np.random.default_rng(0)
    names = ["x", *(f"layer{at}" for at in range(1, _LAYERS)), "y"]
    weights = [
        numpy_helper.from_array(0.05 * noise.standard_normal((_CHANNELS, _CHANNELS, 3, 3), np.float32), f"w{at}")
        for at in range(_LAYERS)
    ]
    nodes = [
        helper.make_node("Conv", [names[at], f"w{at}"], [names[at + 1]], pads=[1, 1, 1, 1]) for at in range(_LAYERS)
    ]
    shape = ["B", _CHANNELS, _SIDE, _SIDE]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "convolutions", inputs, outputs, weights)
    opset = helper.make_opsetid("", 13)
    return bytes(helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())


def main() -> None:
    """Print ``{"applied", "first_ms", "steady_ms", "odd_ms", "odd_again_ms", "padded_ms"}``, milliseconds per run."""
    made = create_session(model(), "cuda", threads=1)
    session: Any = made.session

    def run(batch: int, padded_to: int = 0) -> float:
        images = np.ones((batch, _CHANNELS, _SIDE, _SIDE), np.float32)
        began = time.monotonic()
        if padded_to:
            images = np.concatenate([images, np.zeros((padded_to - batch, *images.shape[1:]), np.float32)])
        session.run(None, {"x": images})
        return (time.monotonic() - began) * 1e3

    first = run(BATCH)
    steady = sorted(run(BATCH) for _ in range(_STEADY))[_STEADY // 2]
    padded = run(LAST, padded_to=BATCH)
    odd, again = run(LAST), run(LAST)
    answer = {
        "applied": made.applied,
        "first_ms": first,
        "steady_ms": steady,
        "odd_ms": odd,
        "odd_again_ms": again,
        "padded_ms": padded,
    }
    print(json.dumps(answer))  # noqa: T201 - the answer


if __name__ == "__main__":
    if sys.argv[1:]:
        raise SystemExit("takes no arguments")
    main()
