"""A mutex in shared memory that no killed process keeps: a robust pthread mutex, through ctypes."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
import time

from heygem_core.errors import UnsupportedPlatform

SIZE = 64
"""Bytes to keep for it; sizeof(pthread_mutex_t) is 40 on x86-64 and 48 on aarch64 (glibc)."""
_PROCESS_SHARED = 1
_ROBUST = 1
_ERRORCHECK = 2
_FUNCTIONS = (
    "pthread_mutexattr_init",
    "pthread_mutexattr_setpshared",
    "pthread_mutexattr_setrobust",
    "pthread_mutexattr_settype",
    "pthread_mutex_init",
    "pthread_mutex_clocklock",
    "pthread_mutex_consistent",
    "pthread_mutex_unlock",
)


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


_LIBC = ctypes.CDLL(None)


def _check(code: int) -> None:
    if code:
        raise OSError(code, os.strerror(code))


class RobustMutex:
    """A mutex at ``address``, shared by all processes that map it; raises `UnsupportedPlatform` before glibc 2.30."""

    def __init__(self, address: int, *, create: bool) -> None:
        for name in _FUNCTIONS:
            if not hasattr(_LIBC, name):
                raise UnsupportedPlatform(f"this C library has no {name}, glibc 2.30 and later do")
        self._mutex = ctypes.c_void_p(address)
        self._inside: int | None = None
        if create:
            attributes = ctypes.create_string_buffer(SIZE)
            _check(_LIBC.pthread_mutexattr_init(attributes))
            _check(_LIBC.pthread_mutexattr_setpshared(attributes, _PROCESS_SHARED))
            _check(_LIBC.pthread_mutexattr_setrobust(attributes, _ROBUST))
            _check(_LIBC.pthread_mutexattr_settype(attributes, _ERRORCHECK))
            _check(_LIBC.pthread_mutex_init(self._mutex, attributes))

    def acquire(self, deadline: float) -> bool:
        """Take it, from a dead owner too; False when the monotonic ``deadline`` (s) passes first.

        Raises RuntimeError in a signal handler that interrupted the owner.
        """
        seconds = int(deadline)
        until = _Timespec(seconds, int((deadline - seconds) * 1e9))
        code = _LIBC.pthread_mutex_clocklock(self._mutex, time.CLOCK_MONOTONIC, ctypes.byref(until))
        if code == errno.ETIMEDOUT:
            return False
        if code == errno.EDEADLK:
            # An exception thrown by a signal handler can leave it locked; a handler that puts finds it in use.
            if self._inside == threading.get_ident():
                raise RuntimeError("a signal handler used the queue that it interrupted")
        elif code == errno.EOWNERDEAD:
            _check(_LIBC.pthread_mutex_consistent(self._mutex))
        else:
            _check(code)
        self._inside = threading.get_ident()
        return True

    def release(self) -> None:
        """Give it back; only by the thread that took it."""
        self._inside = None
        _check(_LIBC.pthread_mutex_unlock(self._mutex))
