"""Write ONNX graphs as arithmetic: a `Value` knows its graph, and operators on it append nodes.

Only what is needed here; constants are shared by value so that the same source gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import DTypeLike, NDArray
from onnx import helper, numpy_helper

MICROSOFT = "com.microsoft"
"""The domain of onnxruntime's own operators."""


class Graph:
    """Collects nodes, constants, inputs and outputs of one model; ``prefix`` begins the names that it gives."""

    def __init__(self, name: str, prefix: str = "") -> None:
        self._name = name
        self._prefix = prefix
        self._nodes: list[Any] = []
        self._given = 0
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self.initializers: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def input(self, name: str, shape: Sequence[int | str], kind: DTypeLike = np.float32) -> Value:
        """Declare an input; a dimension given as a string is free."""
        self.inputs.append(_declared(name, shape, kind))
        return Value(self, name)

    def output(self, value: Value, name: str, shape: Sequence[int | str], kind: DTypeLike = np.float32) -> None:
        """Make `value` an output of the graph."""
        value.called(name)
        self.outputs.append(_declared(name, shape, kind))

    def append(self, node: Any) -> None:
        """Append an onnx NodeProto."""
        self._nodes.append(node)

    def taken(self) -> list[Any]:
        """Return the nodes so far and forget them: they are to stand in another graph."""
        nodes, self._nodes = self._nodes, []
        return nodes

    def constant(self, value: float | Sequence[int] | NDArray[Any]) -> Value:
        """Return a constant: float32 for a number or array, int64 for a sequence of whole numbers."""
        array = np.asarray(value, np.int64 if isinstance(value, list | tuple) else np.float32)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            name = f"{self._prefix}c{len(self._constants)}"
            self._constants[key] = name
            self.initializers.append(numpy_helper.from_array(array, name))
        return Value(self, self._constants[key])

    def op(self, kind: str, *operands: Value | float | Sequence[int] | NDArray[Any], **attributes: Any) -> Value:
        """Append a node of one output and return its value; plain numbers become constants."""
        names = [item.name if isinstance(item, Value) else self.constant(item).name for item in operands]
        name = f"{self._prefix}v{self._given}"
        self._given += 1
        self._nodes.append(helper.make_node(kind, names, [name], **attributes))
        return Value(self, name)

    def sample(self, picture: Value, grid: Value) -> Value:
        """Append a bilinear GridSample that goes on with the border beyond the picture's edge.

        Of onnxruntime's own domain. On the CPU it and ONNX's operator of that name give equal bits, and the CUDA
        provider takes both (seen in onnxruntime 1.23.2, 1.26.0 and 1.31.1).
        """
        return self.op("GridSample", picture, grid, domain=MICROSOFT, mode="bilinear", padding_mode="border")

    def model(self, opset: int, ir_version: int) -> Any:
        """Return the checked onnx ModelProto."""
        graph = helper.make_graph(self._nodes, self._name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid(MICROSOFT, 1)],
            ir_version=ir_version,
            producer_name="heygem-core",
        )
        onnx.checker.check_model(model, full_check=True)
        return model


class Value:
    """The result of a node, an input or a constant."""

    __array_ufunc__ = None  # leaves `array - value` to this class

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name

    def __add__(self, other: Value | float | NDArray[np.float32]) -> Value:
        return self.graph.op("Add", self, other)

    def __sub__(self, other: Value | float | NDArray[np.float32]) -> Value:
        return self.graph.op("Sub", self, other)

    def __rsub__(self, other: float | NDArray[np.float32]) -> Value:
        return self.graph.op("Sub", other, self)

    def __mul__(self, other: Value | float | NDArray[np.float32]) -> Value:
        return self.graph.op("Mul", self, other)

    def __truediv__(self, other: Value | float | NDArray[np.float32]) -> Value:
        return self.graph.op("Div", self, other)

    def __neg__(self) -> Value:
        return self.graph.op("Neg", self)

    __radd__ = __add__
    __rmul__ = __mul__

    def clip(self, low: float, high: float) -> Value:
        """Limit to the interval from `low` to `high`."""
        return self.graph.op("Clip", self, low, high)

    def relu(self) -> Value:
        """Return the positive part."""
        return self.graph.op("Relu", self)

    def smoothstep(self, low: float, high: float) -> Value:
        """Return 0 below `low`, 1 above `high` and a cubic between; `low` may be the larger of the two."""
        position = ((self - low) * (1.0 / (high - low))).clip(0.0, 1.0)
        return position * position * (3.0 - 2.0 * position)

    def cast(self, kind: DTypeLike) -> Value:
        """Convert to another dtype."""
        return self.graph.op("Cast", self, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def called(self, name: str) -> None:
        """Give the value a name that somebody else knows it by."""
        self.graph.append(helper.make_node("Identity", [self.name], [name]))

    def rows(self, start: int, stop: int) -> Value:
        """Slice along the axis before the last."""
        return self.graph.op("Slice", self, [start], [stop], [2])

    def channels(self, start: int, stop: int) -> Value:
        """Slice along axis 1."""
        return self.graph.op("Slice", self, [start], [stop], [1])


def _declared(name: str, shape: Sequence[int | str], kind: DTypeLike) -> Any:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), list(shape))


def mix(first: Value, second: Value, share: Value) -> Value:
    """Return `first` where `share` is 0 and `second` where it is 1."""
    return first + (second - first) * share
