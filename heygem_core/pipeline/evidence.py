"""What the kernel knows about a worker: how it ended, whether it runs, how much processor time it took."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from heygem_core.pipeline import control_group

_CPUCLOCK_SCHED = 2
"""Clock type of a process's CPU clock, include/linux/posix-timers.h; the id is (~pid << 3) | type."""


def describe_exit(code: int | None) -> str:
    """Return "was killed by SIGKILL (9)" or "exited with code 1" for a subprocess exit code; None is not known."""
    if code is None:
        return "ended, how is not known: this program ignores SIGCHLD or waits for any child, and took its exit status"
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name} ({-code})"
    except ValueError:
        return f"was killed by signal {-code}"


def runnable_seconds(pid: int) -> float:
    """Return for how long the threads of a process have run or wanted to run; 0.0 if it is gone.

    Waiting for a processor counts: on a busy machine a spinning process gets little of it and wants all of it.
    """
    total = 0
    for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            running, waiting, _ = schedstat.read_text().split()
        except (OSError, ValueError):
            # The thread has just ended, or the kernel keeps no such statistics.
            continue
        total += int(running) + int(waiting)
    return total / 1e9 if total else cpu_seconds(pid)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, all its threads together; 0.0 if it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)
    except OSError:
        return 0.0


def stat(pid: int) -> tuple[str, list[str]] | None:
    """Return a process's name and its fields of /proc/PID/stat from the third on, the state; None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in parentheses may itself hold spaces and parentheses.
    before, _, after = text.rpartition(")")
    return before.partition("(")[2], after.split()


def status(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat (proc(5)) from the third on, the state, or none if it is gone."""
    found = stat(pid)
    return found[1] if found else []


def process_state(pid: int) -> str:
    """Return the one-letter state of a process (R, S, D, T, Z ...), "" if it is gone."""
    fields = status(pid)
    return fields[0] if fields else ""


def stopped(pid: int) -> bool:
    """Return whether the process was stopped by a signal or a debugger."""
    return process_state(pid) in {"T", "t"}


def wait_channel(pid: int) -> str:
    """Return the kernel function the process sleeps in, "" where the kernel does not tell."""
    try:
        name = Path(f"/proc/{pid}/wchan").read_text().strip()
    except OSError:
        return ""
    return "" if name == "0" else name


def oom_kills(pid: int | str = "self") -> int:
    """Return how many processes of ``pid``'s control group the kernel has killed for memory; 0 where it is unknown."""
    group = control_group.of(pid)
    return 0 if group is None else group.oom_kills()
