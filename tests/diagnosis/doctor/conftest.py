"""The workshop for environments, once for all tests, and the table of what was found in them."""

from __future__ import annotations

import ctypes
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.diagnosis.doctor.workshop import Workshop

ROWS: list[dict[str, Any]] = []
"""What the matrix found: environment, expected, found, seconds."""
TABLE = "HEYGEM_DOCTOR_MATRIX"
"""A file for the table as JSON."""
_REAL = ("libcuda.so.1", "libcublasLt.so.11", "libcublasLt.so.12", "libcublasLt.so.13")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Return where environments are made; skipped where the loader finds real CUDA libraries in all of them."""
    there = [name for name in _REAL if _found(name)]
    if there:
        pytest.skip(f"this machine's loader finds {there[0]}: no environment here is without it")
    return Workshop(tmp_path_factory.mktemp("worlds"))


def _found(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if not ROWS:
        return
    terminalreporter.section("doctor: environment, first finding expected, first finding, seconds")
    for row in ROWS:
        terminalreporter.write_line("{environment:32} {expected:58} {found:58} {seconds:.1f}".format(**row))
    if TABLE in os.environ:
        Path(os.environ[TABLE]).write_text(json.dumps(ROWS, indent=2) + "\n", encoding="utf-8")
