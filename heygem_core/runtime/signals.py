"""Signals that are acted on at once, whatever the main thread waits for.

CPython runs a handler in the main thread, between two bytecodes. A signal that comes after the last of these and
before the thread has gone to sleep in the kernel, or that another thread takes, is acted on only when the main thread
wakes up again: never, where it waits for what the signal was to end. Beside threads that want the interpreter's
lock, on a busy machine, that is one interrupt in a hundred.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_S = 0.05
"""Between two attempts to wake the main thread, which may be on its way to sleep once more."""
_WAKING = signal.SIGURG
"""Does nothing in a program that does not expect it, and has a higher number than the signals that end programs:
handlers run in the order of the numbers, so that when its own has run theirs have."""


@contextmanager
def acted_on_at_once() -> Iterator[None]:
    """Have every signal's handler run soon after the signal, here and in what is called; for the main thread.

    Takes the wakeup file descriptor (`signal.set_wakeup_fd`), the handler of SIGURG and a thread for that long.
    """
    awake = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    handler = signal.signal(_WAKING, lambda *_: awake.set())
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    main = threading.get_ident()
    thread = threading.Thread(target=_wake, args=(reader, main, awake), name="heygem-signals", daemon=True)
    try:
        thread.start()
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writer)
        thread.join()
        os.close(reader)
        signal.signal(_WAKING, handler)


def _wake(reader: int, main: int, awake: threading.Event) -> None:
    while number := os.read(reader, 1):
        if number[0] == _WAKING:
            continue
        awake.clear()
        signal.pthread_kill(main, _WAKING)
        while not awake.wait(_AGAIN_S):
            signal.pthread_kill(main, _WAKING)
