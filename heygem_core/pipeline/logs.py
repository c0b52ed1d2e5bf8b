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
        self._tails: dict[str, _Tail] = {}
        with contextlib.ExitStack() as opened:
            self._selector = opened.enter_context(selectors.DefaultSelector())
            wake_reader, self._wake_writer = os.pipe()
            for fd in (wake_reader, self._wake_writer):
                opened.callback(os.close, fd)
            self._selector.register(wake_reader, selectors.EVENT_READ, None)
            self._thread = threading.Thread(target=self._run, name="heygem-logs", daemon=True)
            self._thread.start()
            self._opened = opened.pop_all()

    def open(self, name: str) -> int:
        """Return the end of a new pipe that worker ``name`` is to print into; a predecessor's lines are forgotten.

        The caller closes it once the worker has it; what is read from the pipe is this collector's own.
        """
        reader, writer = os.pipe()
        tail = _Tail(reader)
        try:
            # epoll lets one thread register while another waits.
            self._selector.register(reader, selectors.EVENT_READ, tail)
        except BaseException:
            os.close(reader)
            os.close(writer)
            raise
        self._tails[name] = tail
        return writer

    def tail(self, name: str, timeout: float = 0.0) -> tuple[str, ...]:
        """Return the last lines of ``name``; wait up to ``timeout`` seconds for its end of output."""
        tail = self._tails.get(name)
        if tail is None:
            return ()
        tail.ended.wait(timeout)
        return tail.text()

    def close(self) -> None:
        """End the thread and close every pipe; may be called again, and goes on where an interrupted call stopped."""
        if self._thread.is_alive():
            os.write(self._wake_writer, b"x")
            self._thread.join(timeout=2.0)
        for key in list((self._selector.get_map() or {}).values()):
            if key.data is not None:
                self._end(key.data)
        self._opened.close()

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
        else:
            self._end(tail)

    def _end(self, tail: _Tail) -> None:
        self._selector.unregister(tail.fd)
        os.close(tail.fd)
        tail.ended.set()
