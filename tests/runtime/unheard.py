"""A signal that the main thread is not told of, as in the moment between its last bytecode and its sleep."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

LOOKS = 20
LOOK_S = 0.005


def send(number: signal.Signals) -> threading.Thread:
    """Start a thread that takes ``number`` itself once the main thread sleeps in the kernel, and return it."""
    thread = threading.Thread(target=_take, args=(number,), daemon=True)
    thread.start()
    return thread


def _take(number: signal.Signals) -> None:
    asleep = 0
    while asleep < LOOKS:
        # Waiting for the interpreter's lock is a sleep too, but a short one.
        asleep = asleep + 1 if _main_thread_sleeps() else 0
        threading.Event().wait(LOOK_S)
    signal.pthread_kill(threading.get_ident(), number)


def _main_thread_sleeps() -> bool:
    stat = Path(f"/proc/self/task/{os.getpid()}/stat").read_text()
    return stat[stat.rindex(")") + 2] == "S"
