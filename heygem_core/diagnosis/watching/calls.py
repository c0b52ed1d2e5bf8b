"""From the system call that a thread stands in to what it waits for.

/proc/PID/task/TID/syscall gives number and arguments: with the process's descriptors, mappings and memory they name
the pipe, the semaphore or the process that is waited for. Where the call is refused (it takes the right to trace),
the kernel function that the thread sleeps in still tells the kind.
"""

from __future__ import annotations

import math
import os
import re
import struct
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from heygem_core.diagnosis.watching import proc
from heygem_core.diagnosis.watching.model import Kind, Wait

# arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h for arm64. -1: there is none.
_NUMBERS = {
    "read": (0, 63),
    "readv": (19, 65),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "write": (1, 64),
    "writev": (20, 66),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "poll": (7, -1),
    "ppoll": (271, 73),
    "select": (23, -1),
    "pselect6": (270, 72),
    "epoll_wait": (232, -1),
    "epoll_pwait": (281, 22),
    "futex": (202, 98),
    "wait4": (61, 260),
    "waitid": (247, 95),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "accept": (43, 202),
    "accept4": (288, 242),
    "connect": (42, 203),
    "pause": (34, -1),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "ioctl": (16, 29),
    "fsync": (74, 82),
}
_COLUMN = {"x86_64": 0, "aarch64": 1}.get(os.uname().machine)
_NAMES = {} if _COLUMN is None else {numbers[_COLUMN]: name for name, numbers in _NUMBERS.items()}

_POLLOUT = 4
_MOST_POLLED = 256
_NEGATIVE = 1 << 31
"""From here on a 32-bit argument is a negative number."""
_TIMER_ABSTIME = 1
_P_PID, _P_PIDFD = 1, 3
_FUTEX_PRIVATE = 0x80
_CONTENDED = 2
"""A plain FUTEX_WAIT for this value is glibc's pthread_mutex_lock, nptl/lowlevellock.c."""
MUTEX = "futex of a mutex"
_READING, _WRITING = {"read", "readv", "recvfrom", "recvmsg"}, {"write", "writev", "sendto", "sendmsg"}
_OUTSIDE = {"accept", "accept4", "connect", "pause", "rt_sigsuspend", "rt_sigtimedwait"}
_KERNEL = (
    (re.compile(r"pipe_read"), Kind.READS),
    (re.compile(r"pipe_write"), Kind.WRITES),
    (re.compile(r"futex"), Kind.LOCK),
    (re.compile(r"do_wait|wait_consider"), Kind.CHILD),
    (re.compile(r"nanosleep|hrtimer"), Kind.SLEEPS),
    (re.compile(r"poll|select|accept|skb|unix_stream|tty|n_tty|sigsuspend|sigtimedwait|pause"), Kind.OUTSIDE),
    (re.compile(r"nvidia|_nv\d|^nv_|uvm_"), Kind.DRIVER),
)


@dataclass
class Surroundings:
    """What a process has open and mapped, for reading its system calls; ``peers``: socket inode -> the other end's."""

    pid: int
    descriptors: Mapping[int, proc.Descriptor]
    mapped: tuple[proc.Segment, ...]
    peers: Mapping[int, int]
    children: Collection[int] = ()

    def channel(self, number: int) -> int | None:
        """Return the inode behind a descriptor that is a pipe, or a socket whose other end is known."""
        found = self.descriptors.get(number)
        if found is None or found.inode is None:
            return None
        return found.inode if found.kind == "pipe" or found.inode in self.peers else None

    def channels(self, mode: str) -> tuple[int, ...]:
        """Return the inodes of all pipes open for ``mode``, less those of the standard streams."""
        found = self.descriptors.items()
        return tuple(
            sorted({d.inode for n, d in found if n > 2 and d.inode and d.kind == "pipe" and mode in d.mode}),
        )


def understand(line: str | None, function: str, state: str, around: Surroundings) -> Wait:
    """Return what a thread waits for: ``line`` of its system call, or the kernel function where that is refused."""
    if state == "D":
        return Wait(Kind.DISK, call=function)
    if state == "R" or line == "running":
        return Wait(Kind.RUNS)
    if line is None:
        return _by_kernel(function, around)
    words = line.split()
    name = _NAMES.get(int(words[0])) if len(words) > 6 else None
    if name is None:
        return Wait(Kind.UNKNOWN, call=function or words[0])
    arguments = [int(word, 16) for word in words[1:7]]
    return _DECODERS.get(name, _plain)(name, arguments, around)


def _by_kernel(function: str, around: Surroundings) -> Wait:
    kind = next((kind for pattern, kind in _KERNEL if pattern.search(function)), Kind.UNKNOWN)
    objects: tuple[int, ...] = ()
    if kind in (Kind.READS, Kind.WRITES):
        objects = around.channels("r" if kind is Kind.READS else "w")
    elif kind is Kind.CHILD:
        objects = tuple(sorted(around.children))
    return Wait(kind, objects, call=function)


def _plain(name: str, arguments: list[int], around: Surroundings) -> Wait:
    if name in _OUTSIDE:
        return Wait(Kind.OUTSIDE, call=name)
    found = around.descriptors.get(arguments[0])
    if name == "ioctl" and found is not None and found.target.startswith("/dev/nvidia"):
        return Wait(Kind.DRIVER, call=name)
    return Wait(Kind.DISK if name == "fsync" else Kind.UNKNOWN, call=name)


