"""The cases from the field that need a GPU, on one."""

from __future__ import annotations

import pytest

from heygem_core.casebook.cases import fork_after_cuda, last_batch_shape
from heygem_core.casebook.model import Options
from heygem_core.errors import CaseSkipped

pytestmark = pytest.mark.gpu


def test_a_new_batch_size_is_measured() -> None:
    """The measurement itself, whatever it finds."""
    assert last_batch_shape.run(Options()).verdict in ("confirmed", "refuted")


def test_a_forked_child_is_refused_and_a_spawned_one_is_not() -> None:
    """The attempt itself, where torch has CUDA."""
    try:
        assert fork_after_cuda.run(Options()).verdict == "conditional"
    except CaseSkipped as reason:
        pytest.skip(str(reason))
