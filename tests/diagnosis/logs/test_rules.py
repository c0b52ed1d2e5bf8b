"""Each log gets its cause, by the rule that should find it; where there is none, none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.diagnosis.logs.diagnose import diagnose
from tests.diagnosis.logs.sample import Sample
from tests.diagnosis.logs.samples_environment import ENVIRONMENT
from tests.diagnosis.logs.samples_healthy import HEALTHY, OTHER
from tests.diagnosis.logs.samples_processes import PROCESSES
from tests.diagnosis.logs.samples_service import SERVICE

SAMPLES = (*ENVIRONMENT, *PROCESSES, *SERVICE, *HEALTHY, *OTHER)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_cause_of_each_log_is_named_or_none_is(sample: Sample, tmp_path: Path) -> None:
    """The first cause, what stands beside it, and whether anything is wrong at all."""
    path = tmp_path / "service.log"
    path.write_text(sample.log, encoding="utf-8")
    reading = diagnose([str(path)])
    assert reading.diagnosis.cause == sample.cause, reading.rules
    assert bool(reading.diagnosis.exit_code) == sample.trouble
    if sample.rule is not None:
        assert reading.rules[0] == sample.rule
    assert {*sample.also} <= {finding.cause for finding in reading.diagnosis.findings[1:]}