def _stream(name: str, arguments: list[int], around: Surroundings) -> Wait:
    number = arguments[0]
    channel = around.channel(number)
    if channel is not None:
        return Wait(Kind.READS if name in _READING else Kind.WRITES, (channel,), call=name)
    found = around.descriptors.get(number)
    if found is not None and found.target.startswith("/") and not found.target.startswith("/dev/"):
        return Wait(Kind.DISK, call=name)
    return Wait(Kind.OUTSIDE, call=name)


def _poll(name: str, arguments: list[int], around: Surroundings) -> Wait:
    address, count, limit = arguments[:3]
    timed = limit != 0 if name == "ppoll" else limit & 0xFFFFFFFF < _NEGATIVE
    if not count:
        return Wait(Kind.SLEEPS, timed=timed, call=name, left_s=None if timed else math.inf)
    raw = proc.memory(around.pid, address, 8 * count) if count <= _MOST_POLLED else None
    if raw is None:
        return Wait(Kind.OUTSIDE, timed=timed, call=name)
    wanted = [(number, events) for number, events, _ in struct.iter_unpack("ihh", raw) if number >= 0]
    into = [number for number, events in wanted if events & _POLLOUT]
    return _any_of(name, [number for number, _ in wanted], timed, around, writing=bool(into))


def _select(name: str, arguments: list[int], around: Surroundings) -> Wait:
    count, reading, _, _, limit = arguments[:5]
    timed = limit != 0
    if not count:
        return Wait(Kind.SLEEPS, timed=timed, call=name, left_s=None if timed else math.inf)
    if not reading or count > _MOST_POLLED:
        return Wait(Kind.OUTSIDE, timed=timed, call=name)
    raw = proc.memory(around.pid, reading, 8 * -(-count // 64))
    bits = int.from_bytes(raw, "little") if raw is not None else 0
    return _any_of(name, [number for number in range(count) if bits >> number & 1], timed, around)


def _any_of(name: str, numbers: list[int], timed: bool, around: Surroundings, *, writing: bool = False) -> Wait:
    """Return the wait for whichever of several descriptors is ready first."""
    watched = [process for number in numbers if (process := proc.process_of(around.pid, number)) is not None]
    if watched and len(watched) == len(numbers):
        return Wait(Kind.CHILD, tuple(watched), timed, name)
    found = [around.channel(number) for number in numbers]
    inodes = tuple(sorted({inode for inode in found if inode is not None}))
    if not inodes or None in found:
        return Wait(Kind.OUTSIDE, timed=timed, call=name)
    return Wait(Kind.WRITES if writing else Kind.READS, inodes, timed, name)


def _epoll(name: str, arguments: list[int], around: Surroundings) -> Wait:
    timed = arguments[3] & 0xFFFFFFFF < _NEGATIVE
    return _any_of(name, list(proc.watched_by_epoll(around.pid, arguments[0])), timed, around)


def _futex(name: str, arguments: list[int], around: Surroundings) -> Wait:
    address, operation, value, limit = arguments[:4]
    timed = limit != 0
    if not operation & _FUTEX_PRIVATE:
        for each in around.mapped:
            if each.shared and each.start <= address < each.end:
                return Wait(Kind.SEMAPHORE, (each.inode,), timed, name)
    # Named by its address: a thread that waits for one lock after the other does not rest.
    contended = operation & ~_FUTEX_PRIVATE == 0 and value == _CONTENDED
    return Wait(Kind.LOCK, (address,), timed, MUTEX if contended else name)


def _child(name: str, arguments: list[int], around: Surroundings) -> Wait:
    if name == "waitid":
        kind, number = arguments[:2]
        pid = number if kind == _P_PID else proc.process_of(around.pid, number) if kind == _P_PIDFD else None
    else:
        number = arguments[0] & 0xFFFFFFFF
        # -1 is any child; 0 and below -1 are groups of processes.
        pid = number if 0 < number < _NEGATIVE else None
    return Wait(Kind.CHILD, (pid,) if pid else tuple(sorted(around.children)), call=name)


def _sleep(name: str, arguments: list[int], around: Surroundings) -> Wait:
    clock, flags, request = (1, 0, arguments[0]) if name == "nanosleep" else arguments[:3]
    raw = proc.memory(around.pid, request, 16)
    if raw is None:
        return Wait(Kind.SLEEPS, timed=True, call=name)
    seconds, nanoseconds = struct.unpack("qq", raw)
    left = seconds + nanoseconds / 1e9
    if flags & _TIMER_ABSTIME:
        left -= time.clock_gettime(clock)
    return Wait(Kind.SLEEPS, timed=True, call=name, left_s=max(0.0, left))


_DECODERS: dict[str, Callable[[str, list[int], Surroundings], Wait]] = {
    **dict.fromkeys([*_READING, *_WRITING], _stream),
    **dict.fromkeys(["poll", "ppoll"], _poll),
    **dict.fromkeys(["select", "pselect6"], _select),
    **dict.fromkeys(["epoll_wait", "epoll_pwait"], _epoll),
    "futex": _futex,
    **dict.fromkeys(["wait4", "waitid"], _child),
    **dict.fromkeys(["nanosleep", "clock_nanosleep"], _sleep),
}
