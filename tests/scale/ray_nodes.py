"""A Ray cluster in a process of its own, for tests; see ``cluster.py``."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

NEEDS_RAY = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: nox -s ray, or pip install ray"
)
DEADLINE_S = 100


class Cluster:
    """A cluster in a process of its own, see ``cluster.py``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        told = self._answer()
        self.address: str = told["address"]
        self.nodes: list[str] = told["nodes"]

    def order(self, order: str) -> None:
        """Give an order and wait until it is carried out."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def below(self, word: str) -> list[psutil.Process]:
        """Return the processes of the cluster's nodes with ``word`` in their command."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if word in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found


@contextmanager
def cluster(*nodes: dict[str, Any]) -> Iterator[Cluster]:
    """Run a cluster of a head without resources and ``nodes``."""
    command = [sys.executable, str(Path(__file__).with_name("cluster.py")), json.dumps(nodes)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Cluster(process)
        finally:
            process.communicate(timeout=DEADLINE_S)
