"""A finding of today beside the one that the documents tell of."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from heygem_core.casebook import document
from heygem_core.casebook.model import Case, Finding
from heygem_core.runtime import nvml
from tests.casebook.languages import in_both

RECORD = Path(__file__).parents[2] / "docs" / document.RECORD
_WORDS = 3
"""Of each line: further on it names what differs from machine to machine."""


def gist(line: str) -> list[str]:
    """Return how a line begins, without its figures."""
    return re.sub(r"\d+(\.\d+)*", "#", line).split()[:_WORDS]


def assert_as_recorded(case: Case, finding: Finding, *, verdict_varies: bool = False) -> None:
    """Assert that ``finding`` is there in both languages, with the verdict and the lines that the documents have.

    The record is that of a machine without a GPU and with torch; elsewhere only the languages are compared. Whoever
    changes what a case tells runs ``python -m heygem_core.casebook.record``.
    """
    in_both(finding)
    kept: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))["cases"][case.name]
    if nvml.available() is None or find_spec("torch") is None or "skipped" in kept:
        return
    assert verdict_varies or finding.verdict == kept["verdict"]
    assert [gist(line.en) for line in finding.reported.evidence] == [gist(line["en"]) for line in kept["evidence"]]
