"""Drive the generator stage without a pipeline, and write small models of the kind that a user brings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from heygem_core.lipsync.generator import Generate
from heygem_core.lipsync.picture import ARRAYS
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync import planar

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]
Size = int | str
Inputs = Sequence[tuple[str, int, Sequence[Size]]]
PICTURE: Sequence[Size] = ["N", 6, 96, 96]
SPEECH: Sequence[Size] = ["N", 1, 80, 16]
RESULT: Sequence[Size] = ["N", 3, 96, 96]
COLOUR = (200, 100, 50)
BOX = (200.0, 100.0, 360.0, 320.0)


def a_face(present: bool = True) -> tuple[Floats, Floats]:
    """Return one row of faces [16] and lips [40, 2] as the face stage gives them for a frontal face."""
    if not present:
        return np.zeros(16, np.float32), np.zeros((40, 2), np.float32)
    points = [240, 180, 320, 180, 280, 220, 252, 262, 308, 262]
    angles = np.pi - np.arange(20) * np.pi / 10
    outer = np.stack([280 + 30 * np.cos(angles), 262 + 14 * np.sin(angles)], axis=1)
    inner = np.stack([280 + 22 * np.cos(angles), 262 + 4 * np.sin(angles)], axis=1)
    return np.array([1, 0.9, *BOX, *points], np.float32), np.concatenate([outer, inner]).astype(np.float32)


def an_item(loudness: Sequence[float], present: Sequence[bool] = (), frame: Pictures | None = None) -> DictSlot:
    """Return a slot with one frame per entry: its mel window filled with ``loudness``, a face where present."""
    count = len(loudness)
    item = DictSlot(count=count)
    frames = np.empty((count, 480, 640, 3), np.uint8)
    frames[:] = np.array(COLOUR, np.uint8) if frame is None else frame
    planar.put(item, frames)
    item.allocate("audio", (count, 1, 80, 16), np.float32)[:] = np.reshape(loudness, (-1, 1, 1, 1))
    rows = [a_face(there) for there in (present or [True] * count)]
    item.allocate("faces", (count, 16), np.float32)[:] = [row for row, _ in rows]
    item.allocate("lips", (count, 40, 2), np.float32)[:] = [lips for _, lips in rows]
    for name in item.names:
        item[name].setflags(write=False)
    return item


def drive(stage: Generate, item: DictSlot) -> DictSlot:
    """Let the opened stage process one slot."""
    out = DictSlot()
    stage.process(item, out)
    assert set(out.names) == {*ARRAYS, "faces", "patch", "matrix"}
    return out


def opened(generator: str, batch: int = 4) -> Generate:
    """Return the stage, opened on the CPU."""
    stage = Generate(generator, "cpu", batch)
    stage.open()
    return stage


def save_model(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Inputs,
    output: Sequence[Size],
) -> str:
    """Write a graph whose result is called ``out``; returns the path as text."""
    graph = helper.make_graph(
        list(nodes),
        "somebodys",
        [helper.make_tensor_value_info(name, kind, list(shape)) for name, kind, shape in inputs],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, list(output))],
        [helper.make_tensor(f"to{n}", TensorProto.INT64, [1], [n]) for n in range(7)]
        + [helper.make_tensor("eighth", TensorProto.FLOAT, [1], [0.125])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return str(path)


def take(channel: int, name: str) -> onnx.NodeProto:
    """Take one channel of the picture."""
    return helper.make_node("Slice", ["picture", f"to{channel}", f"to{channel + 1}", "to1"], [name])


def telltale(path: Path, *, side: int = 96, batch: Size = "N", audio_first: bool = False) -> str:
    """Write a Wav2Lip-shaped model that shows what it was given.

    Its blue is the first channel of the picture (the masked face's blue), its green the fifth (the whole face's
    green), its red an eighth of the mean of the mel window.
    """
    nodes = [
        take(0, "blue"),
        take(4, "green"),
        helper.make_node("ReduceMean", ["speech"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "eighth"], ["level"]),
        helper.make_node("Sub", ["green", "green"], ["nothing"]),
        helper.make_node("Add", ["nothing", "level"], ["red"]),
        helper.make_node("Concat", ["blue", "green", "red"], ["out"], axis=1),
    ]
    inputs: Inputs = [
        ("picture", TensorProto.FLOAT, [batch, 6, side, side]),
        ("speech", TensorProto.FLOAT, [batch, 1, 80, 16]),
    ]
    inputs = inputs[::-1] if audio_first else inputs
    return save_model(path, nodes, inputs, [batch, 3, side, side])
