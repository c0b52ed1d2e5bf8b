"""The puppet's graph, in four steps: hear, move, look behind the lips, compose."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.crop import MOUTH, UNIT
from heygem_core.lipsync.generator.puppet_graph import Graph, Value, mix

OPSET, IR_VERSION = 17, 8
"""Old enough for every onnxruntime from 1.16 on."""

WIDEST = 0.34
"""Gap between the lips at full opening, in face units."""
UPPER_SHARE = 0.08
"""Part of the opening that the upper lip gives; the jaw does the rest."""
SEAM = 0.2
"""Where between the open lips of the source they would meet: 0 at the upper, 1 at the lower lip."""


JAW = 1.2
"""How far the chin moves for every unit that the lower lip moves."""
NARROWING = 0.045
"""How far a rounded mouth's corner moves inwards, in face units."""
EDGE = 0.012
"""Width of the soft edge between lip and mouth, in shares of R."""

Plane = NDArray[np.float32]


class Hearing(NamedTuple):
    """What the mel window says, each [B,1,1,1]."""

    opening: Value
    narrow: Value


class Curves(NamedTuple):
    """The rows of the guide after the corners have moved, each [B,1,1,R], in shares of R."""

    upper: Value
    lower: Value
    profile: Value
    jaw: Value
    teeth: Value


class Lips(NamedTuple):
    """Where the lips' inner edges shall be, each [B,1,1,R], in shares of R."""

    upper: Value
    lower: Value


def model(size: int) -> Any:
    """Return the onnx ModelProto for crops of `size` pixels."""
    graph = Graph("puppet")
    image = graph.input("image", ["batch", 4, size, size])
    audio = graph.input("audio", ["batch", 1, 80, 16])
    picture = compose(image, hear(audio), size)
    graph.output(picture, "picture", ["batch", 3, size, size])
    return graph.model(OPSET, IR_VERSION)


def hear(audio: Value) -> Hearing:
    """Read opening (0..1) and narrowness (-1 spread .. 1 rounded) from the mel window.

    A step of 1 in the window is 12.5 dB. The bands from 270 to 1200 Hz carry the vowels and little of any hiss. Their
    loudness to the power of 0.6 lies between amplitude and decibels: quiet speech still moves the mouth. Weighted
    are 0.1 s around the middle of the frame, so that the mouth does not flutter and still closes for a "p". Rounded
    vowels have little above 1 kHz, spread ones much.
    """
    graph = audio.graph
    steps = np.arange(16)
    weight = np.exp(-0.5 * ((steps - 9.0) / 2.5) ** 2)
    weight = (weight / weight.sum()).astype(np.float32).reshape(1, 1, 16, 1)
    power = graph.op("Exp", audio * float(1.25 * np.log(10)))
    loud = graph.op("Pow", graph.op("ReduceSum", power.rows(5, 30), [2], keepdims=1), 0.3)
    felt = (graph.op("MatMul", loud, weight) - 0.2).relu()
    opening = 1.1 * felt / (felt + 1.35)
    low = graph.op("ReduceSum", graph.op("MatMul", power.rows(3, 14), weight), [2], keepdims=1)
    high = graph.op("ReduceSum", graph.op("MatMul", power.rows(24, 50), weight), [2], keepdims=1)
    balance = graph.op("Log", (low + 0.02) / (high + 0.02))
    # Over the voiced frames of two speakers: medians -0.7 and -1.2, nine tenths between -3.7 and 1.2.
    narrow = ((balance + 0.9) * 0.5).clip(-1.0, 1.0) * opening.smoothstep(0.05, 0.35)
    return Hearing(opening, narrow)


