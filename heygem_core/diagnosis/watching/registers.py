"""Whether a running thread goes round in native code without anything changing: its registers, a few times.

The kernel holds the thread for each look, some ten microseconds, as it does for a debugger; py-spy's native stacks hold
the whole process a thousand times as long. Nothing of the thread is changed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import random
import signal
import time
from collections import defaultdict
from dataclasses import dataclass

_SEIZE, _INTERRUPT, _GETREGSET, _DETACH = 0x4206, 0x4207, 0x4204, 17
_NT_PRSTATUS = 1
"""include/uapi/linux/ptrace.h and elf.h."""
_WALL = 0x40000000
"""include/uapi/linux/wait.h: threads too, which are no children."""
_EVENT_STOP = 128
_STOPS_S = 10.0
"""On a machine with too much to do a thread waits long for the processor on which it would stop."""
_LOOKS = 24
_APART_S = (0.002, 0.008)
"""Bounds of the pause between two looks: at random, so that no loop keeps step with them."""
_FEWEST = 16
_SPAN = 256
"""Bytes of code that a loop which merely waits fills at most: a spin lock's has three instructions. Of work that goes
round and round in many functions, and keeps its state in memory, the registers may be the same at each place too."""


@dataclass(frozen=True)
class _Layout:
    """Which words of the register set are the instruction pointer and the general registers."""

    words: int
    pointer: int
    general: tuple[int, ...]


_LAYOUTS = {
    # struct user_regs_struct, arch/x86/include/asm/user_64.h: less the flags, which a comparison sets.
    "x86_64": _Layout(27, 16, (*range(15), 19)),
    # struct user_pt_regs, arch/arm64/include/uapi/asm/ptrace.h
    "aarch64": _Layout(34, 32, tuple(range(32))),
}


@dataclass(frozen=True)
class Standing:
    """Where a thread stood: ``pointer`` is the address of its next instruction."""

    pointer: int
    general: tuple[int, ...]


def loop(tid: int) -> int | None:
    """Return an address in the loop that thread ``tid`` does not leave and in which nothing changes.

    None where it moves on, where that cannot be told, and where to look is refused.
    """
    seen = []
    for _ in range(_LOOKS):
        standing = look(tid)
        if standing is None:
            return None
        seen.append(standing)
        time.sleep(random.uniform(*_APART_S))  # noqa: S311 - no secret
    return unchanging(seen)


def unchanging(seen: list[Standing]) -> int | None:
    """Return where most of ``seen`` stood, if all stood close together, and with the same registers at each place."""
    if max(each.pointer for each in seen) - min(each.pointer for each in seen) > _SPAN:
        return None
    by_place = defaultdict(list)
    for standing in seen:
        by_place[standing.pointer].append(standing.general)
    again = {place: values for place, values in by_place.items() if len(values) > 1}
    if len(seen) < _FEWEST or 2 * sum(map(len, again.values())) < len(seen):
        return None
    if any(len(set(values)) > 1 for values in again.values()):
        return None
    return max(again, key=lambda place: len(again[place]))


def look(tid: int) -> Standing | None:
    """Return where the thread stands now; None where that is refused, or unknown for this processor."""
    layout = _LAYOUTS.get(platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    libc.ptrace.restype = ctypes.c_long
    if layout is None or libc.ptrace(_SEIZE, tid, None, None):
        return None
    # From here on the end of this process would let the thread go, too.
    deliver = 0
    try:
        if libc.ptrace(_INTERRUPT, tid, None, None) or (status := _stopped(tid)) is None:
            return None
        if status >> 16 != _EVENT_STOP:
            deliver = os.WSTOPSIG(status)
        words = (ctypes.c_uint64 * layout.words)()
        place = (ctypes.c_size_t * 2)(ctypes.addressof(words), ctypes.sizeof(words))
        if libc.ptrace(_GETREGSET, tid, _NT_PRSTATUS, ctypes.addressof(place)):
            return None
        return Standing(words[layout.pointer], tuple(words[number] for number in layout.general))
    finally:
        libc.ptrace(_DETACH, tid, None, deliver if deliver != signal.SIGTRAP else 0)


def _stopped(tid: int) -> int | None:
    """Return the wait status with which the thread stopped; None where it ended or does not stop in time.

    One that does not is in the kernel for good; it is let go when this process ends.
    """
    deadline = time.monotonic() + _STOPS_S
    while time.monotonic() < deadline:
        try:
            found, status = os.waitpid(tid, _WALL | os.WNOHANG)
        except ChildProcessError:
            return None
        if found:
            return status if os.WIFSTOPPED(status) else None
        time.sleep(0.0002)
    return None
