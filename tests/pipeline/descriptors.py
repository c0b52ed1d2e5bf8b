"""Descriptors of this process, counted when those that another thread is about to close are closed."""

from __future__ import annotations

import os
import threading
import time

DEADLINE_S = 10.0


def open_descriptors() -> set[str]:
    """Return the numbers of this process's open descriptors."""
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - pathlib would open one more


def settled(count: int) -> int:
    """Return how many are open, once there are ``count``, or none was closed in time."""
    deadline = time.monotonic() + DEADLINE_S
    while (now := len(open_descriptors())) != count and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    return now
