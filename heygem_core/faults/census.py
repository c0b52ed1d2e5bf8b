"""What a program and its workers hold at one moment: a fault must not leave any more of it than there was before."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from heygem_core.pipeline import evidence

_PROC = Path("/proc")
_SHARED = ("/memfd:", "/dev/shm/")  # noqa: S108 - looked for, not written to
_SETTLED_S = 5.0
"""What is being torn down in the background gets this long."""


@dataclass(frozen=True)
class Census:
    """Counts over this process and its workers.

    ``strays`` are living processes that a worker had started, replaced workers included, and that outlived it;
    ``channels`` the descriptors of pipes and sockets; ``regions`` those of shared memory, with or without a name, and
    its mappings; ``descriptors`` this process's own, of any kind; ``files`` what lies in the watched folders.
    """

    children: int
    zombies: int
    strays: int
    descriptors: int
    channels: int
    regions: int
    files: tuple[str, ...]

    def changes(self, before: Census) -> list[str]:
        """Return what is not as it was ``before``, one line each."""
        were = asdict(before)
        return [f"{name}: {now}, {were[name]} before" for name, now in asdict(self).items() if now != were[name]]


def take(workers: Collection[int], former: Collection[int], folders: Sequence[Path]) -> Census:
    """Count now; ``workers`` are the process ids of today's workers, ``former`` those of all there ever were."""
    processes = {int(path.name): evidence.status(int(path.name)) for path in _PROC.glob("[0-9]*")}
    children = [fields for fields in processes.values() if fields and int(fields[1]) == os.getpid()]
    # Each worker leads a session of its own, and what it starts is in it unless it leaves on purpose.
    strays = [
        pid
        for pid, fields in processes.items()
        if fields and int(fields[3]) in former and pid not in workers and fields[0] != "Z"
    ]
    held = [link for pid in (os.getpid(), *workers) for link in _links(pid)]
    return Census(
        children=sum(fields[0] != "Z" for fields in children),
        zombies=sum(fields[0] == "Z" for fields in children),
        strays=len(strays),
        descriptors=len(_links(os.getpid())),
        channels=sum(link.startswith(("pipe:", "socket:")) for link in held),
        regions=sum(link.startswith(_SHARED) for link in held) + sum(map(_mapped, (os.getpid(), *workers))),
        files=tuple(sorted(str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*"))),
    )


def settled(count: Callable[[], Census], before: Census) -> Census:
    """Return the census once it is as ``before``, or when it has had the time to be."""
    deadline = time.monotonic() + _SETTLED_S
    while (now := count()) != before and time.monotonic() < deadline:
        time.sleep(0.02)
    return now


def _links(pid: int) -> list[str]:
    """Return what the descriptors of a process stand for."""
    links = []
    with suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - the paths would be made for nothing
            with suppress(OSError):
                links.append(os.readlink(f"/proc/{pid}/fd/{fd}"))  # noqa: PTH115 - as above
    return links


def _mapped(pid: int) -> int:
    """Return how many regions of shared memory a process has mapped."""
    try:
        lines = (_PROC / str(pid) / "maps").read_text().splitlines()
    except OSError:
        return 0
    return sum(any(f" {name}" in line for name in _SHARED) for line in lines)
