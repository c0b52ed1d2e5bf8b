"""Generators: driven as their models expect, wrong models refused in one line, frames without a face left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import av
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from heygem_core.errors import BadModel
from heygem_core.lipsync import dinet
from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.audio import AHEAD, CENTRED
from heygem_core.lipsync.blend import Blend
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.generator import (
    NAMES,
    PATCH,
    Generate,
    audio_start,
    check,
    cut,
    load,
    onto,
    whole_faces,
)
from heygem_core.lipsync.geometry import transform
from heygem_core.pipeline.stage import DictSlot

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
    frames = item.allocate("frames", (count, 480, 640, 3), np.uint8)
    frames[:] = np.array(COLOUR, np.uint8) if frame is None else frame
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
    assert set(out.names) == {"frames", "faces", "patch", "matrix"}
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


@pytest.mark.parametrize(
    ("side", "batch", "audio_first"), [(96, "N", True), (96, 1, True), (96, 4, False), (192, "N", False)]
)
def test_a_wav2lip_model_gets_what_wav2lip_gives_it(tmp_path: Path, side: int, batch: Size, audio_first: bool) -> None:
    """Masked face first, BGR over 255, each frame with its own window, whatever the order of inputs and batch."""
    stage = opened(telltale(tmp_path / "user.onnx", side=side, batch=batch, audio_first=audio_first))
    out = drive(stage, an_item([0.8, 1.6, 2.4], [True, False, True]))
    assert out["patch"].shape == (3, PATCH, PATCH, 3)
    mouth = tuple(transform(out["matrix"][0], np.array([280.0, 262.0])).astype(int)[::-1])
    red, green, blue = np.moveaxis(out["patch"], -1, 0)
    assert abs(int(red[0][mouth]) - 255 * 0.1) <= 1
    assert abs(int(red[2][mouth]) - 255 * 0.3) <= 1
    assert abs(int(green[0][mouth]) - COLOUR[1]) <= 1
    assert blue[0][mouth] == 0
    assert not out["patch"][1].any()
    # Above the middle of the box the face is not masked.
    bridge = tuple(transform(out["matrix"][0], np.array([280.0, 203.0])).astype(int)[::-1])
    assert abs(int(blue[0][bridge]) - COLOUR[2]) <= 1
    np.testing.assert_array_equal(out["frames"], an_item([0] * 3)["frames"])


def test_a_model_that_returns_the_face_leaves_the_picture_as_it_was(tmp_path: Path) -> None:
    """A real face goes out to 96 pixels and back over the frame without a trace to be seen: every way is its own
    way back.
    """
    with av.open(str(fetch("clip"))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in islice(container.decode(video=0), 4)]
    nodes = [helper.make_node("Slice", ["picture", "to3", "to6", "to1"], ["out"])]
    inputs: Inputs = [("picture", 1, PICTURE), ("speech", 1, SPEECH)]
    item = DictSlot(count=4)
    item.allocate("frames", (4, 480, 640, 3), np.uint8)[:] = frames
    item.allocate("audio", (4, 1, 80, 16), np.float32)[:] = 0
    detect, generate, blend = (
        DetectFaces("cpu"),
        Generate(save_model(tmp_path / "same.onnx", nodes, inputs, RESULT), "cpu"),
        Blend(),
    )
    for stage in (detect, generate, blend):
        stage.open()
        stage.start({"video": "clip.mp4"})
        out = DictSlot(count=4)
        stage.process(item, out)
        item = out
    error = item["frames"].astype(np.float64) - frames
    assert error.any()
    assert 10 * np.log10(255**2 / (error**2).mean()) > 50


def test_every_run_has_the_same_batch(tmp_path: Path) -> None:
    """A slot of three, a slot with one face, one of five: all run in fours, as the model itself shows."""
    nodes = [
        take(0, "one"),
        helper.make_node("Shape", ["picture"], ["shape"]),
        helper.make_node("Slice", ["shape", "to0", "to1"], ["batch"]),
        helper.make_node("Cast", ["batch"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["number", "eighth"], ["level"]),
        helper.make_node("Sub", ["one", "one"], ["nothing"]),
        helper.make_node("Add", ["nothing", "level"], ["grey"]),
        helper.make_node("Concat", ["grey", "grey", "grey"], ["out"], axis=1),
    ]
    inputs: Inputs = [("picture", 1, PICTURE), ("speech", 1, SPEECH)]
    stage = opened(save_model(tmp_path / "user.onnx", nodes, inputs, RESULT))
    for item in (an_item([0] * 3), an_item([0] * 3, [False, True, False]), an_item([0] * 5)):
        shown = drive(stage, item)["patch"][1, 100, 128]
        assert list(shown) == [round(255 * 4 / 8)] * 3


@pytest.mark.parametrize(
    ("inputs", "output", "got", "expected"),
    [
        ([("picture", 1, ["N", 3, 96, 96]), ("speech", 1, SPEECH)], RESULT, "float32 [?, 3, 96, 96]", "[?, 6, ?, ?]"),
        ([("picture", 1, PICTURE), ("speech", 1, ["N", 1, 80, 20])], RESULT, "[?, 1, 80, 20]", "[?, 1, 80, 16]"),
        ([("picture", 1, PICTURE)], RESULT, "its inputs are float32 [?, 6, 96, 96];", "[?, 1, 80, 16]"),
        ([("picture", 10, PICTURE), ("speech", 1, SPEECH)], RESULT, "float16 [?, 6, 96, 96]", "float32 [?, 6, ?, ?]"),
        (
            [("picture", 1, PICTURE), ("speech", 1, SPEECH)],
            ["N", 1, 96, 96],
            "output is float32 [?, 1, 96, 96]",
            "[?, 3",
        ),
        ([("picture", 1, ["N", 6, 96, 64]), ("speech", 1, SPEECH)], RESULT, "64 x 96 pixels", "expected a square"),
    ],
)
def test_a_model_with_other_inputs_or_output_is_refused(
    tmp_path: Path,
    inputs: Inputs,
    output: Sequence[Size],
    got: str,
    expected: str,
) -> None:
    """One line names the file, what it has and what it should have."""
    kind = TensorProto.FLOAT
    channels = 3 if output[1] == 3 else 1
    nodes = [
        helper.make_node("Cast", ["picture"], ["single"], to=kind),
        helper.make_node("Slice", ["single", "to0", f"to{channels}", "to1"], ["out"]),
    ]
    shape = [*output[:2], *inputs[0][2][2:]]
    model = save_model(tmp_path / "other.onnx", nodes, inputs, shape)
    with pytest.raises(BadModel) as caught:
        load(model, "cpu", 4, 1)
    text = str(caught.value)
    assert "\n" not in text
    for part in ("other.onnx", got, expected):
        assert part in text


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (helper.make_node("Log", ["dark"], ["out"]), "values that are not numbers"),
        (
            helper.make_node("MaxPool", ["three"], ["out"], kernel_shape=[2, 2], strides=[2, 2]),
            "48 x 48 pixels, expected 96",
        ),
        (helper.make_node("Reshape", ["three", "wrong"], ["out"]), "failed: "),
    ],
)
def test_a_model_that_fails_when_run_is_refused_on_opening(tmp_path: Path, fault: onnx.NodeProto, message: str) -> None:
    """What only a run can tell is told before the first job: no numbers, another size, an error inside."""
    nodes = [
        helper.make_node("Slice", ["picture", "to0", "to3", "to1"], ["three"]),
        helper.make_node("Sub", ["three", "eighth"], ["dark"]),
        helper.make_node("Concat", ["to0", "to3", "to5", "to6"], ["wrong"], axis=0),
        fault,
    ]
    inputs: Inputs = [("picture", 1, PICTURE), ("speech", 1, SPEECH)]
    model = save_model(tmp_path / "odd.onnx", nodes, inputs, ["N", "C", "H", "W"])
    with pytest.raises(BadModel, match=message) as caught:
        opened(model)
    assert "\n" not in str(caught.value)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """An unknown name is answered with the known ones; a missing, empty or foreign file is named."""
    with pytest.raises(BadModel, match=r"unknown model 'wavlip'; known: puppet, dinet, dinet-small, or the path"):
        check("wavlip")
    with pytest.raises(BadModel, match=r"model file '.*gone\.onnx' does not exist"):
        check(str(tmp_path / "gone.onnx"))
    for name, content in (("empty.onnx", b""), ("text.onnx", b"this is no model\n" * 9)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadModel, match=name) as caught:
            load(str(tmp_path / name), "cpu", 4, 1)
        assert "\n" not in str(caught.value)
    for name in NAMES:
        check(name)


def test_a_users_model_hears_what_follows_the_frame() -> None:
    """Wav2Lip's windows begin at the frame; those of the generators built here are centred on it."""
    assert audio_start("wav2lip.onnx") == AHEAD
    assert [audio_start(name) for name in NAMES] == [CENTRED] * 3


