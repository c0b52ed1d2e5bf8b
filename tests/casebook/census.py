"""What a test left behind: processes, file descriptors, temporary files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from heygem_core.casebook import processes


@contextmanager
def nothing_left() -> Iterator[None]:
    """Assert that what runs inside leaves no process below this one, no descriptor and no temporary file.

    The programs that it starts get a temporary directory of their own, so that others on the machine do not
    disturb the count.
    """
    children = {seen.pid for seen in processes.descendants(os.getpid())}
    descriptors = processes.descriptors(os.getpid())
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", directory)
        yield
        assert [path.name for path in Path(directory).iterdir()] == []
    assert {seen.pid for seen in processes.descendants(os.getpid())} <= children
    assert processes.descriptors(os.getpid()) <= descriptors
