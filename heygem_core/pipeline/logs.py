"""Keeps the last lines of what each worker and its native libraries print, bounded, off the user's terminal."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from collections import deque

KEPT_LINES = 40
LINE_BYTES = 500
_READ_BYTES = 65_536
"""What a pipe holds, unless somebody changed it."""
_READS = 16
"""At once from one worker: one that never stops printing must not have all the attention."""


class _Tail:
    """The last lines from one pipe; whoever reads from it holds the lock."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.lock = threading.Lock()
        self.ended = False
        self._lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        self._rest = b""

    def read(self) -> bool:
        """Take what is there, never waiting; return whether nothing can come any more."""
        for _ in range(_READS):
            try:
                data = os.read(self.fd, _READ_BYTES)
            except BlockingIOError:
                break
            if not data:
                return True
            *lines, rest = (self._rest + data).split(b"\n")
            self._lines.extend(line[:LINE_BYTES] for line in lines if line.strip())
            self._rest = rest[:LINE_BYTES]
        return False

    def text(self) -> tuple[str, ...]:
        lines = [*self._lines, self._rest] if self._rest.strip() else list(self._lines)
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
            os.set_blocking(reader, False)
            # epoll lets one thread register while another waits.
            self._selector.register(reader, selectors.EVENT_READ, tail)
        except BaseException:
            os.close(reader)
            os.close(writer)
            raise
        self._tails[name] = tail
        return writer

    def tail(self, name: str) -> tuple[str, ...]:
        """Return the last lines of ``name``, all that it printed until now included."""
        tail = self._tails.get(name)
        if tail is None:
            return ()
        self._drain(tail)
        with tail.lock:
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
        with tail.lock:
            # Whoever was first may have read to the end, and closed a descriptor that is another's by now.
            if not tail.ended and tail.read():
                self._end(tail)

    def _end(self, tail: _Tail) -> None:
        tail.ended = True
        self._selector.unregister(tail.fd)
        os.close(tail.fd)
