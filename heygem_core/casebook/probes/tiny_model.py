"""The smallest models that serve: old enough for every onnxruntime since 1.16."""

from __future__ import annotations

_IR_VERSION = 8
_OPSET = 13


def build(length: int = 4, layers: int = 1) -> bytes:
    """Return a serialized model y = x + x + ..., float32 [length], ``layers`` additions deep."""
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    names = ["x", *(f"sum{layer}" for layer in range(1, layers)), "y"]
    nodes = [helper.make_node("Add", [names[at], "x"], [names[at + 1]]) for at in range(layers)]
    graph = helper.make_graph(
        nodes, "sums", [value("x", TensorProto.FLOAT, [length])], [value("y", TensorProto.FLOAT, [length])]
    )
    opset = helper.make_opsetid("", _OPSET)
    return bytes(helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION).SerializeToString())
