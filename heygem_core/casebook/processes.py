"""Looking at processes through /proc, and ending every one below a given process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
_TRACKER = "multiprocessing.resource_tracker"
TRACKER_GRACE_S = 3.0
"""Seconds that a resource tracker gets to end by itself, once all others are gone."""
_KILL_GRACE_S = 10.0
_ORPHAN_GRACE_S = 1.0
_LOOK_S = 0.01
asked_to_stop = threading.Event()
"""Set once this process was asked to stop: what a thread of it starts after that must be told as well."""


@dataclass(frozen=True)
class Seen:
    """One process at one moment, as /proc shows it; ``state`` is its letter there, "Z" for <defunct>."""

    pid: int
    parent: int
    name: str
    state: str
    cpu_s: float
    threads: int
    resident_kib: int
    wait_status: int
    """What waitpid will give for a <defunct> process; 0 before, and where the kernel hides it."""


def look(pid: int) -> Seen | None:
    """Return process ``pid`` as it is now, or None when there is no such process."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    # Numbers of the fields: proc(5), less the two before the state.
    fields = stat[stat.rindex(")") + 2 :].split()
    return Seen(
        pid=pid,
        parent=int(fields[1]),
        name=name,
        state=fields[0],
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS,
        threads=int(fields[17]),
        resident_kib=int(fields[21]) * _PAGE_KIB,
        wait_status=int(fields[49]),
    )


def thread_wchans(pid: int) -> tuple[str, ...]:
    """Return the kernel function that each thread of ``pid`` sleeps in, main thread first; "" where it is hidden."""
    # The engine takes a tenth of a second to import, and every process of an experiment imports this module.
    from heygem_core.pipeline.evidence import wait_channel

    try:
        threads = sorted(int(path.name) for path in (_PROC / str(pid) / "task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return tuple(wait_channel(thread) for thread in threads)


def wchan(pid: int) -> str:
    """Return the kernel function that the main thread of ``pid`` sleeps in; "" where it runs or that is hidden."""
    return next(iter(thread_wchans(pid)), "")


def descriptors(pid: int) -> int:
    """Return how many file descriptors ``pid`` has open; 0 when it is gone."""
    try:
        return len(list((_PROC / str(pid) / "fd").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def descendants(pid: int) -> list[Seen]:
    """Return every process below ``pid``, <defunct> ones included, parents before children."""
    by_parent: dict[int, list[Seen]] = {}
    for seen in _everybody():
        by_parent.setdefault(seen.parent, []).append(seen)
    found: list[Seen] = []
    queue = [pid]
    while queue:
        children = by_parent.get(queue.pop(0), [])
        found += children
        queue += [child.pid for child in children]
    return found


def below(pid: int) -> list[Seen]:
    """Return every process below ``pid`` less multiprocessing's resource tracker, which ends by itself."""
    return [seen for seen in descendants(pid) if not is_tracker(seen.pid)]


def left(workers: Collection[int] = ()) -> list[Seen]:
    """Return what is `below` this process, once the orphans of ``workers``, its former children, had time to end.

    For a child subreaper: what a worker left behind becomes its child, and it reaps those that end, as init would.
    """
    deadline = time.monotonic() + _ORPHAN_GRACE_S
    while True:
        there = below(os.getpid())
        orphans = [seen.pid for seen in there if seen.parent == os.getpid() and seen.pid not in workers]
        if not workers or not orphans or not await_end(orphans, deadline - time.monotonic()):
            return there
        for pid in orphans:
            os.waitpid(pid, os.WNOHANG)


def await_end(pids: Sequence[int], seconds: float) -> bool:
    """Wait until one of ``pids`` has ended, at most ``seconds``; tell whether one has."""
    poller = select.poll()
    with contextlib.ExitStack() as opened:
        for pid in pids:
            try:
                pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                return True
            opened.callback(os.close, pidfd)
            poller.register(pidfd, select.POLLIN)
        return bool(poller.poll(max(0.0, seconds) * 1000))


def await_all_ended(pids: Sequence[int], seconds: float) -> bool:
    """Wait until all of ``pids`` have ended, at most ``seconds``; tell whether they have."""
    deadline = time.monotonic() + seconds
    return all(await_end([pid], deadline - time.monotonic()) for pid in pids)


def end_descendants() -> int:
    """Kill and reap every process below this one; return how many were still running.

    Needs the caller to be a child subreaper: then an orphan comes back to it and cannot escape. The
    multiprocessing resource tracker is left to end by itself first, because it removes the semaphores that
    killed processes leave in /dev/shm. Raises TimeoutError naming what would not die.
    """
    running = [seen for seen in below(os.getpid()) if seen.state != "Z"]
    started = time.monotonic()
    while True:
        _reap()
        there = descendants(os.getpid())
        if not there:
            return len(running)
        waited = time.monotonic() - started
        if waited > _KILL_GRACE_S:
            raise TimeoutError(f"{len(there)} processes would not die in {_KILL_GRACE_S:g} s: {there}")
        if all(is_tracker(seen.pid) for seen in there):
            _end_own_tracker()
        for seen in there:
            if waited > TRACKER_GRACE_S or not is_tracker(seen.pid):
                _kill(seen.pid)
        # A grandchild that has ended is reaped by its parent, or comes to this process: look again soon.
        await_end([seen.pid for seen in there if seen.state != "Z"], _LOOK_S)


def _end_own_tracker() -> None:
    """End this process's own resource tracker, which would wait for this process; others are left alone.

    Nobody else may be running: it also waits for every other holder of its pipe.
    """
    tracker: Any = resource_tracker._resource_tracker
    with suppress(ChildProcessError):
        # The only way that there is; multiprocessing's own test suite ends it by it.
        tracker._stop()


def is_tracker(pid: int) -> bool:
    """Tell whether ``pid`` is multiprocessing's resource tracker, which ends when nobody needs it any more."""
    try:
        return _TRACKER in (_PROC / str(pid) / "cmdline").read_text()
    except OSError:
        return False


def _everybody() -> Iterator[Seen]:
    for path in _PROC.iterdir():
        if path.name.isdigit() and (seen := look(int(path.name))) is not None:
            yield seen


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
