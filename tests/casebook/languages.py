"""Whether what a case says is there in English and in Chinese."""

from __future__ import annotations

import re

from heygem_core.casebook.model import Finding, Text
from heygem_core.errors import CaseSkipped

CJK = re.compile(r"[\u4e00-\u9fff]")


def in_both(told: Finding | CaseSkipped) -> None:
    """Assert that outcomes and every line of evidence, or the reason to skip, are Chinese in Chinese only."""
    if isinstance(told, CaseSkipped):
        texts = [Text(told.en, told.zh)]
    else:
        texts = [told.reported.outcome, *told.reported.evidence, told.core.outcome]
    for text in texts:
        assert CJK.search(text.zh), text
        assert not CJK.search(text.en), text
