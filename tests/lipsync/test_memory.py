"""Memory that runs out: tried once more with half the batch, then a clear error, and the next call is fine.

The errors are onnxruntime's own: of an arena with a limit, in a program of its own, since a process has one arena.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heygem_core.errors import BadModel, Cause, MemoryExhausted
from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.runtime.binding import Binding
from heygem_core.runtime.exhaustion import is_exhausted
from heygem_core.runtime.session import CPU, CUDA
from tests.lipsync.float_path import noise
from tests.lipsync.generating import telltale

ROOT = Path(__file__).parents[2]


def on_arena(size: int, batch: int, model: str, *left: str) -> dict[str, Any]:
    """Return what `small_arena` says; see there."""
    command = [sys.executable, "-m", "tests.lipsync.small_arena", str(size), str(batch), model, *left]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_half_the_batch_is_tried_once_and_stays(tmp_path: Path) -> None:
    """What is too large from the beginning, and what becomes too large in between, goes on with half of it."""
    told = on_arena(3_000_000, 8, telltale(tmp_path / "user.onnx"), "all")
    assert told["calls"] == [{"exhausted": None, "drawn": 5, "batch": 4, "warnings": 1}]
    told = on_arena(4_000_000, 4, telltale(tmp_path / "user.onnx"), "all", "1900000", "all")
    assert told["calls"] == [
        {"exhausted": None, "drawn": 5, "batch": 4, "warnings": 0},
        {"exhausted": None, "drawn": 5, "batch": 2, "warnings": 1},
        {"exhausted": None, "drawn": 5, "batch": 2, "warnings": 1},
    ]


def test_what_half_the_batch_does_not_cure_is_an_error_and_the_next_call_is_fine(tmp_path: Path) -> None:
    """The error names model, both sizes and the allocator's words; then the call works again, at the old size."""
    told = on_arena(4_000_000, 4, telltale(tmp_path / "user.onnx"), "all", "0", "all")
    before, during, after = told["calls"]
    for words in ("user.onnx", "batches of 4 frames", "Available memory of", "a batch of 2 did not fit either"):
        assert words in during["exhausted"]
    assert "\n" not in during["exhausted"]
    assert before == after == {"exhausted": None, "drawn": 5, "batch": 4, "warnings": 0}


def test_a_model_that_never_fits_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    """Before the first job, and as memory, not as a bad model."""
    assert "did not fit either" in on_arena(1_000_000, 8, telltale(tmp_path / "user.onnx"))["exhausted"]


class FakeBinding:
    """Buffers of which every run is refused, as a full device refuses it."""

    def __init__(self, real: Binding) -> None:
        self.inputs, self.outputs = real.inputs, real.outputs

    def run(self) -> None:
        """Raise what onnxruntime raises on a GPU without free memory; its own class."""
        from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

        raise RuntimeException(
            "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node. "
            "bfc_arena.cc Failed to allocate memory for requested buffer of size 33554432\n"
        )


def test_on_a_gpu_the_cause_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same failure has the cause of the GPU's memory only where the session is on the GPU."""
    model = load(telltale(tmp_path / "user.onnx"), Setup("cpu")).model
    refusing = FakeBinding(model.binding())
    monkeypatch.setattr(model, "_settle", lambda: setattr(model, "_bound", refusing))
    for applied, cause in ((CUDA, Cause.GPU_OUT_OF_MEMORY), (CPU, Cause.OTHER)):
        model._bound = None
        model.session = replace(model.session, applied=applied)
        with pytest.raises(MemoryExhausted, match=r"batches of 4.*33554432; a batch of 2 did not fit") as caught:
            model.run(*noise(1, 96))
        assert caught.value.cause == cause
        assert model.batch == 4


def test_a_model_of_one_size_is_not_tried_with_another(tmp_path: Path) -> None:
    """Nothing smaller can be tried where the model fixes the batch, nor below one frame."""
    for fixed, batch in ((4, 8), ("N", 1)):
        told = on_arena(300_000, batch, telltale(tmp_path / "user.onnx", batch=fixed))
        assert "did not fit either" not in told["exhausted"]
        assert "Available memory of" in told["exhausted"]


@pytest.mark.parametrize(
    "words",
    [
        "bfc_arena.cc:360 Available memory of 114944 is smaller than requested bytes of 442368",
        "bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 1073741824",
        "CUDA failure 2: out of memory ; GPU=0 ; hostname=x ; expr=cudaMalloc((void**)&p, size);",
        "CUDNN failure 4000: CUDNN_STATUS_ALLOC_FAILED ; GPU=0",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0",
        "std::bad_alloc",
        "bad allocation",
    ],
)
def test_memory_is_told_by_the_words_of_whoever_had_none(words: str) -> None:
    """The arena, CUDA, its libraries and C++ each say it in their own way."""
    assert is_exhausted(RuntimeError(words))


def test_other_failures_are_not_memory() -> None:
    """A kernel that is missing, a shape that is wrong; numpy's own error is memory."""
    assert not is_exhausted(RuntimeError("CUDA failure 209: no kernel image is available for execution"))
    assert not is_exhausted(BadModel("input shape 'memory' does not fit"))
    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 60, np.uint8)
    assert is_exhausted(caught.value)
