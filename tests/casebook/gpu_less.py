"""What a case that needs a GPU does where there is none."""

from __future__ import annotations

import pytest

from heygem_core.casebook.model import Case, Options
from heygem_core.errors import CaseSkipped
from heygem_core.runtime import nvml
from tests.casebook.languages import in_both


def assert_skipped(case: Case) -> None:
    """Assert that NVML's reason is the case's, in both languages; with a GPU this cannot be shown."""
    reason = nvml.available()
    if reason is None:
        pytest.skip("there is a GPU here")
    with pytest.raises(CaseSkipped) as caught:
        case.run(Options())
    assert str(caught.value) == reason.en
    in_both(caught.value)
