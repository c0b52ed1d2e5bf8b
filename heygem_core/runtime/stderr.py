"""Keeping what C++ code writes to file descriptor 2, instead of letting it pass unread."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_REDIRECTING = threading.Lock()


class CapturedText:
    """Holds the text once the ``with`` block of `captured` has ended; empty before."""

    text: str = ""


@contextmanager
def captured() -> Iterator[CapturedText]:
    """Collect everything that this process writes to descriptor 2 inside the block, from any thread.

    The descriptor is the whole process's: blocks in several threads take turns. Python's ``sys.stderr`` is
    flushed on both sides, so no line lands on the wrong one.
    """
    result = CapturedText()
    with _REDIRECTING, tempfile.TemporaryFile() as file:
        sys.stderr.flush()
        kept = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            try:
                yield result
            finally:
                sys.stderr.flush()
                os.dup2(kept, 2)
        finally:
            os.close(kept)
            file.seek(0)
            result.text = file.read().decode(errors="replace")
