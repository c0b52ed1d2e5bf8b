"""Every test ends with a census: no child, no descriptor, no thread, no shared memory, no temporary file left."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

CENSUS_DEADLINE_S = 3.0
"""What is being torn down in the background when a test returns gets this long."""


def pytest_configure() -> None:
    """Heed SIGINT although we were started with it ignored (nohup, a job in the background): tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Child:
    """A process below this one, the same one whatever it executes: a fork shows its parent's command until its exec."""

    pid: int
    started: float
    state: str
    command: str = field(compare=False)


def children() -> set[Hashable]:
    """Return every process below this one."""
    found: set[Hashable] = set()
    for child in psutil.Process().children(recursive=True):
        try:
            # Running or sleeping is a matter of the moment; only a zombie is something else than before.
            state = "zombie" if child.status() == psutil.STATUS_ZOMBIE else "alive"
            found.add(Child(child.pid, child.create_time(), state, " ".join(child.cmdline())[-200:]))
        except psutil.Error:
            continue
    return found


def _descriptors() -> set[Hashable]:
    found: set[Hashable] = set()
    for fd in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib would open more descriptors while we count
        try:
            found.add(f"fd {fd} -> {os.readlink(f'/proc/self/fd/{fd}')}")  # noqa: PTH115 - as above
        except OSError:
            continue
    return found


def _threads() -> set[Hashable]:
    # The launcher is meant to outlive pipelines: workers die with the thread that started them.
    return {f"thread {t.name}" for t in threading.enumerate() if not t.name.startswith("heygem-launcher")}


def _shared_memory() -> set[Hashable]:
    return {f"/dev/shm/{name}" for name in os.listdir("/dev/shm")}  # noqa: S108, PTH208 - that very folder is counted


def _used_by_others() -> set[str]:
    """Return entries of /dev/shm that a living process outside this test run has mapped."""
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    found = set()
    for maps in Path("/proc").glob("[0-9]*/maps"):
        if int(maps.parent.name) in ours:
            continue
        with contextlib.suppress(OSError):
            found |= {line.split()[-1] for line in maps.read_text().splitlines() if " /dev/shm/" in line}
    return found


def _left(before: set[Hashable], count: Callable[[], set[Hashable]], deadline: float) -> set[Hashable]:
    """Return what is still there and was not before, once it is gone or the deadline is past."""
    while (left := count() - before) and time.monotonic() < deadline:
        gc.collect()
        threading.Event().wait(0.02)
    return left


@pytest.fixture(autouse=True)
def census(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test that leaves something behind; temporary files go to a folder that must end up empty."""
    folder = tmp_path_factory.mktemp("census")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    counts = (children, _threads, _shared_memory, _descriptors)
    before = [count() for count in counts]
    yield
    deadline = time.monotonic() + CENSUS_DEADLINE_S
    left: set[Hashable] = set()
    for there, count in zip(before, counts, strict=True):
        left |= _left(there, count, deadline)
    if any(str(name).startswith("/dev/shm/") for name in left):  # noqa: S108 - that very folder is counted
        left -= _used_by_others()
    files = {str(path.relative_to(folder)) for path in Path(folder).rglob("*")}
    assert not left | files, "the test left something behind"
