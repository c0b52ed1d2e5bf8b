"""Which version to run: the READMEs say what the kept comparison says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import versions
from bench.marked import between
from heygem_core.bench import compare
from heygem_core.bench.folder import Folder
from tests.bench import folders

WORDS = {"en": ("- **2.0** worse in all 1.", "✖ 5."), "zh": ("- **2.0** 全部 1 项更差。", "✖ 慢 5.")}


@pytest.mark.parametrize("language", versions.READMES)
def test_a_version_has_a_line_and_a_cell_for_every_scenario(language: str, tmp_path: Path) -> None:
    """A true difference of 5 % stands in the line of that version, and in its cell with its size."""
    again = {"2.0": [0.05 + value for value in folders.noise(48, 3)]}
    made = folders.ordinary(tmp_path / "versions-cpu-2026-01-01", 0.05, again=again)
    made.write_comparisons(compare.gate(compare.read(made)))
    kept = versions.load(tmp_path)
    assert kept is not None
    text = versions.section(kept, language)
    assert all(words in text for words in WORDS[language])
    assert f"| {kept.run.models[0].name} |" in text


def test_the_newest_comparison_is_told(tmp_path: Path) -> None:
    """Of several that are kept the last; of none, nothing."""
    assert versions.load(tmp_path) is None
    for date, shift in (("2026-01-01", 0.0), ("2026-02-01", -0.05)):
        made = folders.ordinary(tmp_path / f"versions-cpu-{date}", shift)
        made.write_comparisons(compare.gate(compare.read(made)))
    kept = versions.load(tmp_path)
    assert kept is not None
    assert {one.verdict for one in kept.comparisons} == {"improved"}


@pytest.mark.parametrize("language", versions.READMES)
def test_the_section_in_the_readme_is_what_the_results_say(language: str) -> None:
    """To the letter; ``python -m bench.versions`` writes it."""
    kept = versions.load()
    assert kept is not None
    found = between(versions.READMES[language].read_text(encoding="utf-8"), versions.NAME)
    assert found == versions.section(kept, language)
    assert Folder(max(versions.RESULTS.glob("versions-cpu-*"))).run().ended is not None
