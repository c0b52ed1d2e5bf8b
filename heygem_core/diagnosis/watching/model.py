"""What one look at a process tree knows: processes, threads, what each waits for, what lies in the pipes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from heygem_core.text import Text


class Kind(StrEnum):
    """What a thread does at a moment; the spelling stands in the JSON."""

    RUNS = "runs"
    READS = "reads-channel"
    """From a pipe, or from a socket whose other end is known."""
    WRITES = "writes-channel"
    CHILD = "waits-for-process"
    SEMAPHORE = "waits-for-semaphore"
    """One that processes share: the locks and the count of a ``multiprocessing.Queue``."""
    LOCK = "waits-for-lock"
    """One within the process: a Python lock, a mutex, a condition, the end of a thread."""
    SLEEPS = "sleeps"
    OUTSIDE = "waits-for-outside"
    """For a client, the network, a terminal, a signal: for what no process of the tree brings."""
    DISK = "disk"
    DRIVER = "gpu-driver"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wait:
    """What a thread waits for: ``objects`` are inodes of channels and semaphores, or process ids."""

    kind: Kind
    objects: tuple[int, ...] = ()
    timed: bool = False
    """Whether the call itself ends after a while."""
    call: str = ""
    """The system call, or the kernel function where the call cannot be read."""
    left_s: float | None = field(default=None, compare=False)
    """Of a sleep: seconds until it ends."""


@dataclass(frozen=True)
class Frame:
    """One Python frame; ``state`` is a fingerprint of its local variables, whose values are kept nowhere."""

    function: str
    """Bare name: qualified ones exist since Python 3.11 only."""
    file: str
    """Path from the package on, such as multiprocessing/queues.py."""
    line: int
    path: str = ""
    state: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Of multiprocessing's own frames: the sizes among the local variables."""
    process: str = field(default="", compare=False)
    """Of the frame in which a spawned child begins: what multiprocessing calls the process."""

    def within(self, file: str, *functions: str) -> bool:
        """Tell whether it is one of ``functions`` in the file whose path ends in ``file``."""
        return self.function in functions and self.file.endswith(file)

    def __str__(self) -> str:
        return f"{self.function} ({self.file}:{self.line})"


_TALK = frozenset({"read", "recvfrom", "recvmsg", "write", "sendto", "sendmsg", "connect"})
_SOCKETS = ("/socket.py", "ssl.py", "http/client.py")


@dataclass(frozen=True)
class ThreadSeen:
    """One thread over the window."""

    tid: int
    name: str
    waits: tuple[Wait, ...]
    """At each sample, first to last."""
    still: bool
    """Whether the scheduler did not touch it in the whole window."""
    busy: float
    """Share of the window in which it ran or wanted to run."""
    ran: float
    """Share of the window in which it ran: on a busy machine who merely wakes up waits long for a processor."""
    read: int
    written: int
    """Bytes of finished read and write calls in the window."""
    faults: int = 0
    """Pages that came from disk."""
    reads: int = 0
    """Finished read calls."""
    stacks: tuple[tuple[Frame, ...], ...] = ()
    """Its Python stack each time it was taken, innermost frame first; none for a native thread."""
    owns_gil: bool = False
    kernel: tuple[str, ...] = ()
    """Kernel functions that it sleeps in, innermost first: all of them where that may be read, else one, or none."""
    library: str | None = None
    """Of one that computes in one Python function: the native library that it computes in, "" for the interpreter
    itself, None where that was not asked or could not be told."""
    loop: str = ""
    """Of one that computes: the native code in which it goes round without anything changing, where it does."""

    @property
    def wait(self) -> Wait:
        """The last sample in which it did not just run."""
        return next((wait for wait in reversed(self.waits) if wait.kind is not Kind.RUNS), self.waits[-1])

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The Python stack when it was last taken."""
        return self.stacks[-1] if self.stacks else ()

    @property
    def stands_in(self) -> Frame | None:
        """The frame whose function it was in each time its stack was taken, three times at least."""
        inner = [frames[0] for frames in self.stacks if frames]
        steady = len(inner) >= 3 and len({(frame.function, frame.path) for frame in inner}) == 1
        return inner[-1] if steady else None

    @property
    def unchanged(self) -> bool:
        """Whether the variables of that function were the same each time."""
        return len({frames[0].state for frames in self.stacks if frames}) == 1

    @property
    def acts(self) -> bool:
        """Whether it computes or moves bytes; waking up to look whether something came does not count."""
        return self.ran >= ACTS or self.busy >= COMPUTES or bool(self.read or self.written or self.faults)

    @property
    def converses(self) -> bool:
        """Whether it stands in the middle of talking to somebody outside, as against before a listening socket."""
        inner = self.frames[0].file if self.frames else ""
        return self.wait.kind is Kind.OUTSIDE and (self.wait.call in _TALK or inner.endswith(_SOCKETS))

    @property
    def steady(self) -> bool:
        """Whether it was seen waiting for one and the same thing all the time."""
        waits = [wait for wait in self.waits if wait.kind is not Kind.RUNS]
        # One sample may fall into the moment in which it wakes up to look.
        return len(set(waits)) == 1 and len(self.waits) - len(waits) <= len(self.waits) // 4

    @property
    def rests(self) -> bool:
        """Whether it waited for one and the same thing all the time, in one call or in many, and did nothing else."""
        if self.wait.kind in (Kind.SEMAPHORE, Kind.LOCK, Kind.SLEEPS, Kind.WRITES):
            # Who takes a lock again and again is seen waiting for it at every sample, and progresses; so does a
            # write that is longer than the pipe.
            return self.steady and self.still
        return self.steady and not self.acts


ACTS = 0.02
"""Share of a processor above which a thread does something; waking up once a second to look costs less."""
COMPUTES = 0.5
"""Share of a processor above which a process computes."""


@dataclass(frozen=True)
class Onnxruntime:
    """Which onnxruntime a process has mapped."""

    package: str
    """Path of its extension module's folder."""
    cuda: bool
    """Whether the CUDA provider's library is mapped."""
    gpu_package: bool
    """Whether that library lies beside it on disk."""


