"""What lies between processes: bytes in pipes, values of semaphores, and holders outside the tree."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping

from heygem_core.diagnosis.watching import proc
from heygem_core.diagnosis.watching.portrait import Trail

_STANDARD = 2
"""Last of the standard streams: what a child printed lies in its parent's pipe until that wants it."""


def unread_everywhere(trails: Mapping[int, Trail]) -> dict[int, int]:
    """Return inode -> bytes for the pipes between the processes, where that may be asked."""
    found: dict[int, int] = {}
    for pid, trail in trails.items():
        if trail.around is None or trail.gone:
            continue
        for number, descriptor in trail.around.descriptors.items():
            inode = descriptor.inode
            fits = descriptor.kind == "pipe" and "r" in descriptor.mode and number > _STANDARD
            if fits and inode is not None and inode not in found:
                count = proc.unread(pid, number)
                if count is not None:
                    found[inode] = count
    return found


def values(trails: Mapping[int, Trail]) -> dict[int, int]:
    """Return inode -> value for the semaphores that are mapped, where memory may be read.

    glibc's sem_t on 64 bit: the value in the lower half of the first eight bytes, the number of waiters above it.
    """
    found: dict[int, int] = {}
    for pid, trail in trails.items():
        if trail.around is None or trail.gone:
            continue
        for inode, address in proc.semaphores(trail.around.mapped).items():
            if inode not in found and (raw := proc.memory(pid, address, 8)) is not None:
                found[inode] = struct.unpack("=I4x", raw)[0]
    return found


def outsiders(trails: Mapping[int, Trail]) -> dict[int, str]:
    """Return inode -> name of a process outside the tree that has the pipe open too, of those that may be seen."""
    ours = {
        descriptor.inode
        for trail in trails.values()
        if trail.around is not None
        for descriptor in trail.around.descriptors.values()
        if descriptor.kind == "pipe"
    }
    found: dict[int, str] = {}
    for pid, inode in _held_elsewhere({*trails, os.getpid()}):
        if inode in ours and inode not in found:
            entry = proc.entry(pid)
            found[inode] = f"{entry.name} ({pid})" if entry else str(pid)
    return found


def _held_elsewhere(known: set[int]) -> Iterator[tuple[int, int]]:
    for pid in proc.everyone():
        if pid not in known:
            for descriptor in (proc.descriptors(pid) or {}).values():
                if descriptor.inode is not None:
                    yield pid, descriptor.inode
