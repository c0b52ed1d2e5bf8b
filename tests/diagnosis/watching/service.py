"""A pipeline of its own, in every state that the watcher must tell apart: ``python service.py STATE``.

    main ── make ─▶ queue ─▶ work ─▶ queue ─▶ keep         spawned processes, joined without a timeout

Standard library only, and nothing of the watcher: what looks at it must know it from outside. It prints "ready" once
the state has been entered.
"""

from __future__ import annotations

import ctypes
import hashlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

ITEM = bytes(100_000)
"""More than a pipe holds, as a batch of frames is."""
SMALL = b"frame 1"
"""Such that the pipe is never full, only the queue."""
CONTEXT = multiprocessing.get_context("spawn")


def ready() -> None:
    """Say that the state has been entered."""
    os.write(1, b"ready\n")


def make(inbox: Any, item: bytes) -> None:
    """Put items, for ever."""
    while True:
        inbox.put(item)


def make_one(inbox: Any) -> None:
    """Put one item and return: the process waits for the thread that feeds the pipe."""
    inbox.put(ITEM)
    ready()


def keep(outbox: Any) -> None:
    """Take results, for ever."""
    while True:
        outbox.get()


def work(inbox: Any, outbox: Any, how: str) -> None:
    """Take an item, do ``how``, pass it on, and so on."""
    while True:
        item = inbox.get()
        WAYS[how]()
        outbox.put(item)


def _once_ready() -> None:
    global _told  # noqa: PLW0603
    if not _told:
        _told = True
        ready()


_told = False


def _pass_on() -> None:
    _once_ready()
    time.sleep(0.02)


def _slowly() -> None:
    _once_ready()
    time.sleep(1.6)


def _spin() -> None:
    ready()
    while True:
        pass


def _spin_in_native_code() -> None:
    """Take a spin lock twice: the C library goes round in three instructions, without the interpreter's lock."""
    ready()
    libc = ctypes.CDLL(None)
    lock = ctypes.c_int()
    libc.pthread_spin_init(ctypes.byref(lock), 0)
    libc.pthread_spin_lock(ctypes.byref(lock))
    libc.pthread_spin_lock(ctypes.byref(lock))


def _spin_in_a_thread_of_its_own() -> None:
    """Leave the spinning to a thread that runs no Python, and wait for its end."""
    ready()
    libc = ctypes.CDLL(None)
    lock, thread = ctypes.c_int(), ctypes.c_ulong()
    libc.pthread_spin_init(ctypes.byref(lock), 0)
    libc.pthread_spin_lock(ctypes.byref(lock))
    libc.pthread_create(ctypes.byref(thread), None, libc.pthread_spin_lock, ctypes.byref(lock))
    libc.pthread_join(thread, None)


def _lock_twice() -> None:
    ready()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def _lock_native_code_twice() -> None:
    ready()
    libc = ctypes.PyDLL(None)
    mutex = ctypes.create_string_buffer(64)
    libc.pthread_mutex_lock(mutex)
    libc.pthread_mutex_lock(mutex)


def _compute() -> None:
    """Be in one call of native code for minutes."""
    ready()
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 1 << 30)


def _load() -> None:
    """Do what loading does: read files and run Python code all over the place."""
    _once_ready()
    folder = os.path.dirname(os.__file__)  # noqa: PTH120
    while True:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123
                    compile(file.read(), name, "exec")


def _sleep() -> None:
    ready()
    time.sleep(3600)


def _leave() -> None:
    ready()
    sys.exit(0)


WAYS = {
    "healthy": _pass_on,
    "slow": _slowly,
    "slow-small": _slowly,
    "spinning": _spin,
    "spinning-native": _spin_in_native_code,
    "spinning-thread": _spin_in_a_thread_of_its_own,
    "wedged": _lock_twice,
    "wedged-native": _lock_native_code_twice,
    "computing": _compute,
    "loading": _load,
    "asleep": _sleep,
    "left": _leave,
}


def pipeline(how: str) -> None:
    """Run the pipeline whose middle stage does ``how``, and wait for its end."""
    inbox, outbox = CONTEXT.Queue(3), CONTEXT.Queue(3)
    stages = [
        CONTEXT.Process(target=work, args=(inbox, outbox, how)),
        CONTEXT.Process(target=make, args=(inbox, SMALL if how == "slow-small" else ITEM)),
        CONTEXT.Process(target=keep, args=(outbox,)),
    ]
    for stage in stages:
        stage.start()
    for stage in stages[1:]:
        stage.join()


def idle() -> None:
    """Be a warm service between tasks: workers wait for input, the main process for a client."""
    inbox, outbox = CONTEXT.Queue(3), CONTEXT.Queue(3)
    inbox.put(ITEM)
    for process in (
        CONTEXT.Process(target=work, args=(inbox, outbox, "healthy")),
        CONTEXT.Process(target=keep, args=(outbox,)),
    ):
        process.start()
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.accept()


def pool() -> None:
    """Be a pool of idle workers: one stands in the queue's pipe, the others wait for its lock."""
    with CONTEXT.Pool(3) as workers:
        workers.map(abs, range(9))
        ready()
        threading.Event().wait()


def feeding() -> None:
    """Join a producer that is through, with nobody to take what it put."""
    inbox = CONTEXT.Queue(3)
    producer = CONTEXT.Process(target=make_one, args=(inbox,))
    producer.start()
    producer.join()


def poisoned() -> None:
    """Kill a worker that waits for input, and start another on the same queue."""
    inbox, outbox = CONTEXT.Queue(3), CONTEXT.Queue(3)
    first = CONTEXT.Process(target=work, args=(inbox, outbox, "healthy"))
    first.start()
    inbox.put(ITEM)
    outbox.get()
    while not _reads_a_pipe(int(first.pid or 0)):
        time.sleep(0.01)
    first.kill()
    first.join()
    CONTEXT.Process(target=work, args=(inbox, outbox, "healthy")).start()
    inbox.put(ITEM)
    outbox.get()


def _reads_a_pipe(pid: int) -> bool:
    with open(f"/proc/{pid}/wchan") as file:  # noqa: PTH123
        return "pipe_read" in file.read()


def crossed() -> None:
    """Let two processes take two locks, each in the other's order."""
    locks, both = [CONTEXT.Lock(), CONTEXT.Lock()], CONTEXT.Barrier(2)
    orders = (locks, locks[::-1])
    processes = [CONTEXT.Process(target=_take_both, args=(order, both)) for order in orders]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _take_both(locks: Any, both: Any) -> None:
    with locks[0]:
        if both.wait() == 0:
            ready()
        with locks[1]:
            pass


def talking() -> None:
    """Ask a child over a duplex pipe, which is a pair of sockets; it hangs before it answers."""
    here, there = CONTEXT.Pipe()
    CONTEXT.Process(target=_never_answer, args=(there,)).start()
    there.close()
    here.send("a question")
    here.recv()


def _never_answer(end: Any) -> None:
    end.recv()
    _lock_twice()


def alone() -> None:
    """Be a single process that computes: nobody waits for it."""
    _spin()


WHOLE = {
    "idle": idle,
    "pool": pool,
    "feeding": feeding,
    "poisoned": poisoned,
    "crossed": crossed,
    "talking": talking,
    "alone": alone,
}


if __name__ == "__main__":
    # Nobody waits for these states to pass: they end by SIGKILL.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.argv[1] in WHOLE:
        WHOLE[sys.argv[1]]()
    else:
        pipeline(sys.argv[1])
