"""last-batch-shape: measured with a GPU, skipped with the reason without one; the first odd batch decides."""

from __future__ import annotations

from typing import Any

import pytest

from heygem_core.casebook.cases import last_batch_shape
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import EffectNotShown
from tests.casebook.gpu_less import assert_skipped

CUDA = "CUDAExecutionProvider"
TIMES: dict[str, Any] = {
    "applied": CUDA,
    "first_ms": 900.0,
    "steady_ms": 4.0,
    "odd_ms": 40.0,
    "odd_again_ms": 3.5,
    "padded_ms": 4.1,
}
CORE = CoreRun(2.0, 8, {"applied": CUDA}, None, None, "", 0)


def test_without_a_gpu_the_case_is_skipped_with_the_reason() -> None:
    """No driver or no device gives `CaseSkipped` with NVML's reason."""
    assert_skipped(last_batch_shape.CASE)


@pytest.mark.parametrize(("odd_ms", "verdict"), [(40.0, "confirmed"), (5.0, "refuted")])
def test_the_first_odd_batch_decides(odd_ms: float, verdict: str) -> None:
    """A spike confirms the claim, its absence refutes it; both leave the same lines."""
    finding = last_batch_shape.judge({**TIMES, "odd_ms": odd_ms}, CORE, 5.0)
    assert finding.verdict == verdict
    assert f"{odd_ms / 4:.1f} times a steady run" in finding.reported.outcome.en


def test_off_the_gpu_there_is_no_finding() -> None:
    """Times of the CPU say nothing about CUDA."""
    with pytest.raises(EffectNotShown, match="CPUExecutionProvider"):
        last_batch_shape.judge({**TIMES, "applied": "CPUExecutionProvider"}, CORE, 5.0)
