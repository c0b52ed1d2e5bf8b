"""A model whose operators are large enough for onnxruntime to share them among threads."""

from __future__ import annotations

import numpy as np

SIZE = 256
LAYERS = 8


def build() -> bytes:
    """Return a serialized model y = x·w·w·..., float32 [256, 256], eight products deep, seeded weights."""
    from onnx import TensorProto, helper, numpy_helper

    value = helper.make_tensor_value_info
    scale = np.float32(SIZE**-0.5)
    weights = np.random.default_rng(0).standard_normal((SIZE, SIZE), np.float32) * scale
    names = ["x", *(f"product{layer}" for layer in range(1, LAYERS)), "y"]
    nodes = [helper.make_node("MatMul", [names[at], "w"], [names[at + 1]]) for at in range(LAYERS)]
    shape = [SIZE, SIZE]
    inputs, outputs = [value("x", TensorProto.FLOAT, shape)], [value("y", TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "products", inputs, outputs, [numpy_helper.from_array(weights, "w")])
    opset = helper.make_opsetid("", 13)
    return bytes(helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())
