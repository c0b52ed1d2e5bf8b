"""Reused buffers give what a plain run gives; page-locked memory on a FakeCudart, which counts what it is asked."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.runtime.binding import Binding
from heygem_core.runtime.page_locked import Memory, loaded_runtime
from heygem_core.runtime.session import Session, create_session
from tests.lipsync.float_path import noise
from tests.runtime.conftest import Compile

_CUDART = """
static int held, refuse;
void fake_refuse(void) { refuse = 1; }
int fake_held(void) { return held; }
int cudaHostRegister(void *p, unsigned long size, unsigned flags) {
    if (refuse || !p || !size || flags) return 2;
    held++;
    return 0;
}
int cudaHostUnregister(void *p) { held--; return 0; }
"""


@pytest.fixture
def session(model: bytes) -> Session:
    """Return a session of y = x + x on the CPU."""
    return create_session(model, "cpu", threads=1)


def test_a_run_over_bound_buffers_is_a_plain_run(session: Session) -> None:
    """What is written into the inputs comes out of the outputs, run after run, in the same memory."""
    bound = Binding(session, {"x": ((4,), np.float32)}, {"y": ((4,), np.float32)})
    places = bound.inputs["x"].ctypes.data, bound.outputs["y"].ctypes.data
    for seed in range(3):
        given = np.random.default_rng(seed).standard_normal(4).astype(np.float32)
        bound.inputs["x"][:] = given
        bound.run()
        np.testing.assert_array_equal(bound.outputs["y"], session.session.run(None, {"x": given})[0])
    assert places == (bound.inputs["x"].ctypes.data, bound.outputs["y"].ctypes.data)


@pytest.mark.parametrize("name", ["puppet", "dinet-small"])
def test_a_generator_s_bound_run_is_bit_equal_to_run(name: str) -> None:
    """The whole graph, over reused buffers and over fresh arrays: the same bytes."""
    model = load(name, Setup("cpu", batch=2)).model
    bound = model.binding()
    for seed in range(2):
        crops, audio = noise(2, 256, seed)
        bound.inputs["heygem.crops"][:], bound.inputs["heygem.audio"][:] = crops, audio
        bound.run()
        fresh = model.session.session.run(None, {key: array.copy() for key, array in bound.inputs.items()})
        declared = [value.name for value in model.session.session.get_outputs()]
        for key, array in zip(declared, fresh, strict=True):
            np.testing.assert_array_equal(bound.outputs[key], array)


def test_a_replay_runs_as_often_as_it_is_told_and_says_how_long(session: Session) -> None:
    """The outputs are those of the inputs, the time is that of all the runs."""
    bound = Binding(session, {"x": ((4,), np.float32)}, {"y": ((4,), np.float32)}, on_device=True)
    bound.inputs["x"][:] = 3
    assert 0 < bound.replay(5) < 60
    assert bound.outputs["y"].tolist() == [6] * 4


def test_wrong_shapes_are_the_session_s_own_error(session: Session) -> None:
    """Nothing is silently cut or filled."""
    bound = Binding(session, {"x": ((5,), np.float32)}, {"y": ((4,), np.float32)})
    with pytest.raises(RuntimeError, match="Got: 5 Expected: 4"):
        bound.run()


def test_arrays_are_locked_once_and_unlocked_when_nobody_uses_them(compile_library: Compile, tmp_path: Path) -> None:
    """Each array is registered with the CUDA runtime that is loaded, begins at a page, and is let go."""
    runtime = ctypes.CDLL(str(compile_library(tmp_path / "libfakecudart.so.13", _CUDART)))
    memory = Memory(runtime)
    first, second = memory.empty((3, 5), np.uint8), memory.empty((), np.float32)
    assert (memory.locked, runtime.fake_held()) == (2, 2)
    assert (first.shape, first.dtype, second.shape) == ((3, 5), np.dtype(np.uint8), ())
    assert first.ctypes.data % 4096 == 0
    assert not first.any()
    first[:] = 7
    del first
    gc.collect()
    assert runtime.fake_held() == 1
    runtime.fake_refuse()
    refused = memory.empty((4,), np.float32)
    refused[:] = 1
    assert (memory.locked, runtime.fake_held(), refused.sum()) == (2, 1, 4)


def test_without_a_cuda_runtime_arrays_are_plain() -> None:
    """On the CPU nothing is locked, and nothing else differs."""
    memory = Memory(None)
    array = memory.empty((2, 2), np.float32)
    array[:] = 2
    assert (memory.locked, array.sum()) == (0, 8)


def test_the_runtime_is_the_one_that_is_already_loaded(compile_library: Compile, tmp_path: Path) -> None:
    """It is found among what the process has mapped, and none is loaded that was not."""
    library = compile_library(tmp_path / "libhgcudart.so.13", _CUDART)
    code = (
        "import ctypes, sys\nfrom heygem_core.runtime.page_locked import loaded_runtime\n"
        "assert loaded_runtime('libhgcudart.so') is None\nctypes.CDLL(sys.argv[1])\n"
        "print(loaded_runtime('libhgcudart.so').fake_held())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(library)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "0\n"
    assert loaded_runtime("libhgcudart.so") is None
