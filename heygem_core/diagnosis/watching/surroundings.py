"""What processes share: /dev/shm, and the memory limit with its killer."""

from __future__ import annotations

import os

from heygem_core.diagnosis.watching import proc


def shm_used(pid: int) -> float | None:
    """Return the share of /dev/shm in use, as ``pid`` sees it; None where it cannot be seen or has no size."""
    try:
        found = os.statvfs(f"/proc/{pid}/root/dev/shm")
    except OSError:
        return None
    return 1 - found.f_bavail / found.f_blocks if found.f_blocks else None


def machine_oom_kills() -> int:
    """Return how many processes this kernel has killed for want of memory since it started."""
    return proc.field("/proc/vmstat", "oom_kill")
