"""The way from 8-bit pictures to a model's floats and back, laid around the model in its own graph.

A quarter of the bytes travels to the device, and what numpy would do on the processor is done where the model runs.
On the CPU the pictures that come out are equal, bit for bit, to those of the same arithmetic in numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.generator.contract import Accepted
from heygem_core.lipsync.generator.puppet_graph import Graph, Value
from heygem_core.runtime.tuning import Precision

CROPS, GUIDE, AUDIO = "heygem.crops", "heygem.guide", "heygem.audio"
"""Inputs: uint8 RGB [B, R, R, 3], float32 [B, K, N, R] for a generator that wants one, float32 [B, 1, 80, 16]."""
PICTURES, SOUND = "heygem.pictures", "heygem.sound"
"""Outputs: uint8 RGB [B, R, R, 3], and float32 [], finite exactly when everything that the model returned is."""

Before = Callable[[Value, Value | None, Value], tuple[Value, Value]]
"""Makes the model's picture and audio from pictures float32 [B, 3, R, R] RGB in 0..1, the guide and the window."""

_AS_FLOAT32 = ("GridSample", "Resize")
"""Left in float32 by `halved`, beside what onnxruntime's converter leaves: on CUDA there is no other, or coordinates
of more than 11 bits are at stake."""


def surrounded(
    model: Accepted, side: int, before: Before, *, guide: tuple[int, int] | None = None, bgr: bool = False
) -> bytes:
    """Return the serialized model that takes `CROPS`, `GUIDE` and `AUDIO` and returns `PICTURES` and `SOUND`.

    ``side`` is R; ``guide`` are K and N, None for no guide; ``bgr`` is the order of the channels that the model
    returns. ``model.proto`` is used up. Raises ValueError for a model of more than 2 GB.
    """
    graph = Graph("around", prefix="heygem.")
    batch = model.batch or "heygem.B"
    crops = graph.input(CROPS, [batch, side, side, 3], np.uint8)
    extra = graph.input(GUIDE, [batch, *guide, side]) if guide is not None else None
    window = graph.input(AUDIO, [batch, 1, 80, 16])
    # The same order of the same operations as numpy had: a multiplication by 1/255 would differ in the last bit.
    rgb = graph.op("Transpose", crops.cast(np.float32), perm=[0, 3, 1, 2]) / 255.0
    picture, audio = before(rgb, extra, window)
    picture.called(model.picture)
    audio.called(model.audio)
    proto = model.proto
    before_nodes = graph.taken()
    result = Value(graph, model.result)
    graph.output(graph.op("ReduceSum", result, keepdims=0), SOUND, [])
    ordered = swapped(result) if bgr else result
    levels = graph.op("Round", ordered.clip(0.0, 1.0) * 255.0)
    shown = graph.op("Transpose", levels, perm=[0, 2, 3, 1]).cast(np.uint8)
    graph.output(shown, PICTURES, [batch, side, side, 3], np.uint8)
    own = list(proto.graph.node)
    del proto.graph.node[:]
    proto.graph.node.extend([*before_nodes, *own, *graph.taken()])
    proto.graph.initializer.extend(graph.initializers)
    constants = {tensor.name for tensor in proto.graph.initializer}
    kept = [value for value in proto.graph.input if value.name in constants]
    for declared, new in ((proto.graph.input, [*graph.inputs, *kept]), (proto.graph.output, graph.outputs)):
        del declared[:]
        declared.extend(new)
    return bytes(proto.SerializeToString())


def swapped(pictures: Value) -> Value:
    """Return pictures [B, 3, R, R] with RGB turned to BGR, or back."""
    return pictures.graph.op("Gather", pictures, [2, 1, 0], axis=1)


def blackened(pictures: Value, side: int, rows: slice, columns: slice) -> Value:
    """Return pictures [B, C, R, R] that are 0 in ``rows`` and ``columns``."""
    mask: NDArray[np.float32] = np.ones((1, 1, side, side), np.float32)
    mask[:, :, rows, columns] = 0
    return pictures * mask


def converted(model: Accepted, precision: Precision) -> Accepted:
    """Return the model with weights and arithmetic in float16 for "fp16"; inputs and output stay float32."""
    if precision != "fp16":
        return model
    # Part of the onnxruntime package; nothing of it is loaded unless it is asked for.
    from onnxruntime.transformers import float16

    own = [node for node in model.proto.graph.node if node.op_type == "GridSample" and node.domain]
    for node in own:
        # Shapes can be inferred for ONNX's operator of that name only; attributes and meaning are the same.
        node.domain = ""
    blocked = [*float16.DEFAULT_OP_BLOCK_LIST, *_AS_FLOAT32]
    names = {node.output[0] for node in own}
    proto: Any = float16.convert_float_to_float16(model.proto, keep_io_types=True, op_block_list=blocked)
    for node in proto.graph.node:
        if node.op_type == "GridSample" and node.output[0] in names:
            node.domain = "com.microsoft"
    return Accepted(**{**vars(model), "proto": proto})
