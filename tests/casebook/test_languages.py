"""Everything that a case can say exists in both languages, also what it does not say on this machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import heygem_core
from heygem_core.casebook import registry
from tests.casebook.languages import CJK

PACKAGE = Path(heygem_core.__file__).parent
NAMES = re.compile(r"onnxruntime|CUDA provider|GPU|Python|\W")
"""What stays as it is in Chinese."""
PARTS = ("casebook", "pytest_plugin")


def words(part: ast.expr) -> str:
    """Return the literal text in an argument, without what is filled in from elsewhere."""
    constants = [node.value for node in ast.walk(part) if isinstance(node, ast.Constant)]
    return "".join(value for value in constants if isinstance(value, str))


def said(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, English and Chinese of every text and every reason to skip in the source at ``path``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Text", "CaseSkipped"}:
            if len(node.args) != 2:
                # Put together from what another process said.
                continue
            english, chinese = node.args
            if words(english) or words(chinese):
                yield node.lineno, words(english), words(chinese)


SAYING = [
    *(path for part in PARTS for path in sorted((PACKAGE / part).rglob("*.py")) if any(said(path))),
    PACKAGE / "runtime" / "nvml.py",
]


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.stem)
def test_every_outcome_line_of_evidence_and_reason_has_its_chinese(path: Path) -> None:
    """Each text of a case's source has Chinese characters in its Chinese and none in its English."""
    wrong = [
        (line, english, chinese)
        for line, english, chinese in said(path)
        if CJK.search(english) or (NAMES.sub("", english) and not CJK.search(chinese))
    ]
    assert wrong == []


def test_no_case_is_left_out() -> None:
    """What is looked at holds the module of every case."""
    assert len({path for path in SAYING if path.parent.name == "cases"}) == len(registry.NAMES)
