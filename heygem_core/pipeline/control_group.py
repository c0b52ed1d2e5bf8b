"""The control group that limits a process's memory, of either version: where it is, and whom it has killed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROC = Path("/proc")
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class MemoryGroup:
    """A group of the memory controller as this process sees it; ``mount`` is the highest one in its sight."""

    version: Literal[1, 2]
    folder: Path
    mount: Path

    def oom_kills(self) -> int:
        """Return how many of the group's processes the kernel has killed for memory; 0 where it keeps no count."""
        # Flat keys in both; the older file has the count since Linux 4.13.
        name = "memory.events" if self.version == 2 else "memory.oom_control"
        try:
            told = (self.folder / name).read_text().split()
            return int(told[told.index("oom_kill") + 1])
        except (OSError, ValueError):
            return 0


def of(pid: int | str = "self", proc: Path = PROC) -> MemoryGroup | None:
    """Return the group that limits the memory of ``pid``, None where there is none or it is out of sight."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text().splitlines()
        mounts = (proc / "self" / "mountinfo").read_text().splitlines()
    except OSError:
        return None
    # A hierarchy of version 1 that has the controller has it alone.
    paths = {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}
    older = next((path for controllers, path in paths.items() if "memory" in controllers.split(",")), None)
    path = paths.get("") if older is None else older
    if path is None:
        return None
    version: Literal[1, 2] = 2 if older is None else 1
    places = (_place(mount, path, version) for mount in mounts)
    return next((place for place in places if place is not None), None)


def _place(mount: str, path: str, version: Literal[1, 2]) -> MemoryGroup | None:
    """Return the group at ``path`` if ``mount``, a line of mountinfo (proc(5)), shows it."""
    where, _, what = mount.partition(" - ")
    kind, _, options = what.split(" ", 2)
    if kind != ("cgroup2" if version == 2 else "cgroup") or (version == 1 and "memory" not in options.split(",")):
        return None
    root, point = (_OCTAL.sub(lambda code: chr(int(code[1], 8)), field) for field in where.split(" ")[3:5])
    if not Path(path).is_relative_to(root) or ".." in Path(path).parts:
        return None
    return MemoryGroup(version, Path(point) / Path(path).relative_to(root), Path(point))
