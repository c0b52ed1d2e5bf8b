"""Services to watch, started as programs of their own and ended with all that they started."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

PROGRAM = Path(__file__).with_name("service.py")
_READY_S = 30.0
_QUIET_S = 0.25
_GONE_S = 20.0
_TRACKER = "resource_tracker"


@contextlib.contextmanager
def running(
    *command: str | Path,
    ready: bool = True,
    environment: dict[str, str] | None = None,
    stderr: int | None = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` in a session of its own, from its word "ready" on; end all of it."""
    service = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        if ready:
            _await_ready(service)
        yield service
    finally:
        end(service)


@contextlib.contextmanager
def in_state(name: str, *prefix: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run service.py in state ``name``; ``prefix`` starts it in another way."""
    with running(*prefix, sys.executable, PROGRAM, name) as service:
        yield service


def _await_ready(service: subprocess.Popen[bytes]) -> None:
    assert service.stdout is not None
    said = b""
    deadline = time.monotonic() + _READY_S
    while b"ready\n" not in said:
        assert select.select([service.stdout], [], [], max(0.0, deadline - time.monotonic()))[0], "it is never ready"
        data = os.read(service.stdout.fileno(), 4096)
        assert data, f"it ended before it was ready: {said!r}"
        said += data


def settle(pid: int, deadline_s: float = 20.0) -> None:
    """Wait until no thread of the tree has waited for anything new for a while: the state has been reached."""
    deadline = time.monotonic() + deadline_s
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < _QUIET_S:
        assert time.monotonic() < deadline, "it does not come to rest"
        now = _switches(pid)
        if now != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.02)


def _switches(pid: int) -> int:
    total = 0
    for process in tree(pid):
        for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text()
                total += int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return total


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and everything below it."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(service: subprocess.Popen[bytes]) -> None:
    """Kill the service and all below it; its resource tracker ends by itself, and clears up what was shared."""
    processes = tree(service.pid)
    trackers = [process for process in processes if _is_tracker(process)]
    for process in processes:
        if process not in trackers:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    if service.stdout is not None:
        service.stdout.close()
    service.wait()
    deadline = time.monotonic() + _GONE_S
    while any(map(_runs, processes)):
        assert time.monotonic() < deadline, f"they do not end: {processes}"
        time.sleep(0.01)


def _runs(process: psutil.Process) -> bool:
    """Tell whether it still executes; as orphans they are reaped by the first process, when that gets round to it."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _is_tracker(process: psutil.Process) -> bool:
    try:
        return _TRACKER in " ".join(process.cmdline())
    except psutil.Error:
        return False


def label_of(processes: Sequence[tuple[int, str]], name: str) -> str:
    """Return "NAME (PID)" of the only process called ``name``."""
    (pid,) = [pid for pid, called in processes if called == name]
    return f"{name} ({pid})"
