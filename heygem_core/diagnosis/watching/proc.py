"""What /proc tells of one process; every answer is None, or empty, where it is refused or the process is gone."""

from __future__ import annotations

import ctypes
import os
import re
import stat as modes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from heygem_core.pipeline import evidence

TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KTHREAD = 0x00200000
"""PF_KTHREAD, include/linux/sched.h."""
_FIONREAD = 0x541B
_PIDFD_GETFD = 438
"""include/uapi/asm-generic/unistd.h; the same number on every architecture."""
_SEMAPHORE = re.compile(r"/dev/shm/sem\.")  # noqa: S108 - where glibc keeps named semaphores
_INODE = re.compile(r"(pipe|socket):\[(\d+)\]")


@dataclass(frozen=True)
class Entry:
    """A process in the process table."""

    pid: int
    name: str
    state: str
    parent: int
    group: int
    session: int
    kernel: bool
    started: int
    """Clock ticks since boot: with the pid, the identity of a process."""
    resident: int
    exit_code: int


@dataclass(frozen=True)
class Descriptor:
    """An open file: what it refers to, and whether it can be read from and written to."""

    target: str
    inode: int | None
    """Of a pipe or a socket, else None."""
    mode: str
    """"r", "w" or "rw"."""

    @property
    def kind(self) -> str:
        """ "pipe", "socket", or what /proc says of others."""
        return self.target.partition(":[")[0] if self.inode is not None else self.target


@dataclass(frozen=True)
class Segment:
    """A part of a file that is mapped."""

    start: int
    end: int
    inode: int
    path: str
    shared: bool


@dataclass(frozen=True)
class Counters:
    """What a thread has done so far."""

    runnable_s: float
    switches: int
    read: int
    written: int
    faults: int
    reads: int


def entry(pid: int) -> Entry | None:
    """Return the process table's entry of ``pid``."""
    found = evidence.stat(pid)
    if found is None:
        return None
    name, fields = found
    return Entry(
        pid=pid,
        name=name,
        state=fields[0],
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        kernel=bool(int(fields[6]) & _KTHREAD),
        started=int(fields[19]),
        resident=int(fields[21]) * _PAGE,
        exit_code=os.waitstatus_to_exitcode(int(fields[49])) if fields[0] == "Z" else 0,
    )


def everyone() -> dict[int, Entry]:
    """Return every process that this one may see."""
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - names are all that is wanted
    return {pid: found for pid in pids if (found := entry(pid)) is not None}


def command(pid: int) -> tuple[str, ...]:
    """Return its arguments; none of a kernel thread, nor of a process that ended."""
    parts = _read(f"/proc/{pid}/cmdline").split("\0")
    return tuple(parts[:-1] if parts[-1:] == [""] else parts)


def program(pid: int) -> str:
    """Return the file name of the program that it executes."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))  # noqa: PTH115, PTH119 - it is no path to follow
    except OSError:
        return ""


def environment(pid: int) -> dict[str, str]:
    """Return the variables that it started with."""
    pairs = (line.partition("=") for line in _read(f"/proc/{pid}/environ").split("\0"))
    return {name: value for name, _, value in pairs if name}


def owner(pid: int) -> int | None:
    """Return the user id that it runs as."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


def tasks(pid: int) -> tuple[int, ...]:
    """Return its threads, the first one first."""
    try:
        return tuple(sorted(int(name) for name in os.listdir(f"/proc/{pid}/task")))  # noqa: PTH208
    except OSError:
        return ()


def call(pid: int, tid: int) -> str | None:
    """Return what /proc says of the system call that a thread stands in; None where that is refused."""
    return _read(f"/proc/{pid}/task/{tid}/syscall").strip() or None


def kernel_function(pid: int, tid: int) -> str:
    """Return the kernel function that a thread sleeps in."""
    name = _read(f"/proc/{pid}/task/{tid}/wchan").strip()
    return "" if name == "0" else name


def kernel_stack(pid: int, tid: int) -> tuple[str, ...]:
    """Return the kernel functions that a thread sleeps in, innermost first; only root may read more than one."""
    lines = _read(f"/proc/{pid}/task/{tid}/stack").splitlines()
    functions = tuple(line.split()[-1].partition("+")[0] for line in lines if line.strip())
    one = kernel_function(pid, tid)
    return functions or ((one,) if one else ())


def thread_state(pid: int, tid: int) -> tuple[str, str]:
    """Return name and state letter of a thread."""
    name, _, after = _read(f"/proc/{pid}/task/{tid}/stat").rpartition(")")
    return name.partition("(")[2], after.split()[0] if after.strip() else ""


