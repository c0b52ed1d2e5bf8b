"""Processor time and memory of a process and everything that it started."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from heygem_core.pipeline.evidence import cpu_seconds, status


def tree(pid: int | None = None) -> list[int]:
    """Return the process ``pid`` (None: this one) and all that descend from it."""
    import psutil

    process = psutil.Process(pid)
    return [process.pid, *(child.pid for child in process.children(recursive=True))]


def spent() -> float:
    """Return the processor seconds of this process and of its living descendants."""
    return sum(cpu_seconds(pid) for pid in tree(os.getpid()))


def proportional_mib(pids: list[int]) -> float:
    """Return the memory of several processes in MiB, what they share counted once (PSS)."""
    return sum(_pss(pids)) / 1024


def _pss(pids: list[int]) -> Iterator[int]:
    for pid in pids:
        with suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
            yield int(found[1]) if found else 0


def _with_ended(pid: int) -> float:
    """Return the processor seconds of a process and of its children that it has waited for."""
    # utime, stime, cutime, cstime: fields 14 to 17 of proc(5).
    return sum(map(int, status(pid)[11:15])) / os.sysconf("SC_CLK_TCK")


class _Sampler:
    """Looks at this process and its descendants again and again while the block runs."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def look(self, pids: list[int]) -> None:
        """Take note of what is to be known."""
        raise NotImplementedError

    def _sample(self) -> None:
        while not self._over.wait(self._every_s):
            self.look(tree(os.getpid()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


class PeakMemory(_Sampler):
    """The largest memory of all of them together, in MiB."""

    def __init__(self) -> None:
        super().__init__(0.25)
        self.mib = 0.0

    def look(self, pids: list[int]) -> None:
        """Keep the largest sum."""
        self.mib = max(self.mib, proportional_mib(pids))


class Processor:
    """The processor seconds of this process and all its descendants while the block ran: ``seconds``.

    ``sampled``: some end without being counted by who waits for them; those are followed while they live.
    """

    def __init__(self, *, sampled: bool) -> None:
        self.seconds = 0.0
        self._followed = _Followed() if sampled else None

    def __enter__(self) -> Self:
        self._before = {pid: _with_ended(pid) for pid in tree(os.getpid())}
        if self._followed is not None:
            self._followed.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._followed is not None:
            self._followed.__exit__()
        seen = self._followed.seen if self._followed is not None else {}
        after = seen | {pid: _with_ended(pid) for pid in tree(os.getpid())}
        if self._followed is None:
            self.seconds = sum(after.values()) - sum(self._before.values())
        else:
            self.seconds = sum(value - self._before.get(pid, 0.0) for pid, value in after.items())


class _Followed(_Sampler):
    """The latest processor time of each process ever seen."""

    def __init__(self) -> None:
        super().__init__(0.1)
        self.seen: dict[int, float] = {}

    def look(self, pids: list[int]) -> None:
        """Keep the latest of each."""
        self.seen |= {pid: _with_ended(pid) for pid in pids}
