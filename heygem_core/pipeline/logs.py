"""Keeps the last lines of what each worker and its native libraries print, bounded, off the user's terminal."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from collections import deque

KEPT_LINES = 40
LINE_BYTES = 500


class _Tail:
    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        self.rest = b""
        self.ended = threading.Event()

    def feed(self, data: bytes) -> None:
        *lines, rest = (self.rest + data).split(b"\n")
        self.lines.extend(line[:LINE_BYTES] for line in lines if line.strip())
        self.rest = rest[:LINE_BYTES]

    def text(self) -> tuple[str, ...]:
        lines = [*self.lines, self.rest] if self.rest.strip() else list(self.lines)
        return tuple(line.decode(errors="replace").rstrip() for line in lines)


class LogCollector:
    """One thread that empties every worker's output pipe, so that a worker that prints never blocks on it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = os.pipe()
        self._selector.register(self._wake_reader, selectors.EVENT_READ, None)
        self._tails: dict[str, _Tail] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="heygem-logs", daemon=True)
        self._thread.start()

    def add(self, name: str, fd: int) -> None:
        """Collect from ``fd`` for worker ``name`` and own it; a predecessor's lines are forgotten."""
        tail = _Tail(fd)
        self._tails[name] = tail
        # epoll lets one thread register while another waits.
        self._selector.register(fd, selectors.EVENT_READ, tail)

    def tail(self, name: str, timeout: float = 0.0) -> tuple[str, ...]:
        """Return the last lines of ``name``; wait up to ``timeout`` seconds for its end of output."""
        tail = self._tails.get(name)
        if tail is None:
            return ()
        tail.ended.wait(timeout)
        return tail.text()

    def close(self) -> None:
        """End the thread and close every pipe; may be called again."""
        if self._closed:
            return
        self._closed = True
        os.write(self._wake_writer, b"x")
        self._thread.join(timeout=2.0)
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()
        os.close(self._wake_writer)

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                self._drain(key.data)

    def _drain(self, tail: _Tail) -> None:
        data = b""
        with contextlib.suppress(OSError):
            data = os.read(tail.fd, 65_536)
        if data:
            tail.feed(data)
            return
        self._selector.unregister(tail.fd)
        os.close(tail.fd)
        tail.ended.set()
