"""The casebook's documents: current, complete, and short."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from heygem_core.casebook import document, registry

DOCS = Path(__file__).parents[2] / "docs"
LINES = 5
WIDTH = 110


def test_the_committed_files_are_those_that_the_cases_give(tmp_path: Path) -> None:
    """Whoever changes a case runs ``python -m heygem_core.casebook.document``."""
    command = [sys.executable, "-m", document.__name__, str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    for name in document.FILES.values():
        assert (DOCS / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", document.FILES)
def test_every_case_has_its_section_in_order(lang: str) -> None:
    """One heading per case, with its name and its title, in the casebook's order."""
    headings = [line for line in document.text(lang).splitlines() if line.startswith("## ")]  # type: ignore[arg-type]
    cases = [registry.load(name) for name in registry.NAMES]
    assert [line.replace("\\", "") for line in headings] == [
        f"## {case.name}: {case.title.get(lang)}" for case in cases
    ]


@pytest.mark.parametrize("name", registry.NAMES)
def test_a_mechanism_is_short_and_comes_with_a_cure(name: str) -> None:
    """At most five lines, and in both languages or in none."""
    case = registry.load(name)
    assert len(textwrap.wrap(case.mechanism.en, WIDTH)) <= LINES
    told = (case.mechanism.en, case.mechanism.zh, case.cure.en, case.cure.zh)
    assert all(told) or not any(told)
