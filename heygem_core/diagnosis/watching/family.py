"""Which processes belong together: the tree of a process id, and the trees whose command lines contain a name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from heygem_core.diagnosis.watching import proc
from heygem_core.diagnosis.watching.proc import Entry
from heygem_core.errors import NotWatchable
from heygem_core.text import Text

_SPAWNED = ("multiprocessing.spawn", "--multiprocessing-fork", "multiprocessing.forkserver")
_HELPERS = (
    "multiprocessing.resource_tracker",
    "multiprocessing.semaphore_tracker",
    "multiprocessing.forkserver",
    "loky.backend.resource_tracker",
)
_STAGE = "heygem-core:"
"""Last argument of a worker of heygem_core.pipeline, followed by the stage's name."""
_TAKE_A_VALUE = "cmWX"
_LONG_OPTIONS = ("--check-hash-based-pycs",)
"""Options of python that are followed by a value: Python/initconfig.c."""


def helper(command: tuple[str, ...]) -> bool:
    """Tell whether it is one of multiprocessing's own processes, which hold ends of everything and use none."""
    return any(name in word for word in command for name in _HELPERS)


def check(pid: int) -> Entry:
    """Return the process table's entry; raises `NotWatchable` saying why ``pid`` cannot be watched."""
    found = proc.entry(pid)
    if found is None:
        raise NotWatchable(
            f"there is no process {pid}: it has ended, or belongs to another container or user",
            f"进程 {pid} 不存在：已经结束，或属于其他容器或用户",
        )
    if found.kernel:
        name = f"{pid} ({found.name})"
        raise NotWatchable(
            f"process {name} is a thread of the kernel, not a service", f"进程 {name} 是内核线程，不是服务"
        )
    if found.state in ("Z", "X"):
        raise NotWatchable(
            f"process {pid} has ended already, its parent {found.parent} has not asked for its exit status yet",
            f"进程 {pid} 已经结束，父进程 {found.parent} 尚未回收它",
        )
    return found


def refusal(pid: int) -> Text | None:
    """Return why no more can be seen of ``pid`` than the process table tells everybody; None where more can."""
    if proc.descriptors(pid) is not None:
        return None
    owner = proc.owner(pid)
    return Text(
        f"no permission to look at process {pid}, it runs as user {owner}: run as that user, or with sudo",
        f"没有权限查看进程 {pid}（属于用户 {owner}）：请以该用户或 sudo 运行",
    )


def top(pid: int, everyone: Mapping[int, Entry]) -> int:
    """Return the process that started the service which ``pid`` is a worker of; ``pid`` itself if it is none."""
    while (found := everyone.get(pid)) is not None and found.parent in everyone:
        own, above = proc.command(pid), proc.command(found.parent)
        spawned = any(word in part for part in own for word in _SPAWNED)
        if not above or not (spawned or own == above):
            return pid
        pid = found.parent
    return pid


def members(root: int, everyone: Mapping[int, Entry]) -> tuple[int, ...]:
    """Return ``root`` and everything below it, parents first, elder ones first, and orphans of its process group.

    An orphan is a process whose parent ended: another process has adopted it. None where the root has ended.
    """
    if root not in everyone:
        return ()
    below: dict[int, list[int]] = {}
    # By age: process ids begin anew at some point.
    ordered = sorted(everyone.values(), key=lambda each: (each.started, each.pid))
    for entry in ordered:
        below.setdefault(entry.parent, []).append(entry.pid)
    found: dict[int, None] = {}
    _descend(root, below, found)
    for entry in ordered:
        if entry.pid not in found and _orphan(entry, everyone[root], everyone):
            _descend(entry.pid, below, found)
    return tuple(found)


def _descend(pid: int, below: Mapping[int, Sequence[int]], found: dict[int, None]) -> None:
    found[pid] = None
    for child in below.get(pid, ()):
        # The tree may hold whoever looks at it: a shell in the service's container does.
        if child not in found and child != os.getpid():
            _descend(child, below, found)


def _orphan(entry: Entry, root: Entry, everyone: Mapping[int, Entry]) -> bool:
    """Tell whether a process is of the group of ``root`` and was adopted from outside the group.

    What the same shell started beside ``root``, as ``| tee`` is, has the same parent as it.
    """
    parent = everyone.get(entry.parent)
    adopted = parent is None or entry.parent == 1 or (parent.group != entry.group and entry.parent != root.parent)
    return entry.group == root.group and adopted and entry.started >= root.started


def matching(name: str) -> tuple[int, ...]:
    """Return the topmost process of each tree in which a command line contains ``name``.

    This process and those above it are left out: their command lines contain the name because it was typed there.
    """
    everyone = proc.everyone()
    ours = {os.getpid(), *_above(os.getpid(), everyone)}
    named = {pid for pid in everyone if pid not in ours and name in " ".join(proc.command(pid))}
    return tuple(sorted(pid for pid in named if not named & _above(pid, everyone)))


def _above(pid: int, everyone: Mapping[int, Entry]) -> set[int]:
    found: set[int] = set()
    while (entry := everyone.get(pid)) is not None and entry.parent not in found and entry.parent:
        pid = entry.parent
        found.add(pid)
    return found


def program_name(command: tuple[str, ...], name: str) -> str:
    """Return what to call a process by its command line: the script, the module, or the program."""
    words = list(command)
    if not words:
        return name
    if not Path(words[0]).name.startswith("python"):
        return Path(words[0]).name or name
    rest = words[1:]
    while rest and rest[0].startswith("-") and rest[0] != "-":
        letter, value = _option(rest)
        if letter == "m":
            return value.rpartition(".")[2]
        if letter == "c":
            own = next((word for word in rest if word.startswith(_STAGE)), None)
            return own.removeprefix(_STAGE) if own else "python -c"
    return Path(rest[0]).name if rest and rest[0] != "-" else "python"


def _option(rest: list[str]) -> tuple[str, str]:
    """Take the interpreter's next option from ``rest``: the letter that takes a value, if one does, and the value.

    Letters may stand together, and a value at once behind its letter: ``-um pytest`` is ``-u -mpytest``.
    """
    word = rest.pop(0)
    if word.startswith("--"):
        return "", rest.pop(0) if word in _LONG_OPTIONS and rest else ""
    for position, letter in enumerate(word[1:], start=1):
        if letter in _TAKE_A_VALUE:
            return letter, word[position + 1 :] or (rest.pop(0) if rest else "")
    return "", ""
