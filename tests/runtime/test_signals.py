"""A signal is acted on although the main thread sleeps in the kernel and was not told."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from heygem_core.runtime.signals import acted_on_at_once

DEADLINE_S = 20.0
PROGRAM = """
import signal, sys, threading
from tests.runtime.unheard import send
from heygem_core.runtime.signals import acted_on_at_once

def end(*_):
    raise SystemExit(43)

signal.signal(signal.SIGTERM, end)
with acted_on_at_once():
    send(signal.SIGTERM)
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
"""


def test_a_signal_that_the_main_thread_did_not_hear_ends_its_wait() -> None:
    """The main thread waits for a lock that nobody releases, and another thread takes the signal: it ends."""
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=DEADLINE_S)
    assert (done.returncode, done.stderr) == (43, "")


def test_what_was_there_before_is_there_again() -> None:
    """The wakeup file descriptor, the handler and the threads are those of before, also after an error."""
    handler, threads = signal.getsignal(signal.SIGURG), threading.active_count()
    with pytest.raises(LookupError), acted_on_at_once():
        raise LookupError
    assert (signal.set_wakeup_fd(-1), signal.getsignal(signal.SIGURG)) == (-1, handler)
    assert threading.active_count() == threads