@pytest.mark.parametrize("generator", ["puppet", "dinet-small"])
def test_a_frame_is_drawn_alike_alone_and_among_others(generator: str) -> None:
    """The same frame and window give the same patch in a full, a partial and a mixed batch, time after time."""
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    stage = opened(generator)
    full = drive(stage, an_item([-4, 0, 2, 3], frame=picture))
    alone = drive(stage, an_item([2], frame=picture))
    mixed = drive(stage, an_item([-4, 2, 2], [False, True, False], frame=picture))
    np.testing.assert_array_equal(full["patch"][2], alone["patch"][0])
    np.testing.assert_array_equal(full["patch"][2], mixed["patch"][1])
    assert (full["patch"][0] != full["patch"][3]).any()


def test_without_a_face_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames without a face cost no run of the model and get neither patch nor matrix."""
    stage = opened("dinet-small")

    def never(*_: object) -> None:
        raise AssertionError("the model ran")

    monkeypatch.setattr(stage._generator, "generate", never)
    out = drive(stage, an_item([0, 0], [False, False]))
    for name in ("faces", "patch", "matrix"):
        assert not out[name].any()


def test_a_face_whose_points_coincide_is_left_alone() -> None:
    """What cannot be aligned is passed on as no face, so that nothing is pasted anywhere."""
    item = DictSlot(count=1)
    item.allocate("frames", (1, 480, 640, 3), np.uint8)[:] = 9
    item.allocate("audio", (1, 1, 80, 16), np.float32)[:] = 0
    item.allocate("lips", (1, 40, 2), np.float32)[:] = 100
    item.allocate("faces", (1, 16), np.float32)[:] = [[1, 0.9, *BOX, *[100] * 10]]
    out = drive(opened("dinet-small"), item)
    assert not out["faces"].any()
    assert not out["patch"].any()


def test_the_summary_says_on_what_it_ran() -> None:
    """Asked for the CPU: no warning. Asked for whatever there is: a warning exactly when that is the CPU."""
    stage = opened("dinet-small")
    assert stage.finish() == {
        "provider": {"requested": "cpu", "applied": "CPUExecutionProvider"},
        "warnings": [],
    }
    automatic = Generate("dinet-small", "auto")
    automatic.open()
    summary = automatic.finish()
    assert summary["provider"]["requested"] == "auto"
    assert bool(summary["warnings"]) == (summary["provider"]["applied"] == "CPUExecutionProvider")


def test_the_box_of_a_whole_face_fills_the_square() -> None:
    """Its upper corners are the square's; below there is a little room for the chin."""
    matrix = whole_faces(a_face()[0][None], 96)[0]
    np.testing.assert_allclose(transform(matrix, np.array([BOX[0], BOX[1]])), [0, 0], atol=1e-3)
    right, bottom = transform(matrix, np.array([BOX[2], BOX[3]]))
    assert right == pytest.approx(96, abs=1e-3)
    assert 90 < bottom < 96