def compose(image: Value, hearing: Hearing, size: int) -> Value:
    """Move the skin, look behind the lips, and put the one over the other."""
    across, down = _coordinates(size)
    rgb = image.channels(0, 3)
    behind = _behind(rgb, size)
    sheet = _found(image.channels(3, 4).rows(0, 6), behind, size)
    sideways, curves = _narrowed(sheet, hearing.narrow, size)
    seam = curves.upper + (curves.lower - curves.upper) * SEAM
    gap = hearing.opening * curves.profile * (WIDEST * UNIT)
    lips = Lips(seam - gap * UPPER_SHARE, seam + gap * (1.0 - UPPER_SHARE))
    near = np.exp(-0.5 * ((down - MOUTH[1]) / (0.4 * UNIT)) ** 2).astype(np.float32)
    source_x = across - sideways * near
    skin = _sample(rgb, source_x, down - _fall(curves, lips, down), size)
    # Upper teeth belong to the skull: what the source shows of them stays where it is while the lips move over it.
    inside = mix(_painted(rgb, curves, lips, size), rgb, _kept(curves, behind, down))
    hole = ((down - lips.upper) * (1 / EDGE)).clip(0.0, 1.0) * ((lips.lower - down) * (1 / EDGE)).clip(0.0, 1.0)
    return mix(skin * _pressed(curves, seam, down), inside, hole).clip(0.0, 1.0)


