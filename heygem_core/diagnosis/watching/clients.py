"""Whether somebody outside waits for an answer: open connections that were made *to* a process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from heygem_core.diagnosis.watching.proc import Descriptor

_LISTENING, _ESTABLISHED = "0A", "01"
"""States in /proc/net/tcp, include/net/tcp_states.h."""
_ACCEPTS = 0x10000
"""__SO_ACCEPTCON in the flags of /proc/net/unix."""


def connections(pid: int, descriptors: Mapping[int, Descriptor]) -> int:
    """Return how many accepted connections ``pid`` has open, over TCP and over Unix sockets with a path."""
    own = {found.inode for found in descriptors.values() if found.kind == "socket"}
    return (_tcp(pid, own) + _unix(pid, own)) if own else 0


def _tcp(pid: int, own: set[int | None]) -> int:
    ports: set[str] = set()
    local: list[str] = []
    for table in ("tcp", "tcp6"):
        for fields in _rows(f"/proc/{pid}/net/{table}"):
            port = fields[1].rpartition(":")[2]
            if fields[3] == _LISTENING:
                ports.add(port)
            elif fields[3] == _ESTABLISHED and int(fields[9]) in own:
                local.append(port)
    return sum(port in ports for port in local)


def _unix(pid: int, own: set[int | None]) -> int:
    listening: set[str] = set()
    open_: list[str] = []
    for fields in _rows(f"/proc/{pid}/net/unix"):
        if len(fields) < 8:
            continue
        if int(fields[3], 16) & _ACCEPTS:
            listening.add(fields[7])
        elif int(fields[6]) in own:
            open_.append(fields[7])
    return sum(path in listening for path in open_)


def _rows(path: str) -> list[list[str]]:
    try:
        return [line.split() for line in Path(path).read_text().splitlines()[1:]]
    except OSError:
        return []
