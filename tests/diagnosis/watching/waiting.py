"""One thread per way to wait, each announced as "NAME TID": ``python waiting.py``; "ready" comes last."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import connection


def main() -> None:
    """Start the threads and wait for ever."""
    read, write = os.pipe()
    full_read, full = os.pipe()
    os.set_blocking(full, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(full, bytes(4096)):
            pass
    os.set_blocking(full, True)
    here, there = socket.socketpair()
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    child = subprocess.Popen(["sleep", "600"])
    lock, shared = threading.Lock(), multiprocessing.get_context("spawn").Lock()
    lock.acquire()
    shared.acquire()
    epoll = select.epoll()
    epoll.register(read, select.EPOLLIN)
    reader = connection.Connection(os.dup(read), writable=False)
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: os.read(read, 1),
        "write": lambda: os.write(full, b"x"),
        "recv": lambda: here.recv(1),
        "accept": server.accept,
        "lock": lock.acquire,
        "lock-timed": lambda: lock.acquire(timeout=600),
        "semaphore": shared.acquire,
        "semaphore-timed": lambda: shared.acquire(timeout=600),
        "sleep": lambda: time.sleep(600),
        "child": lambda: os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT),
        "child4": child.wait,
        "poll": lambda: reader.poll(None),
        "poll-timed": lambda: reader.poll(600),
        "poll-server": lambda: select.select([server.fileno(), read], [], []),
        "select": lambda: select.select([read], [], []),
        "select-timed": lambda: select.select([read], [], [], 600),
        "select-nothing": lambda: select.select([], [], []),
        "epoll": epoll.poll,
        "signal": lambda: signal.sigwait({signal.SIGUSR1}),
    }
    inodes = {
        name: os.fstat(number).st_ino for name, number in (("read", read), ("full", full), ("here", here.fileno()))
    }
    sys.stdout.write("".join(f"={name} {inode}\n" for name, inode in {**inodes, "child": child.pid}.items()))
    for name, way in ways.items():
        threading.Thread(target=_announce, args=(name, way), daemon=True).start()
    time.sleep(0.3)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    keep = (full_read, write, there)
    threading.Event().wait()
    assert keep


def _announce(name: str, way: Callable[[], object]) -> None:
    sys.stdout.write(f"{name} {threading.get_native_id()}\n")
    way()


if __name__ == "__main__":
    main()
