"""Who waits for whom in a process tree, as far as the kernel's own bookkeeping tells."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from heygem_core.casebook.processes import descendants
from heygem_core.pipeline.evidence import wait_channel
from heygem_core.text import Text


def edges(pids: Sequence[int]) -> list[Text]:
    """Return one line for each of ``pids`` whose main thread waits for another process, or at a pipe."""
    found = []
    for pid in pids:
        place = wait_channel(pid)
        if place == "do_wait":
            found += _for_children(pid, pids)
        elif "pipe_read" in place or "pipe_write" in place:
            found += _at_pipe(pid, pids, writes="pipe_write" in place)
    return found


def _for_children(pid: int, pids: Sequence[int]) -> list[Text]:
    children = [s.pid for s in descendants(pid) if s.parent == pid and s.state != "Z" and s.pid in pids]
    wanted = [child for child in children if child in _arguments(pid)[:2]] or children
    names = ", ".join(map(str, wanted))
    return [Text(f"{pid} waits for {names} to end", f"{pid} 等待 {names} 结束")] if wanted else []


def _at_pipe(pid: int, pids: Sequence[int], *, writes: bool) -> list[Text]:
    pipe = _target(pid, _arguments(pid)[0])
    others = [other for other in pids if other != pid and _holds(other, pipe, os.O_RDONLY if writes else os.O_WRONLY)]
    en, zh = ", ".join(map(str, others)) or "nobody else here", "、".join(map(str, others)) or "此处没有别的进程"
    if writes:
        return [Text(f"{pid} writes to a full pipe that {en} reads", f"{pid} 在写已满的管道，读端：{zh}")]
    return [Text(f"{pid} reads from an empty pipe that {en} writes", f"{pid} 在读空管道，写端：{zh}")]


def _arguments(pid: int) -> list[int]:
    """Return the arguments of the system call that the main thread is in; zeros where the kernel does not tell."""
    try:
        words = Path(f"/proc/{pid}/syscall").read_text().split()[1:7]
        return [int(word, 16) for word in words] or [0] * 6
    except (OSError, ValueError):
        return [0] * 6


def _target(pid: int, fd: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/fd/{fd}").readlink())
    except OSError:
        return ""


def _holds(pid: int, pipe: str, mode: int) -> bool:
    try:
        for path in Path(f"/proc/{pid}/fd").iterdir():
            if _target(pid, int(path.name)) == pipe and _mode(pid, path.name) == mode:
                return True
    except OSError:
        pass
    return False


def _mode(pid: int, fd: str) -> int:
    flags = Path(f"/proc/{pid}/fdinfo/{fd}").read_text().split("flags:")[1].split()[0]
    return int(flags, 8) & os.O_ACCMODE
