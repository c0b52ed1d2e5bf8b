"""A graph with the compute shape of HeyGem's DINet and random weights: to measure with, not to look at.

HeyGem's own weights are in no package, so what it draws is noise. Inputs, output and kinds of layers are those of
the generator in HeyGem (DINetV1: source and reference picture [B,3,256,256], speech features [B,256,20]): two
convolutional encoders, an audio encoder, an affine transform of every reference feature map that the speech
steers (AdaAT), and a decoder. The full size has 97.4 M weights, HeyGem's 97.7 M; how they are spread over the
layers is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.generator.contract import Contract, read
from heygem_core.lipsync.generator.model import Model, Setup
from heygem_core.lipsync.generator.puppet_graph import Graph, Value
from heygem_core.lipsync.generator.surround import blackened

Floats = NDArray[np.float32]

SIZE = 256
"""Side of the pictures in pixels."""
BINS, STEPS = 256, 20
"""Speech features per step, and steps per frame."""
OPSET, IR_VERSION = 17, 8
"""Understood by every onnxruntime since 1.12; GridSample needs opset 16."""


@dataclass(frozen=True)
class Shape:
    """How large a DINet is."""

    name: str
    width: int
    """Channels at full resolution; eight times as many at an eighth of it."""
    blocks: int
    """Residual blocks at an eighth of the resolution, where most of the weights are."""

    @property
    def file(self) -> str:
        """Name in the cache; the number changes with the graph."""
        return f"{self.name}-1.onnx"


FULL = Shape("dinet", 64, 18)
"""For GPUs: 390 MB, about 2 s per frame on a CPU; building it takes 3 GB of memory for some 10 s."""
SMALL = Shape("dinet-small", 8, 2)
"""For tests: 0.4 M weights."""


class Dinet:
    """A generator of the lower face with a `Shape`'s cost."""

    whole_face = False
    size = SIZE

    def __init__(self, path: Path, setup: Setup) -> None:
        contract = Contract((None, 6, SIZE, SIZE), (None, BINS, STEPS), (None, 3, SIZE, SIZE))
        self.model = Model(read(path, contract), SIZE, setup, self.before)

    def before(self, rgb: Value, guide: Value | None, audio: Value) -> tuple[Value, Value]:  # noqa: ARG002
        """Stack [B, 6, 256, 256], the crop with its middle blackened first; stretch the window to [B, 256, 20]."""
        op = rgb.graph.op
        masked = blackened(rgb, SIZE, slice(SIZE // 4, -SIZE // 8), slice(SIZE // 8, -SIZE // 8))
        stretched = op("Gather", audio, [index * 80 // BINS for index in range(BINS)], axis=2)
        stretched = op("Gather", stretched, [index * 16 // STEPS for index in range(STEPS)], axis=3)
        return op("Concat", masked, rgb, axis=1), op("Reshape", stretched, [-1, BINS, STEPS])

    def guide(self, lips: Floats, faces: Floats, matrices: Floats) -> None:
        """Want to know nothing beside the pictures."""

    def generate(self, crops: NDArray[np.uint8], guide: Floats | None, audio: Floats) -> NDArray[np.uint8]:
        """Return noise, uint8 RGB [B, 256, 256, 3]."""
        return self.model.run(crops, audio, guide)


def build(path: Path, shape: Shape) -> None:
    """Write a graph of ``shape`` to ``path``: inputs ``image`` [B,6,256,256] and ``audio`` [B,256,20], output
    ``picture`` [B,3,256,256]. The same numpy gives the same bytes.
    """
    graph = Graph(shape.name)
    layers = _Layers(graph)
    image = graph.input("image", ["B", 6, SIZE, SIZE])
    audio = graph.input("audio", ["B", BINS, STEPS])
    widths = [shape.width * factor for factor in (1, 2, 4, 8)]
    source = layers.encoder(image.channels(0, 3), widths)
    reference = layers.encoder(image.channels(3, 6), widths)
    speech = layers.speech(audio, widths[-1])
    for _ in range(shape.blocks // 2):
        reference = layers.residual(reference, widths[-1])
    reference = layers.transformed(reference, speech, widths[-1], SIZE // 8)
    for _ in range(shape.blocks - shape.blocks // 2):
        reference = layers.residual(reference, widths[-1])
    picture = layers.decoder(graph.op("Concat", source, reference, axis=1), widths)
    graph.output(picture, "picture", ["B", 3, SIZE, SIZE])
    path.write_bytes(graph.model(OPSET, IR_VERSION).SerializeToString(deterministic=True))


class _Layers:
    """Appends layers with weights drawn one after the other from one seeded generator."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._random = np.random.default_rng(20240131)

    def encoder(self, value: Value, widths: list[int]) -> Value:
        value = self._conv(value, 3, widths[0], 7).relu()
        for narrow, wide in pairwise(widths):
            value = self._conv(value, narrow, wide, 3, stride=2).relu()
        return value

    def residual(self, value: Value, width: int) -> Value:
        inner = self._conv(self._conv(value, width, width, 3).relu(), width, width, 3)
        # Scaled down, or the sum would grow from block to block with weights that nobody trained.
        return (value + inner * 0.2).relu()

    def speech(self, value: Value, width: int) -> Value:
        for channels in (BINS, width):
            weight = self._weights((width, channels, 3), channels * 3)
            value = self._graph.op("Conv", value, weight, kernel_shape=[3], pads=[1, 1], strides=[2]).relu()
        pooled = self._graph.op("GlobalAveragePool", value)
        return self._graph.op("Reshape", pooled, [-1, width])

    def transformed(self, value: Value, speech: Value, width: int, side: int) -> Value:
        """Move, turn and scale every feature map by six numbers that the speech gives."""
        identity = np.tile(np.array([1, 0, 0, 0, 1, 0], np.float32), width)
        change = self._graph.op("MatMul", speech, self._weights((width, width * 6), width) * np.float32(0.1))
        matrices = self._graph.op("Reshape", change + identity, [-1, 2, 3])
        axis = (np.arange(side, dtype=np.float32) * 2 + 1) / side - 1
        x, y = np.meshgrid(axis, axis)
        places = np.stack([x.ravel(), y.ravel(), np.ones(side * side)]).astype(np.float32)
        moved = self._graph.op("MatMul", matrices, places)
        grid = self._graph.op("Reshape", self._graph.op("Transpose", moved, perm=[0, 2, 1]), [-1, side, side, 2])
        maps = self._graph.op("Reshape", value, [-1, 1, side, side])
        sampled = self._graph.op("GridSample", maps, grid, align_corners=0, mode="bilinear", padding_mode="zeros")
        return self._graph.op("Reshape", sampled, [-1, width, side, side])

    def decoder(self, value: Value, widths: list[int]) -> Value:
        channels = 2 * widths[-1]
        for wide in (widths[-1], *reversed(widths[:-1])):
            value = self._conv(value, channels, wide, 3).relu()
            if wide != widths[-1]:
                value = self._graph.op("DepthToSpace", self._conv(value, wide, wide * 4, 1), blocksize=2)
            channels = wide
        return self._graph.op("Sigmoid", self._conv(value, channels, 3, 7))

    def _conv(self, value: Value, channels: int, width: int, kernel: int, stride: int = 1) -> Value:
        weight = self._weights((width, channels, kernel, kernel), channels * kernel * kernel)
        bias = np.zeros(width, np.float32)
        sides = {"kernel_shape": [kernel] * 2, "pads": [kernel // 2] * 4, "strides": [stride] * 2}
        return self._graph.op("Conv", value, weight, bias, **sides)

    def _weights(self, shape: tuple[int, ...], inputs: int) -> Floats:
        """Draw weights that keep a signal's size (He et al. 2015)."""
        return self._random.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / inputs))
