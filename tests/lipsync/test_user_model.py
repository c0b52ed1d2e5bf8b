"""A user's own model: driven as Wav2Lip's are, and refused in one line where it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import av
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from heygem_core.errors import BadModel
from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.blend import Blend
from heygem_core.lipsync.face import DetectFaces
from heygem_core.lipsync.generator import NAMES, PATCH, Generate, check, load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.lipsync.geometry import transform
from heygem_core.lipsync.picture import ARRAYS
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync import planar
from tests.lipsync.generating import (
    COLOUR,
    PICTURE,
    RESULT,
    SPEECH,
    Inputs,
    Size,
    an_item,
    drive,
    opened,
    save_model,
    take,
    telltale,
)


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
    for name in ARRAYS:
        np.testing.assert_array_equal(out[name], an_item([0] * 3)[name])


def test_a_model_that_returns_the_face_leaves_the_picture_as_it_was(tmp_path: Path) -> None:
    """A real face goes out to 96 pixels and back over the frame without a trace to be seen: every way is its own
    way back.
    """
    with av.open(str(fetch("clip"))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in islice(container.decode(video=0), 4)]
    nodes = [helper.make_node("Slice", ["picture", "to3", "to6", "to1"], ["out"])]
    inputs: Inputs = [("picture", 1, PICTURE), ("speech", 1, SPEECH)]
    item = DictSlot(count=4)
    planar.put(item, np.stack(frames))
    before = planar.shown(item).astype(np.float64)
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
    error = planar.shown(item) - before
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
        load(model, Setup("cpu"))
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
            load(str(tmp_path / name), Setup("cpu"))
        assert "\n" not in str(caught.value)
    for name in NAMES:
        check(name)
