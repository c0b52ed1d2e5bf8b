"""How soon the command is there."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 64
"""What a p90 needs."""


@pytest.mark.parametrize("asked", ["--help", "render --help"])
def test_help(benchmark: BenchmarkFixture, asked: str) -> None:
    """From the start of a fresh interpreter to its end."""
    command = [sys.executable, "-m", "heygem_core", *asked.split()]
    benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark has no types here
        subprocess.run, args=(command,), kwargs={"stdout": subprocess.DEVNULL, "check": True}, rounds=ROUNDS
    )
