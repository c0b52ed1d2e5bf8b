"""What a log can state, one kind each, and the place where what was stated is kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from heygem_core.diagnosis.logs.lines import Line


class Kind(StrEnum):
    """What a line states."""

    MISSING_LIBRARY = "missing library"
    MISSING_TENSORRT = "missing TensorRT library"
    CUDA_NOT_LOADED = "CUDA could not be loaded"
    PROVIDER_NOT_CREATED = "provider not created"
    VERSION_REFUSED = "version refused"
    SYMBOL_CLASH = "symbol clash"
    NO_KERNEL = "no kernel for this GPU"
    GPU_MEMORY = "GPU memory exhausted"
    GPU_MEMORY_RECOVERED = "GPU memory exhausted and recovered from"
    APPLIED_CPU = "CPU applied"
    APPLIED_GPU = "GPU applied"
    LISTED_CPU = "only CPU available"
    NOT_AVAILABLE = "CUDA provider not available"
    RUNS_ON_CPU = "runs on the CPU"
    FELL_BACK = "fell back to the CPU"
    ASKED_CPU = "CPU asked for"
    ASKED_GPU = "GPU asked for"
    TWO_WHEELS = "two wheels installed together"
    CPU_WHEEL = "CPU wheel"
    CPU_WHEEL_ADDED = "CPU wheel put in by an installer"
    GPU_WHEEL = "GPU wheel"
    CUDNN_SEEN = "cuDNN's library there"
    WHEEL_BROKEN = "onnxruntime's folder lacks a part"
    FORK_CUDA = "CUDA after fork"
    DAEMONIC = "daemonic process with children"
    MAIN_GUARD = "no main guard"
    SPAWN_MAIN = "a spawned child runs the main module"
    FREEZE_SUPPORT = "freeze_support is spoken of"
    SHM = "shared memory exhausted"
    BUS_ERROR = "bus error"
    NO_SPACE = "no space left"
    SHARES_MEMORY = "memory shared between processes"
    KILLED = "killed"
    HOST_MEMORY = "host memory exhausted"
    CRASHED = "crashed"
    WORKER_GONE = "worker gone"
    WORKER_RAISED = "exception in a thread or process"
    BOOTING = "worker started"
    WORKER_TIMEOUT = "worker timed out"
    LOADER_TIMEOUT = "DataLoader timed out"
    LOADER_WAIT = "waiting for DataLoader workers"
    INTERRUPTED = "interrupted"
    QUEUE_FULL = "queue full"
    QUEUE_EMPTY = "queue empty"
    NO_RESULT = "no result came"
    OTHERS_QUEUE = "software with queues of its own"
    BLOCKED_RESTART = "workers restarted because blocked"
    BUSY = "busy with another task"
    NO_SUCH_TASK = "no such task"
    TASK_FAILED = "task failed"
    BAD_MEDIA = "unusable media"
    NO_FACE = "face not found"
    FACE_PICKED = "one of the faces that were found is picked"
    NOTHING_THERE = "there was nothing to pick from"
    NO_PROGRAM = "a program not found"
    CALLS_FFMPEG = "ffmpeg called"
    NO_FFMPEG = "ffmpeg not found"
    FPS = "frames per second"
    BEHIND = "slower than real time"
    ELSEWHERE = "another known trouble"
    ERROR = "error"
    EXIT = "exit code"
    DONE = "done"
    TOOLKIT = "CUDA toolkit"
    DRIVER_CUDA = "CUDA of the driver"
    DRIVER = "driver"
    CUDNN = "cuDNN"
    LIBRARY_SEEN = "another library of CUDA"
    STOP_ASKED = "asked to stop"
    ORT = "onnxruntime version"
    TORCH_CUDA = "torch's CUDA"


VERSIONS = frozenset(
    {
        Kind.TOOLKIT,
        Kind.DRIVER_CUDA,
        Kind.DRIVER,
        Kind.CUDNN,
        Kind.ORT,
        Kind.TORCH_CUDA,
        Kind.CPU_WHEEL,
        Kind.GPU_WHEEL,
        Kind.ASKED_CPU,
        Kind.ASKED_GPU,
        Kind.OTHERS_QUEUE,
    }
)
"""Kinds that say what is there, not what happened."""
KEPT_FIRST = 40
KEPT_LAST = 20
"""Of one kind, these many are kept from the beginning and the end; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing stated on one line; ``told`` by a person rather than a program; ``what`` are the pattern's groups."""

    kind: Kind
    line: Line
    order: int
    start: int
    end: int
    told: bool = False
    what: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What the pattern matched."""
        return self.line.text[self.start : self.end]


class Facts:
    """All facts of a log in their order, bounded in number."""

    def __init__(self) -> None:
        self._first: dict[Kind, list[Fact]] = defaultdict(list)
        self._last: dict[Kind, list[Fact]] = defaultdict(list)
        self._count: dict[Kind, int] = defaultdict(int)

    def add(self, fact: Fact) -> None:
        """Keep ``fact``."""
        self._count[fact.kind] += 1
        if len(self._first[fact.kind]) < KEPT_FIRST:
            self._first[fact.kind].append(fact)
            return
        last = self._last[fact.kind]
        last.append(fact)
        del last[:-KEPT_LAST]

    def of(self, *kinds: Kind) -> list[Fact]:
        """Return the kept facts of ``kinds`` in their order."""
        found = [fact for kind in kinds for fact in (*self._first[kind], *self._last[kind])]
        return sorted(found, key=lambda fact: (fact.order, fact.start))

    def first(self, *kinds: Kind) -> Fact | None:
        """Return the first fact of ``kinds``, or None."""
        return next(iter(self.of(*kinds)), None)

    def last(self, *kinds: Kind) -> Fact | None:
        """Return the last fact of ``kinds``, or None."""
        return next(reversed(self.of(*kinds)), None)

    def has(self, *kinds: Kind) -> bool:
        """Tell whether any of ``kinds`` was stated."""
        return any(self._count[kind] for kind in kinds)

    def count(self, *kinds: Kind) -> int:
        """Return how often ``kinds`` were stated, at least: what repeats without end is sampled."""
        return sum(self._count[kind] for kind in kinds)

    def without(self, dropped: Iterable[Fact]) -> Facts:
        """Return these facts without the ``dropped`` ones."""
        gone = set(map(id, dropped))
        kept = Facts()
        for kind in Kind:
            for fact in self.of(kind):
                if id(fact) not in gone:
                    kept.add(fact)
        return kept


@dataclass(frozen=True)
class Pattern:
    """How a kind of fact reads: ``regex``, and ``needles`` of which each match contains one, in lower case.

    ``said_by_programs`` only: what a person writes like that is no fact. ``in_lists`` too: also in listings and
    commands.
    """

    kind: Kind
    regex: re.Pattern[str]
    needles: tuple[str, ...]
    said_by_programs: bool = False
    in_lists: bool = False


def pattern(kind: Kind, regex: str, needles: str, *, said_by_programs: bool = False, in_lists: bool = False) -> Pattern:
    """Return a pattern that ignores case and for which Chinese is no part of a word; ``needles`` are divided by |."""
    return Pattern(
        kind, re.compile(regex, re.IGNORECASE | re.ASCII), tuple(needles.split("|")), said_by_programs, in_lists
    )
