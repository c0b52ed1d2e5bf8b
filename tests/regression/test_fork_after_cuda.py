"""fork-after-cuda: tried with a GPU, skipped with the reason without one; loud, no hang."""

from __future__ import annotations

from typing import Any

import pytest

from heygem_core.casebook.cases import fork_after_cuda
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.gpu_less import assert_skipped

ANSWERS: dict[str, Any] = {
    "available": True,
    "fork": {"value": None, "error": "Cannot re-initialize CUDA in forked subprocess. To use CUDA with ..."},
    "spawn": {"value": 1.0, "error": None},
}
CORE = CoreRun(2.0, 8, {"applied": "CUDAExecutionProvider"}, None, None, "", 0)


def test_without_a_gpu_the_case_is_skipped_with_the_reason() -> None:
    """No driver or no device gives `CaseSkipped` with NVML's reason."""
    assert_skipped(fork_after_cuda.CASE)


def test_a_torch_without_cuda_is_a_reason_to_skip() -> None:
    """The CPU build of torch beside a GPU shows nothing."""
    with pytest.raises(CaseSkipped, match="torch finds no CUDA"):
        fork_after_cuda.judge({**ANSWERS, "available": False}, CORE, 1.0)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("fork", {"value": 1.0, "error": None}),
        ("fork", {"value": None, "error": "no answer within 60 s"}),
        ("spawn", {"value": None, "error": "out of memory"}),
    ],
)
def test_no_verdict_without_the_effect(method: str, answer: dict[str, Any]) -> None:
    """A forked child that can use CUDA or hangs, or a spawned one that cannot, is no finding."""
    assert fork_after_cuda.judge(ANSWERS, CORE, 1.0).verdict == "conditional"
    with pytest.raises(EffectNotShown):
        fork_after_cuda.judge({**ANSWERS, method: answer}, CORE, 1.0)
