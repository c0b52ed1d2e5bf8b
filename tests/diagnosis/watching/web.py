"""A web application that can be made to hang: the second request for /hang waits for a lock, /sleep takes its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

_LOCK = threading.Lock()


def app(environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], Any]) -> list[bytes]:
    """Answer "ok"."""
    if environ["PATH_INFO"] == "/hang":
        _LOCK.acquire()
        _LOCK.acquire()
    if environ["PATH_INFO"] == "/sleep":
        time.sleep(60)
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
