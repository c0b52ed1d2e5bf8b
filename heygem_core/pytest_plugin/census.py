"""What a test left behind: children, zombies, threads, descriptors, entries of /dev/shm, temporary files.

What multiprocessing keeps for the rest of the process by design is not left behind by a test: its resource
tracker, its fork server, their descriptors, and the folder with their sockets.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from heygem_core.pytest_plugin import helpers
from heygem_core.text import Text, locale_language

DEADLINE_S = 3.0
"""What is being torn down in the background when a test returns gets this long."""

_LAUNCHER = "heygem-launcher"
"""Prefix of the thread that starts a `Pipeline`'s workers. It outlives them: they die with who started them."""
_SHM = "/dev/shm"  # noqa: S108 - that very folder is counted
_TRACKER = b"multiprocessing.resource_tracker"
_REGISTERED = (f"{_SHM}/sem.mp-", f"{_SHM}/psm_")
"""What multiprocessing's resource trackers clear up: semaphores, and shared memory without a name of its own."""
_LEFT = Text("the test left something behind:", "测试结束后有残留：")


@dataclass(frozen=True)
class Trace:
    """One thing that can be left behind: the same one as long as ``identity`` is, whatever it looks like."""

    kind: str
    identity: Hashable
    looks: str = field(compare=False, default="")

    def __str__(self) -> str:
        return f"{self.kind} {self.looks or self.identity}"


def children() -> set[Trace]:
    """Return every process below this one, known by its birth: a fork shows its parent's command until its exec."""
    spared = {*helpers.PIDS, *(pid for pid, _ in _kept_by_multiprocessing())}
    found = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            # Running or sleeping is a matter of the moment; only a zombie is something else than before.
            zombie = child.status() == psutil.STATUS_ZOMBIE
            command = child.name() if zombie else " ".join(child.cmdline())[-200:]
            if child.pid not in spared:
                looks = f"{child.pid}: {command}"
                found.add(Trace("zombie" if zombie else "process", (child.pid, child.create_time()), looks))
    return found


def threads() -> set[Trace]:
    """Return the Python threads of this process."""
    living = (thread for thread in threading.enumerate() if not thread.name.startswith(_LAUNCHER))
    return {Trace("thread", thread.native_id, thread.name) for thread in living}


def descriptors() -> set[Trace]:
    """Return the open descriptors of this process."""
    spared = {*helpers.DESCRIPTORS, *(fd for _, fd in _kept_by_multiprocessing())}
    found = set()
    for fd in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib would open more descriptors while we count
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{fd}")  # noqa: PTH115 - as above
            if int(fd) not in spared:
                found.add(Trace("descriptor", f"{fd} -> {target}"))
    return found


def shared_memory() -> set[Trace]:
    """Return the entries of /dev/shm; the whole machine shares it."""
    return {Trace("shared memory", f"{_SHM}/{name}") for name in os.listdir(_SHM)}  # noqa: PTH208 - as above


class Census:
    """Counts on entry, and again at the end; `left` says what is there that was not.

    While it is open, temporary files go to a folder of its own (``TMPDIR``), which must end up empty.
    """

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        helpers.need_linux("process_census")
        self.deadline_s = deadline_s
        self._folder = Path()
        self._before: list[tuple[Callable[[], set[Trace]], set[Trace]]] = []

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Redirect temporary files and count; on leaving, put both back."""
        from multiprocessing import util

        util.get_temp_dir()  # kept for all later tests, so it must not lie in the folder of one
        with tempfile.TemporaryDirectory(prefix="census-", ignore_cleanup_errors=True) as folder:
            self._folder = Path(folder)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("TMPDIR", folder)
                patch.setattr(tempfile, "tempdir", folder)
                self._before = [(count, count()) for count in (children, threads, shared_memory, descriptors)]
                yield

    def left(self) -> list[str]:
        """Return what is there and was not, one line each; waits until it is gone or the deadline is past."""
        deadline = time.monotonic() + self.deadline_s
        left: set[Trace] = set()
        for count, before in self._before:
            left |= _remaining(count, before, deadline)
        files = {Trace("temporary file", str(path.relative_to(self._folder))) for path in self._folder.rglob("*")}
        return sorted(map(str, left | files))

    def check(self) -> None:
        """Fail the test when something is left."""
        left = self.left()
        if left:
            pytest.fail("\n  ".join([_LEFT.get(locale_language()), *left]), pytrace=False)


def _remaining(count: Callable[[], set[Trace]], before: set[Trace], deadline: float) -> set[Trace]:
    while (left := _not_of_others(count() - before)) and time.monotonic() < deadline:
        gc.collect()
        threading.Event().wait(0.02)
    return left


def _not_of_others(left: set[Trace]) -> set[Trace]:
    """Return ``left`` without entries of /dev/shm that processes outside this test run have mapped, or may clear up."""
    if not any(trace.kind == "shared memory" for trace in left):
        return left
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    cleared_up_by_others = False
    for pid in psutil.pids():
        if pid not in ours:
            with contextlib.suppress(OSError):
                cleared_up_by_others |= _TRACKER in Path(f"/proc/{pid}/cmdline").read_bytes()
                lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
                left = left - {Trace("shared memory", line.split()[-1]) for line in lines if f" {_SHM}/" in line}
    if cleared_up_by_others:
        # A process that was killed leaves them unmapped until its tracker ends, and they name nobody.
        left = {trace for trace in left if not str(trace.identity).startswith(_REGISTERED)}
    return left


def _kept_by_multiprocessing() -> list[tuple[int, int]]:
    """Return process id and descriptor of what multiprocessing keeps; nothing where it is not used."""
    trackers: Any = sys.modules.get("multiprocessing.resource_tracker")
    servers: Any = sys.modules.get("multiprocessing.forkserver")
    kept = []
    if trackers is not None:
        kept.append((trackers._resource_tracker._pid, trackers._resource_tracker._fd))
    if servers is not None:
        kept.append((servers._forkserver._forkserver_pid, servers._forkserver._forkserver_alive_fd))
    return kept
