"""Processor time and memory of a process and everything that it started."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from heygem_core.pipeline.evidence import cpu_seconds


def tree(pid: int | None = None) -> list[int]:
    """Return the process ``pid`` (None: this one) and all that descend from it."""
    import psutil

    process = psutil.Process(pid)
    return [process.pid, *(child.pid for child in process.children(recursive=True))]


def spent() -> float:
    """Return the processor seconds of this process and of its living descendants."""
    return sum(cpu_seconds(pid) for pid in tree(os.getpid()))


def proportional_mib(pids: list[int]) -> float:
    """Return the memory of several processes in MiB, what they share counted once (PSS)."""
    return sum(_pss(pids)) / 1024


def _pss(pids: list[int]) -> Iterator[int]:
    for pid in pids:
        with suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
            yield int(found[1]) if found else 0
