"""Everything that a case can say exists in both languages, also what it does not say on this machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import heygem_core
from tests.casebook.languages import CJK

PACKAGE = Path(heygem_core.__file__).parent
SAYING = [
    *sorted((PACKAGE / "casebook" / "cases").glob("[!_]*.py")),
    *(PACKAGE / "casebook" / name for name in ("core_run.py", "phrases.py", "probes/core.py", "probes/native.py")),
    *(PACKAGE / "casebook" / name for name in ("field_envs.py", "probes/namespace.py", "probes/memory_limit.py")),
    PACKAGE / "runtime" / "nvml.py",
    *(PACKAGE / "pytest_plugin" / name for name in ("census.py", "fallback.py", "gpu.py", "standstill.py", "waits.py")),
]
NAMES = re.compile(r"onnxruntime|CUDA provider|\W")
"""What stays as it is in Chinese."""


def words(part: ast.expr) -> str:
    """Return the literal text in an argument, without what is filled in from elsewhere."""
    constants = [node.value for node in ast.walk(part) if isinstance(node, ast.Constant)]
    return "".join(value for value in constants if isinstance(value, str))


def said(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, English and Chinese of every text and every reason to skip in the source at ``path``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Text", "CaseSkipped"}:
            english, chinese = node.args
            if words(english) or words(chinese):
                yield node.lineno, words(english), words(chinese)


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.stem)
def test_every_outcome_line_of_evidence_and_reason_has_its_chinese(path: Path) -> None:
    """Each text of a case's source has Chinese characters in its Chinese and none in its English."""
    texts = list(said(path))
    assert texts
    wrong = [
        (line, english, chinese)
        for line, english, chinese in texts
        if CJK.search(english) or (NAMES.sub("", english) and not CJK.search(chinese))
    ]
    assert wrong == []
