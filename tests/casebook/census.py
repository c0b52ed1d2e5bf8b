"""What a test left behind: processes, file descriptors, shared memory, temporary directories."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heygem_core.casebook import processes


def _entries(directory: str, prefixes: tuple[str, ...]) -> set[str]:
    return {path.name for path in Path(directory).iterdir() if path.name.startswith(prefixes)}


@contextmanager
def nothing_left() -> Iterator[None]:
    """Assert that what runs inside adds no process below this one, descriptor or temporary directory.

    Semaphores in /dev/shm carry no owner, so other programs on the machine would disturb a comparison; the
    tests look for those of their own processes by other means.
    """
    children = {seen.pid for seen in processes.descendants(os.getpid())}
    descriptors = processes.descriptors(os.getpid())
    directories = _entries(tempfile.gettempdir(), ("heygem-case-",))
    yield
    assert {seen.pid for seen in processes.descendants(os.getpid())} <= children
    assert processes.descriptors(os.getpid()) <= descriptors
    assert _entries(tempfile.gettempdir(), ("heygem-case-",)) <= directories
