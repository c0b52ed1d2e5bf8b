"""The accuracy on a collection of real reports, where one is at hand: ``HEYGEM_CORPUS=…/logs.jsonl pytest``."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from heygem_core.diagnosis.diagnosis import IMPLIED
from heygem_core.diagnosis.logs.diagnose import diagnose

CORPUS = os.environ.get("HEYGEM_CORPUS")
LEAST_RIGHT = 0.95
MOST_CONFIDENTLY_WRONG = 0.03


@pytest.mark.skipif(CORPUS is None, reason="HEYGEM_CORPUS names no collection of reports")
def test_the_first_cause_is_the_labelled_one() -> None:
    """At least 95 of 100; a wrong one is said with confidence at most 3 times; a healthy log is never called ill.

    One JSON object per line: ``id``, ``label`` (a cause, "none" or "other"), ``log``.
    """
    assert CORPUS is not None
    reports = [json.loads(line) for line in Path(CORPUS).read_text(encoding="utf-8").splitlines() if line.strip()]
    wrong, confident = [], []
    for report in reports:
        with tempfile.NamedTemporaryFile(suffix=".log") as file:
            Path(file.name).write_text(report["log"], encoding="utf-8")
            diagnosis = diagnose([file.name]).diagnosis
        expected = None if report["label"] in {"none", "other"} else report["label"]
        assert not (report["label"] == "none" and diagnosis.trouble), report["id"]
        if diagnosis.cause != expected:
            wrong.append(f"{report['id']}: {report['label']}, not {diagnosis.cause}")
            confident += [report["id"]] if diagnosis.findings and diagnosis.findings[0].confidence >= IMPLIED else []
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(reports), wrong
    assert len(confident) <= MOST_CONFIDENTLY_WRONG * len(reports), confident
