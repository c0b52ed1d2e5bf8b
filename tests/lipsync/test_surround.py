"""Pictures as bytes in and out of the graph: equal to numpy's floats, for the built-in models and a user's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from heygem_core.errors import BadModel
from heygem_core.lipsync.generator import load, model_file
from heygem_core.lipsync.generator.contract import read
from heygem_core.lipsync.generator.model import Setup
from heygem_core.lipsync.generator.surround import AUDIO, CROPS, GUIDE, PICTURES, SOUND, converted
from heygem_core.lipsync.generator.wav2lip import _CONTRACT
from heygem_core.runtime.tuning import Tuning
from tests.lipsync.float_path import drawn, noise
from tests.lipsync.generating import PICTURE, RESULT, SPEECH, Inputs, Size, a_face, save_model, telltale


@pytest.mark.parametrize(("name", "kind"), [("puppet", "puppet"), ("dinet-small", "dinet")])
def test_the_built_in_models_draw_what_numpy_s_floats_draw(name: str, kind: str) -> None:
    """Every bit of every picture, in full batches and a padded one."""
    generator = load(name, Setup("cpu", batch=2))
    crops, audio = noise(3, generator.size)
    faces, lips = (np.stack([part] * 3) for part in a_face())
    matrices = np.tile(np.array([[1, 0, -150], [0, 1, -130]], np.float32), (3, 1, 1))
    guide = generator.guide(lips, faces, matrices)
    got = generator.generate(crops, guide, audio)
    np.testing.assert_array_equal(got, drawn(kind, model_file(name), crops, guide, audio))
    assert got.std() > 10


@pytest.mark.parametrize(("side", "batch", "audio_first"), [(96, "N", True), (192, 3, False), (96, 1, False)])
def test_a_user_s_model_draws_what_numpy_s_floats_draw(
    tmp_path: Path, side: int, batch: Size, audio_first: bool
) -> None:
    """Of whatever side, batch and order of inputs; masked copy, order of colours and levels are the same."""
    path = Path(telltale(tmp_path / "user.onnx", side=side, batch=batch, audio_first=audio_first))
    generator = load(str(path), Setup("cpu", batch=2))
    crops, audio = noise(3, side)
    size = batch if isinstance(batch, int) else 3
    expected = [drawn("wav2lip", path, crops[at : at + size], None, audio[at : at + size]) for at in range(0, 3, size)]
    np.testing.assert_array_equal(generator.generate(crops, None, audio), np.concatenate(expected))


@pytest.mark.parametrize("opset", [8, 9, 10, 12, 17])
def test_every_opset_of_an_export_will_do(tmp_path: Path, opset: int) -> None:
    """A model of an old opset is converted, one of a newer is surrounded with what its opset knows."""
    nodes = [
        helper.make_node("Split", ["picture"], ["first", "out"], axis=1)
        if opset < 13
        else helper.make_node(
            "Split", ["picture"], ["first", "out"], axis=1, **({} if opset < 18 else {"num_outputs": 2})
        )
    ]
    inputs: Inputs = [("picture", 1, PICTURE), ("speech", 1, SPEECH)]
    path = Path(save_model(tmp_path / "old.onnx", nodes, inputs, RESULT))
    proto = onnx.load(path)
    proto.opset_import[0].version = opset
    onnx.save(proto, path)
    crops, audio = noise(2, 96)
    np.testing.assert_array_equal(load(str(path), Setup("cpu")).generate(crops, None, audio), crops)


def test_names_that_the_model_uses_itself_do_not_collide(tmp_path: Path) -> None:
    """A user's tensors called as ours are without the prefix; and a second output of theirs is let go."""
    nodes = [
        helper.make_node("Slice", ["crops", "to3", "to6", "to1"], ["v0"]),
        helper.make_node("Identity", ["v0"], ["out"]),
        helper.make_node("Identity", ["v0"], ["pictures"]),
    ]
    inputs: Inputs = [("crops", 1, PICTURE), ("audio", 1, SPEECH)]
    path = Path(save_model(tmp_path / "names.onnx", nodes, inputs, RESULT))
    proto = onnx.load(path)
    proto.graph.output.append(helper.make_tensor_value_info("pictures", 1, RESULT))
    onnx.save(proto, path)
    generator = load(str(path), Setup("cpu"))
    crops, audio = noise(1, 96)
    np.testing.assert_array_equal(generator.generate(crops, None, audio), crops)
    session = generator.model.session.session
    assert [(value.name, value.type) for value in session.get_inputs()] == [
        (CROPS, "tensor(uint8)"),
        (AUDIO, "tensor(float)"),
    ]
    assert [value.name for value in session.get_outputs()] == [SOUND, PICTURES]


def test_only_the_puppet_wants_a_guide() -> None:
    """It travels as the few rows that hold something."""
    inputs = {value.name: value.shape for value in load("puppet", Setup("cpu")).model.session.session.get_inputs()}
    assert inputs[GUIDE][1:] == [1, 6, 256]


def test_half_precision_changes_the_weights_and_little_of_the_picture(tmp_path: Path) -> None:
    """The converted model holds float16, takes and gives float32, and on the CPU too draws nearly the same."""
    crops, audio = noise(2, 256)
    exact = load("dinet-small", Setup("cpu", batch=2))
    half = load("dinet-small", Setup("cpu", batch=2, tuning=Tuning(precision="fp16")))
    first, second = exact.generate(crops, None, audio), half.generate(crops, None, audio)
    drift = np.abs(first.astype(int) - second)
    assert 0 < drift.max() <= 8
    assert drift.mean() < 0.5
    accepted = read(Path(telltale(tmp_path / "user.onnx")), _CONTRACT)
    proto = converted(accepted, "fp16").proto
    assert {value.type.tensor_type.elem_type for value in proto.graph.input} == {onnx.TensorProto.FLOAT}
    assert converted(accepted, "tf32") is accepted


def test_a_truncated_file_is_refused_by_its_name(tmp_path: Path) -> None:
    """Half a model is no model."""
    whole = Path(telltale(tmp_path / "user.onnx")).read_bytes()
    (tmp_path / "half.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadModel, match=r"half\.onnx") as caught:
        load(str(tmp_path / "half.onnx"), Setup("cpu"))
    assert "\n" not in str(caught.value)
