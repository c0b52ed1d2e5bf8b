"""What a worker's interpreter does before and after its stage. Runs in the child."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import pickle
import signal
import sys
from multiprocessing.connection import Connection
from typing import cast

from heygem_core.pipeline.messages import STACK_SIGNAL, Configure
from heygem_core.pipeline.worker import Worker

_PR_SET_PDEATHSIG = 1
_IOLBF = 1
"""Line buffering for ``setvbuf``, in glibc and musl alike."""


def main(control_fd: int, page_fd: int, configuration_fd: int, stack_fd: int, parent: int) -> None:
    """Run a worker on inherited descriptors; ``parent`` is the supervisor's process id."""
    _die_with_parent(parent)
    # The caller's thread may have blocked signals, and a blocked one asks for no stacks.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    _print_by_lines()
    faulthandler.register(STACK_SIGNAL, file=stack_fd, all_threads=True, chain=False)
    with os.fdopen(configuration_fd, "rb") as file:
        configuration = cast(Configure, pickle.load(file))  # noqa: S301 - our own supervisor
    control = Connection(control_fd)
    Worker(control, page_fd, configuration).run()
    control.close()


def _die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the supervisor dies, and look whether it died before we asked."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _print_by_lines() -> None:
    """Have each line written when it is printed, by Python and by C alike: into a pipe both would keep it back.

    The last lines before a crash or a hang are those that tell most.
    """
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    libc = ctypes.CDLL(None)
    libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, _IOLBF, 0)
