"""What supervisor and worker say to each other over the control socket, never through a data channel."""

from __future__ import annotations

import signal
from dataclasses import dataclass

STACK_SIGNAL = signal.SIGUSR2
"""Asks a worker for its Python stacks; faulthandler answers even while native code holds the GIL."""


@dataclass(frozen=True)
class Configure:
    """Which stages to run; read from a descriptor at start. ``stages`` are their pickles, ``index`` is the first's."""

    name: str
    index: int
    stages: tuple[bytes, ...]
    slot_bytes: int
    trace: bool


@dataclass(frozen=True)
class Attach:
    """New channel ends follow as descriptors: three for the input if any, then three for the output if any."""

    input: tuple[int, int] | None
    """(slots, slot_bytes) of the input channel."""
    output: tuple[int, int] | None


@dataclass(frozen=True)
class StartJob:
    """Begin a job; ``mapping`` is the caller's, pickled."""

    job: int
    mapping: bytes


@dataclass(frozen=True)
class AbortJob:
    """Drop a job and answer `Aborted`, whether or not it was begun."""

    job: int


@dataclass(frozen=True)
class Stop:
    """Close the stage and exit."""


@dataclass(frozen=True)
class Ready:
    """``open`` returned, ``startup_s`` seconds after the worker was launched: interpreter and imports included."""

    startup_s: float


@dataclass(frozen=True)
class Finished:
    """The stage completed its part of the job."""

    job: int
    frames: int
    summary: bytes
    """What ``finish`` returned, pickled: whether it can be read here is not the socket's problem."""
    spans: bytes = b""
    """What its recorder took, see `trace.unpacked`."""


@dataclass(frozen=True)
class Aborted:
    """The stage dropped the job."""

    job: int


@dataclass(frozen=True)
class Raised:
    """The stage's code raised; ``job`` is 0 for ``open``.

    ``error`` is the pickled exception or None, ``module`` where its class is defined.
    """

    job: int
    error: bytes | None
    module: str
    summary: str
    traceback: str
    where: str


@dataclass(frozen=True)
class Exiting:
    """The worker is about to end by itself: its stage called ``sys.exit``, or something else got past the engine.

    Said before the interpreter winds up, which takes its time, and does not happen at all while another thread of
    the stage runs. ``code`` is the exit code to come, negative for a signal.
    """

    code: int
    summary: str
    traceback: str
    where: str


Command = Attach | StartJob | AbortJob | Stop
Event = Ready | Finished | Aborted | Raised | Exiting