def test_putting_a_face_back_unchanged_changes_nothing_to_be_seen() -> None:
    """Cutting out a whole face and laying it over the crop gives the crop again, but for resampling."""
    x, y = np.meshgrid(np.arange(640), np.arange(480))
    waves = [127 + 100 * np.sin(x / 19), 127 + 100 * np.cos(y / 23), 127 + 100 * np.sin((x + y) / 31)]
    frame = np.stack(waves, axis=2).astype(np.uint8)[None]
    faces = a_face()[0][None]
    crop = np.array([[[1.2, 0.1, -200], [-0.1, 1.2, -150]]], np.float32)
    whole = whole_faces(faces, 384)
    original = cut(frame, crop, 256)
    again = onto(original, crop, cut(frame, whole, 384), whole)
    assert np.abs(again.astype(int) - original).max() <= 6
    red = onto(original, crop, np.full((1, 384, 384, 3), (255, 0, 0), np.uint8), whole)
    assert (red[0] == (255, 0, 0)).all(axis=2).any()


def test_the_dinet_shape_is_the_same_every_time_and_hears_the_speech(tmp_path: Path) -> None:
    """Two builds give the same bytes; it has encoders, an affine transform steered by the speech and a decoder."""
    dinet.build(tmp_path / "one.onnx", dinet.SMALL)
    dinet.build(tmp_path / "two.onnx", dinet.SMALL)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    kinds = {node.op_type for node in onnx.load(tmp_path / "one.onnx").graph.node}
    assert {"Conv", "GridSample", "DepthToSpace", "Sigmoid"} <= kinds
    generator = dinet.Dinet(tmp_path / "one.onnx", "cpu", 1, 1)
    picture = np.random.default_rng(0).integers(0, 255, (1, 256, 256, 3)).astype(np.uint8)
    image = generator.prepare(picture, np.zeros((1, 0, 256, 256), np.float32))
    silent = generator.generate(image, np.full((1, 1, 80, 16), -4, np.float32))
    loud = generator.generate(image, np.full((1, 1, 80, 16), 2, np.float32))
    assert np.abs(silent.astype(int) - loud).mean() > 1
    assert silent.std() > 10


def test_configuring_the_stage_loads_no_model_library() -> None:
    """The process that builds the pipeline imports neither OpenCV nor onnxruntime for it."""
    script = (
        "import sys, pickle; from heygem_core.lipsync.generator import Generate, check; check('puppet');"
        "pickle.dumps(Generate());"
        "print([m for m in ('cv2', 'onnxruntime', 'onnx', 'av', 'torch') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