def counters(pid: int, tid: int) -> Counters | None:
    """Return what a thread has done so far."""
    folder = f"/proc/{pid}/task/{tid}"
    fields = _read(f"{folder}/stat").rpartition(")")[2].split()
    if not fields:
        return None
    schedule = [int(word) for word in _read(f"{folder}/schedstat").split()]
    ran = sum(schedule[:2]) / 1e9 if any(schedule[:2]) else (int(fields[11]) + int(fields[12])) / TICKS
    moved = dict(_pairs(f"{folder}/io"))
    switched = sum(value for name, value in _pairs(f"{folder}/status") if name.endswith("ctxt_switches"))
    return Counters(ran, switched, moved.get("rchar", 0), moved.get("wchar", 0), int(fields[9]), moved.get("syscr", 0))


def _pairs(path: str) -> Iterator[tuple[str, int]]:
    for line in _read(path).splitlines():
        name, _, value = line.partition(":")
        if value.strip().isdigit():
            yield name, int(value)


def descriptors(pid: int) -> dict[int, Descriptor] | None:
    """Return its open files; None where that is refused."""
    try:
        numbers = [int(name) for name in os.listdir(f"/proc/{pid}/fd")]  # noqa: PTH208 - as above
    except OSError:
        return None
    found = {}
    refused = False
    for number in numbers:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{number}")  # noqa: PTH115 - it is no path
            bits = os.lstat(f"/proc/{pid}/fd/{number}").st_mode
        except OSError as error:
            refused = refused or isinstance(error, PermissionError)
            continue
        match = _INODE.match(target)
        mode = ("r" if bits & modes.S_IRUSR else "") + ("w" if bits & modes.S_IWUSR else "")
        found[number] = Descriptor(target, int(match[2]) if match else None, mode)
    return None if refused else found


def watched_by_epoll(pid: int, number: int) -> tuple[int, ...]:
    """Return the descriptors that an epoll descriptor waits for."""
    return tuple(int(found) for found in re.findall(r"^tfd:\s*(\d+)", _read(f"/proc/{pid}/fdinfo/{number}"), re.M))


def process_of(pid: int, number: int) -> int | None:
    """Return the process that a pidfd of ``pid`` refers to."""
    match = re.search(r"^Pid:\s*(\d+)", _read(f"/proc/{pid}/fdinfo/{number}"), re.M)
    return int(match[1]) if match else None


def mappings(pid: int) -> tuple[Segment, ...]:
    """Return its mapped files, one entry per segment."""
    found = []
    for line in _read(f"/proc/{pid}/maps").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[4] != "0":
            start, _, end = fields[0].partition("-")
            found.append(Segment(int(start, 16), int(end, 16), int(fields[4]), fields[5], fields[1].endswith("s")))
    return tuple(found)


def semaphores(mapped: tuple[Segment, ...]) -> dict[int, int]:
    """Return inode -> address of the named semaphores among the mappings of a process."""
    return {each.inode: each.start for each in mapped if each.shared and _SEMAPHORE.match(each.path)}


def memory(pid: int, address: int, size: int) -> bytes | None:
    """Return ``size`` bytes of its memory; None where that is refused."""
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered: no byte more than asked
            file.seek(address)
            found = file.read(size)
    except (OSError, ValueError, OverflowError):
        return None
    return found if len(found) == size else None


def field(path: str, name: str) -> int:
    """Return the number behind ``name`` in a file of names and numbers; 0 where it is not there."""
    words = _read(path).split()
    return int(words[words.index(name) + 1]) if name in words else 0


def unread(pid: int, number: int) -> int | None:
    """Return how many bytes lie in the pipe behind descriptor ``number`` of process ``pid``; None if refused.

    The descriptor is duplicated for the moment of the question: to open the pipe anew would make this process a
    further reader or writer of it, and hide from the others that the last one is gone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    answer = ctypes.c_int(0)
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return None
    try:
        duplicate = libc.syscall(_PIDFD_GETFD, handle, number, 0)
        if duplicate < 0:
            return None
        try:
            failed = libc.ioctl(duplicate, _FIONREAD, ctypes.byref(answer))
        finally:
            os.close(duplicate)
    finally:
        os.close(handle)
    return None if failed else answer.value


def _read(path: str) -> str:
    try:
        return Path(path).read_bytes().decode(errors="replace")
    except (OSError, ValueError):
        return ""
