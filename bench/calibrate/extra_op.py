"""A model with a known share of extra work: real operators at its start that do not change its output."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

CHANNELS = 8
KERNEL = 5
LARGE = 128
"""Side in pixels of the work whose time is measured; of a smaller picture it is all of it."""

Slower = Callable[[Path], float]
"""Returns the share by which a model is slower than the one without work."""


def with_work(source: Path, target: Path, side: int) -> None:
    """Write ``source`` with two convolutions of ``side`` × ``side`` pixels of its picture more.

    The mean of their result, times 0, is added to its smallest input. onnxruntime cannot fold that away: it depends
    on the picture, and 0 times a number need not be 0.
    """
    model = onnx.load(source)
    graph = model.graph
    sizes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:] for value in graph.input}
    picture = max(sizes, key=lambda name: np.prod(sizes[name]))
    small = min(sizes, key=lambda name: np.prod(sizes[name]))
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == small:
                node.input[index] = "after_work"
    channels = sizes[picture][0]
    random = np.random.default_rng(0)
    weights = {
        "work_in": random.standard_normal((CHANNELS, channels, KERNEL, KERNEL)).astype(np.float32),
        "work_out": random.standard_normal((CHANNELS, CHANNELS, KERNEL, KERNEL)).astype(np.float32),
        "work_begin": np.array([0, 0], np.int64),
        "work_end": np.array([side, side], np.int64),
        "work_axes": np.array([2, 3], np.int64),
        "work_zero": np.array(0, np.float32),
    }
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in weights.items())
    same: dict[str, Any] = {"kernel_shape": [KERNEL] * 2, "pads": [KERNEL // 2] * 4}
    work = [
        helper.make_node("Slice", [picture, "work_begin", "work_end", "work_axes"], ["work_0"]),
        helper.make_node("Conv", ["work_0", "work_in"], ["work_1"], **same),
        helper.make_node("Conv", ["work_1", "work_out"], ["work_2"], **same),
        helper.make_node("ReduceMean", ["work_2"], ["work_3"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["work_3", "work_zero"], ["work_4"]),
        helper.make_node("Reshape", ["work_4", "work_shape"], ["work_5"]),
        helper.make_node("Add", [small, "work_5"], ["after_work"]),
    ]
    shape = np.array([-1, *[1] * len(sizes[small])], np.int64)
    graph.initializer.append(numpy_helper.from_array(shape, "work_shape"))
    nodes = [*work, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def build(source: Path, target: Path, share: float, slower: Slower) -> float:
    """Write ``source`` with about ``share`` more work to ``target``; return the share that a quick timing gives it.

    The work is as much as its pixels: how much that is, is timed where it is large, which noise hardly touches. What
    the share really is, the calibration's own replicates tell, all of them together.
    """
    with_work(source, target, LARGE)
    side = max(1, round(LARGE * math.sqrt(share / max(slower(target), share))))
    with_work(source, target, side)
    return slower(target)
