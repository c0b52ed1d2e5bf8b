"""Fork, spawn and DataLoader workers beside CUDA, each in a process that may hang or crash without us."""

from __future__ import annotations

import pytest

from heygem_core.runtime.session import CUDA
from tests.gpu.experiments import hosted_here

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600), pytest.mark.breaks]


def test_after_cuda_a_spawned_child_computes_and_a_forked_one_does_not() -> None:
    """The forked child gets an error, dies or does not answer; it never computes on the CPU without a word."""
    told = hosted_here("after_cuda", provider="cuda")
    assert told["parent"] == {"applied": CUDA, "value": 8, "error": None}
    assert told["spawn"] == told["parent"]
    assert told["fork"]["error"] is not None, told["fork"]
    assert told["fork"]["value"] is None


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_loader_with_four_workers_loads_in_a_spawned_worker_with_cuda(method: str) -> None:
    """All items come, and the session goes on afterwards: ``num_threads: 4`` deadlocks nothing by itself.

    The workers use no CUDA, and no parallel region ran in the process that forks them.
    """
    pytest.importorskip("torch")
    told = hosted_here("dataloader", provider="cuda", method=method, workers=4)
    assert (told["loaded"], told["error"]) == (8, None)
    assert told["used"]["applied"] == told["again"]["applied"] == CUDA
    assert told["again"]["value"] == 8
