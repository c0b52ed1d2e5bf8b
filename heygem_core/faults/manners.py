"""How a stage can go wrong, and by what error each way must become known."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
from collections.abc import Callable
from dataclasses import dataclass

from heygem_core.errors import Cause, StageExited, StageFailed, StageRaised, StageStalled

_FLOOD_BYTES = 1 << 20
_HEADROOM_BYTES = 64 << 20


@dataclass(frozen=True)
class Manner:
    """One way to go wrong; ``error`` and ``words`` are None and "" where the job must succeed all the same."""

    commit: Callable[[], object]
    error: type[StageFailed] | None
    cause: Cause | None
    words: str


def _raise(error: BaseException) -> None:
    raise error


def _raise_unpicklable() -> None:
    raise type("LocalError", (Exception,), {})("it cannot cross as itself")


def _spin() -> None:
    while True:
        pass


def _deadlock() -> None:
    """Lock a native mutex twice: a normal one, which a second lock by its owner blocks for ever."""
    libc = ctypes.CDLL(None)
    mutex = ctypes.create_string_buffer(64)  # larger than any platform's pthread_mutex_t; zeros are its initialiser
    libc.pthread_mutex_lock(mutex)
    libc.pthread_mutex_lock(mutex)


def _exceed_memory() -> None:
    """Ask for more than the limit on address space leaves; the limit is lifted again, the worker lives on."""
    used = int(open("/proc/self/statm", encoding="ascii").read().split()[0]) * resource.getpagesize()  # noqa: PTH123, SIM115
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + _HEADROOM_BYTES, before[1]))
    try:
        bytearray(4 * _HEADROOM_BYTES)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _flood() -> None:
    for fd in (1, 2):
        os.write(fd, b"x" * _FLOOD_BYTES + b"\n" + b"line\n" * (_FLOOD_BYTES // 5))


def _kill(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


MANNERS: dict[str, Manner] = {
    "raise": Manner(lambda: _raise(ValueError("deliberate")), StageRaised, Cause.RAISED, "ValueError: deliberate"),
    "raise-unpicklable": Manner(_raise_unpicklable, StageRaised, Cause.RAISED, "LocalError: it cannot cross as itself"),
    "sys-exit": Manner(lambda: _raise(SystemExit(0)), StageExited, Cause.WORKER_DIED, "exited with code 0"),
    "os-exit": Manner(lambda: os._exit(0), StageExited, Cause.WORKER_DIED, "exited with code 0"),
    "sigkill": Manner(_kill(signal.SIGKILL), StageExited, Cause.WORKER_DIED, "was killed by SIGKILL (9)"),
    "sigsegv": Manner(_kill(signal.SIGSEGV), StageExited, Cause.WORKER_DIED, "was killed by SIGSEGV (11)"),
    "sigstop": Manner(_kill(signal.SIGSTOP), StageStalled, Cause.STOPPED, "no progress for"),
    "sleep": Manner(lambda: select.select([], [], []), StageStalled, Cause.WEDGED, "no progress for"),
    "spin": Manner(_spin, StageStalled, Cause.SPINNING, "no progress for"),
    "native-deadlock": Manner(_deadlock, StageStalled, Cause.WEDGED, "no progress for"),
    "memory-limit": Manner(_exceed_memory, StageRaised, Cause.RAISED, "MemoryError"),
    "corrupt-shape": Manner(lambda: None, StageRaised, Cause.RAISED, "allowed is"),
    "flood": Manner(_flood, None, None, ""),
}
"""``corrupt-shape`` is not committed by a call: the stage's wrapper writes one array too short."""

STALLS = frozenset(name for name, manner in MANNERS.items() if manner.error is StageStalled)
