"""The casebook's documents: current, complete, and short; what they tell of is what one run observed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook import document, record, registry
from heygem_core.casebook.model import Core, Finding, Reported, Row
from heygem_core.errors import EffectNotShown
from heygem_core.text import Text

DOCS = Path(__file__).parents[2] / "docs"
LINES = 5
WIDTH = 110


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """Return the committed record."""
    kept: dict[str, Any] = json.loads((DOCS / document.RECORD).read_text(encoding="utf-8"))
    return kept


def test_the_committed_files_are_those_that_the_cases_give(tmp_path: Path) -> None:
    """Whoever changes a case runs ``python -m heygem_core.casebook.document``, or `record` if it tells other things."""
    shutil.copy(DOCS / document.RECORD, tmp_path)
    subprocess.run([sys.executable, "-m", document.__name__, str(tmp_path)], check=True, timeout=60)
    for name in document.FILES.values():
        assert (DOCS / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", document.FILES)
def test_every_case_has_its_section_in_order(lang: Any, recorded: dict[str, Any]) -> None:
    """One heading per case, with its name and its title, in the casebook's order; each has evidence or a reason."""
    lines = document.text(lang, recorded).splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    cases = [registry.load(name) for name in registry.NAMES]
    assert [line.replace("\\", "") for line in headings] == [
        f"## {case.name}: {case.title.get(lang)}" for case in cases
    ]
    assert list(recorded["cases"]) == list(registry.NAMES)
    word = {"en": "**Evidence", "zh": "**证据"}[lang]
    assert sum(line.startswith(word) for line in lines) == len(cases)


@pytest.mark.parametrize("name", registry.NAMES)
def test_a_mechanism_is_short_and_comes_with_a_cure(name: str) -> None:
    """At most five lines, and all of it in both languages."""
    case = registry.load(name)
    assert len(textwrap.wrap(case.mechanism.en, WIDTH)) <= LINES
    assert all((case.mechanism.en, case.mechanism.zh, case.cure.en, case.cure.zh))


def row(name: str = "queue-full", line: str = "ten puts") -> Row:
    """Return a made-up row of a real case."""
    reported = Reported(Text("hangs", "卡死"), 1.0, (Text(line, "十次"),))
    finding = Finding("confirmed", reported, Core(Text("ends", "结束"), 1.0))
    return Row(registry.load(name), finding)


def test_what_was_observed_stands_in_the_document(recorded: dict[str, Any]) -> None:
    """Verdict, each line and the core's part, in both languages; a skipped case gives its reason."""
    skipped = Row(registry.load("gpu-idle"), skipped=Text("no GPU", "没有 GPU"))
    kept = record.record([row(line="`__a__` *b* <c>"), skipped])
    told = {**recorded, "cases": {**recorded["cases"], **kept["cases"]}}
    english, chinese = document.text("en", told), document.text("zh", told)
    assert "**Evidence, confirmed:**\n\n- `__a__` \\*b\\* \\<c>\n- the core on the same fault: ends\n" in english
    assert "**Evidence: skipped, no GPU**" in english
    assert "**证据（证实）：**\n\n- 十次\n- core 面对同样的故障：结束\n" in chinese
    assert "**证据：跳过，没有 GPU**" in chinese


def test_a_failed_case_is_no_record() -> None:
    """It is named, with its error, and nothing is kept."""
    with pytest.raises(EffectNotShown, match="zombies: no effect"):
        record.record([row(), Row(registry.load("zombies"), error="no effect")])


def test_where_this_machine_keeps_its_files_is_not_recorded() -> None:
    """Of a path only its end is kept, unless it is the system's own; a line is one line."""
    line = "Load model from /tmp/a-b/model.onnx\nfailed: /usr/lib/x86_64-linux-gnu/libc.so, /proc/PID/environ, /dev/shm"
    (kept,) = record.record([row(line=line)])["cases"]["queue-full"]["evidence"]
    assert kept["en"] == "Load model from …/model.onnx failed: …/libc.so, /proc/PID/environ, /dev/shm"


@pytest.mark.parametrize("page", ["reproduce.md", "reproduce.zh.md"])
def test_the_documents_have_the_verdicts_of_the_record(page: str, recorded: dict[str, Any]) -> None:
    """The table of cases says of each what was observed where there was no GPU, or that it was skipped."""
    text = (DOCS / page).read_text(encoding="utf-8")
    table = dict(
        re.findall(r"^\| `([a-z-]+)` \| .* \| (confirmed|refuted|conditional|skipped) \| ", text, re.MULTILINE)
    )
    assert table == {name: kept.get("verdict", "skipped") for name, kept in recorded["cases"].items()}
