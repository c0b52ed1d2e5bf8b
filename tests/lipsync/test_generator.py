"""The generator stage: the same patch for the same frame, and frames without a face left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from heygem_core.lipsync.audio import AHEAD, CENTRED
from heygem_core.lipsync.generator import NAMES, Generate, audio_start, dinet
from heygem_core.lipsync.generator.model import Setup
from heygem_core.lipsync.generator.stage import cut, onto, whole_faces
from heygem_core.lipsync.geometry import transform
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync import planar
from tests.lipsync.generating import BOX, a_face, an_item, drive, opened


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
    planar.put(item, np.full((1, 480, 640, 3), 9, np.uint8))
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
        "batch": 4,
        "runs": 0,
        "run_p50_ms": None,
        "run_p99_ms": None,
        "warnings": [],
    }
    drive(stage, an_item([0] * 5))
    told = stage.finish()
    assert told["runs"] == 2
    assert 0 < told["run_p50_ms"] <= told["run_p99_ms"]
    assert stage.finish()["runs"] == 0
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
    frame = [planar.picture(np.stack(waves, axis=2).astype(np.uint8))]
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
    generator = dinet.Dinet(tmp_path / "one.onnx", Setup("cpu", batch=1))
    picture = np.random.default_rng(0).integers(0, 255, (1, 256, 256, 3)).astype(np.uint8)
    silent = generator.generate(picture, None, np.full((1, 1, 80, 16), -4, np.float32))
    loud = generator.generate(picture, None, np.full((1, 1, 80, 16), 2, np.float32))
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