def _behind(rgb: Value, size: int) -> Value:
    """Return 1 where the picture seems to show what is behind lips [B,1,R,R].

    Teeth are much less red than the cheeks, and the gaps between them much darker; lips are neither.
    """
    graph = rgb.graph
    red = (rgb.channels(0, 1) - rgb.channels(1, 2)) / (rgb.channels(0, 1) + 0.05)
    side = size // 48 * 2 + 1
    even = {"kernel_shape": [side, side], "pads": [side // 2] * 4, "count_include_pad": 0}
    light = _light(rgb, size)
    pale = (graph.op("AveragePool", red, **even) / (_flush(light) + 0.03)).smoothstep(0.75, 0.35)
    dark = (rgb.channels(1, 2) / (light.channels(1, 2) + 0.02)).smoothstep(0.42, 0.28)
    return graph.op("Max", pale, dark)


def _flush(light: Value) -> Value:
    """Return how red the skin is [B,1,1,1]: about 0.25 in colour, 0 in black and white."""
    red, green = light.channels(0, 1), light.channels(1, 2)
    return ((red - green) / (red + 0.05)).relu()


def _found(sheet: Value, behind: Value, size: int) -> Value:
    """Return the guide's rows with the lips' edges moved out to where teeth and dark end that the picture shows.

    The landmark model is off by a few pixels; teeth left outside would travel with the lip.
    """
    down = _coordinates(size)[1]
    moved = []
    for row, direction, reach in ((0, -1.0, 0.05 * UNIT), (1, 1.0, 0.08 * UNIT)):
        edge = sheet.rows(row, row + 1)
        beyond = (down - edge) * direction
        near = (beyond * (size / 2)).clip(0.0, 1.0) * ((reach - beyond) * (size / 2)).clip(0.0, 1.0)
        open_there = sheet.graph.op(
            "ReduceMean", (behind * 2.5).clip(0.0, 1.0) * near, axes=[2], keepdims=1
        ) * sheet.rows(4, 5)
        even = {"kernel_shape": [1, 13], "pads": [0, 6, 0, 6], "count_include_pad": 0}
        moved.append(edge + sheet.graph.op("AveragePool", open_there, **even) * direction)
    return sheet.graph.op("Concat", *moved, sheet.rows(2, 6), axis=2)


def _narrowed(sheet: Value, narrow: Value, size: int) -> tuple[Value, Curves]:
    """Return by how much each column moves sideways, and the guide's curves in their new places."""
    graph = sheet.graph
    sideways = sheet.rows(5, 6) * narrow * (-NARROWING * UNIT)
    x = graph.op("Reshape", (_coordinates(size)[0] - sideways) * 2.0 - 1.0, [0, 1, size, 1])
    x = x + np.zeros((1, 6, 1, 1), np.float32)
    y = x * 0.0 + ((2 * np.arange(6) + 1) / 6 - 1).astype(np.float32).reshape(1, 6, 1, 1)
    grid = graph.op("Concat", x, y, axis=3)
    moved = graph.sample(sheet, grid)
    return sideways, Curves(*(moved.rows(index, index + 1) for index in range(5)))


def _fall(curves: Curves, lips: Lips, down: Plane) -> Value:
    """Return by how much the skin has moved down at every pixel [B,1,R,R], in shares of R."""
    graph = lips.upper.graph
    pull_low, pull_high = lips.lower - curves.lower, lips.upper - curves.upper
    weight = curves.profile * curves.profile
    total = graph.op("ReduceSum", weight, [3], keepdims=1) + 1e-3
    drop = graph.op("ReduceSum", pull_low * weight, [3], keepdims=1) / total
    below, above = down - lips.lower, lips.upper - down
    jaw = curves.jaw * drop * JAW * below.smoothstep(1.1 * UNIT, 0.5 * UNIT)
    under = mix(jaw, pull_low, below.smoothstep(0.42 * UNIT, 0.04 * UNIT))
    over = pull_high * above.smoothstep(0.27 * UNIT, 0.02 * UNIT)
    return mix(over, under, ((below - above) * 1e4).clip(0.0, 1.0))


def _pressed(curves: Curves, seam: Value, down: Plane) -> Value:
    """Return the shade of the line where lips that the source holds open meet, as a factor for the skin."""
    distance = (down - seam) * (1 / (1.2 * EDGE))
    line = seam.graph.op("Exp", -(distance * distance))
    return 1.0 - line * curves.profile * curves.teeth * 0.3


def _kept(curves: Curves, behind: Value, down: Plane) -> Value:
    """Return how far the source's own view between the lips is to be used [B,1,R,R].

    Near the lower lip only teeth and dark are taken, the rest may be lip.
    """
    left = (curves.lower - down) / (curves.lower - curves.upper + 0.004)
    sure, likely = left.smoothstep(0.3, 0.6), behind * left.smoothstep(0.0, 0.08)
    below = (down - curves.upper).smoothstep(-0.004, 0.008)
    return behind.graph.op("Max", sure, likely) * curves.teeth * below


def _light(rgb: Value, size: int) -> Value:
    """Return the mean colour of nose and cheeks [B,3,1,1]."""
    cheeks = rgb.graph.op("Slice", rgb, [0, size // 5], [size // 5, size - size // 5], [2, 3])
    return rgb.graph.op("ReduceMean", cheeks, axes=[2, 3], keepdims=1)


def _painted(rgb: Value, curves: Curves, lips: Lips, size: int) -> Value:
    """Return the inside of a mouth in the light and the colours of this face [B,3,R,R]."""
    graph = rgb.graph
    down = _coordinates(size)[1]
    light = _light(rgb, size)
    bright = graph.op("ReduceMean", light, axes=[1], keepdims=1)
    depth = down - lips.upper
    gap = lips.lower - lips.upper
    place = (depth / (gap + 0.004)).clip(0.0, 1.0)
    colour = (_flush(light) * 5.0).clip(0.0, 1.0)
    dark = light * (colour * _colour(0.11, -0.04, -0.05) + 0.16)
    tongue = light * (colour * _colour(0.18, -0.08, -0.09) + 0.38)
    flesh = mix(dark, tongue, place.smoothstep(0.45, 1.1))
    under_lip = curves.profile * (0.085 * UNIT) - depth
    teeth = under_lip.smoothstep(0.0, 0.02) * curves.profile.smoothstep(0.15, 0.8) * 0.85
    teeth = teeth * gap.smoothstep(0.03 * UNIT, 0.09 * UNIT)
    shadow = depth.smoothstep(-0.03 * UNIT, 0.06 * UNIT) * 0.5 + 0.5
    enamel = (bright * 0.6 + light * 1.4) * (colour * _colour(0.02, 0.0, -0.03) + 0.50)
    return mix(flesh, enamel, teeth) * shadow


def _sample(rgb: Value, x: Value, y: Value, size: int) -> Value:
    """Return the picture [B,C,R,R] read at `x`, `y` [B,1,R,R], in shares of R."""
    graph = rgb.graph
    axes = [graph.op("Reshape", axis * 2.0 - 1.0, [0, size, size, 1]) for axis in (x, y)]
    return graph.sample(rgb, graph.op("Concat", *axes, axis=3))


def _colour(red: float, green: float, blue: float) -> Plane:
    return np.array([red, green, blue], np.float32).reshape(1, 3, 1, 1)


def _coordinates(size: int) -> tuple[Plane, Plane]:
    """Return the columns' x [1,1,1,R] and the rows' y [1,1,R,1], in shares of R."""
    centres = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return centres.reshape(1, 1, 1, size), centres.reshape(1, 1, size, 1)