@dataclass(frozen=True)
class ProcessSeen:
    """One process over the window."""

    pid: int
    parent: int
    name: str
    """What it is called here: the function that it runs as a multiprocessing child, or its program."""
    command: str
    state: str
    """Letter of /proc/PID/stat at the end of the window."""
    exit_code: int | None = None
    """Of a <defunct> process, as subprocess gives it."""
    threads: tuple[ThreadSeen, ...] = ()
    busy: float = 0.0
    resident: int = 0
    """Bytes."""
    descriptors: int | None = None
    channels: Mapping[int, str] = field(default_factory=dict)
    """Inode -> "r", "w" or "rw", for pipes and for sockets whose other end is known."""
    semaphores: frozenset[int] = frozenset()
    clients: int = 0
    """Open connections that somebody made to it."""
    helper: bool = False
    """multiprocessing's resource tracker, and its like."""
    python: bool = False
    """Whether a Python interpreter is mapped."""
    interpreter: bool = False
    """Whether its program is one, rather than something that embeds one."""
    libraries: tuple[str, ...] = ()
    """CUDA libraries that are mapped."""
    onnxruntime: Onnxruntime | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    asked_gpu: Text | None = None
    """What shows that it asked for a GPU; looked for only where no CUDA provider is mapped."""
    asked_stated: bool = False
    """Whether that states it, rather than implies it."""
    gpu_bytes: int | None = None
    gpu_share: int | None = None
    """Percent."""
    limits: tuple[Text, ...] = ()
    """What could not be read of it, and why."""

    @property
    def label(self) -> str:
        """Name and process id."""
        return f"{self.name} ({self.pid})"

    @property
    def dead(self) -> bool:
        """Whether it ended and nobody has asked for its exit status."""
        return self.state in ("Z", "X")

    @property
    def stopped(self) -> bool:
        """Whether a signal or a debugger stopped it; one that is traced stops for moments and goes on."""
        return self.state == "T" or (self.state == "t" and all(thread.still for thread in self.threads))

    @property
    def computes(self) -> bool:
        """Whether it had, or wanted, a processor for most of the window."""
        return self.busy >= COMPUTES

    @property
    def acts(self) -> bool:
        """Whether any of its threads computes or moves bytes; of one that is hidden only the first is known."""
        return any(thread.acts for thread in self.threads) or (not self.threads and self.busy >= ACTS)

    @property
    def main(self) -> ThreadSeen | None:
        """Its first thread; None for one that ended."""
        return next((thread for thread in self.threads if thread.tid == self.pid), None)

    @property
    def stacks_known(self) -> bool:
        """Whether Python stacks could be had."""
        return any(thread.stacks for thread in self.threads)


@dataclass(frozen=True)
class Observation:
    """A window of ``seconds`` in the life of the tree below ``root``."""

    root: int
    seconds: float
    processes: Mapping[int, ProcessSeen]
    unread: Mapping[int, int] = field(default_factory=dict)
    """Inode of a pipe -> bytes that lay in it at the beginning and at the end alike."""
    values: Mapping[int, int] = field(default_factory=dict)
    """Inode of a semaphore -> its value; a lock that is held has 0."""
    peers: Mapping[int, int] = field(default_factory=dict)
    """Inode of a Unix socket -> inode of its other end."""
    outsiders: Mapping[int, str] = field(default_factory=dict)
    """Inode -> name of a process outside the tree that holds that channel too."""
    gone: tuple[str, ...] = ()
    """Names of processes that ended in the window, or in one before, and were reaped."""
    calls_known: bool = True
    """Whether the kernel told which system calls the threads stand in."""
    shm_used: float | None = None
    """Share of /dev/shm in use."""
    oom_kills: int = 0
    """Processes that the kernel killed for want of memory, in the window."""
    oom_before: int = 0
    """The same in the tree's control group, since it was made."""
    no_gpu: Text | None = None
    """Why nothing is known of the GPU."""
    hidden: Text | None = None
    """Why nothing is known but what the process table tells everybody."""
    limits: tuple[Text, ...] = ()

    @property
    def living(self) -> tuple[ProcessSeen, ...]:
        """Those that can do something, less multiprocessing's helpers."""
        return tuple(p for p in self.processes.values() if not p.dead and not p.helper)
