"""One worker process as its supervisor sees it: launched, watched, asked for evidence, ended, reaped.

A fresh interpreter for each (what ``spawn`` means), started directly rather than through ``multiprocessing``:
its output is ours from the first byte, the user's main module is not imported again, no resource-tracker
process stays behind, and a pidfd says that it ended even while grandchildren hold its pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import BinaryIO

from heygem_core.pipeline.channel import Ends
from heygem_core.pipeline.inbox import Inbox
from heygem_core.pipeline.launcher import launch
from heygem_core.pipeline.messages import Attach, Command, Configure

_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from heygem_core.pipeline.worker import main; main(*map(int, sys.argv[2:8]))"
)


class WorkerProcess:
    """A running worker. Everything that blocks takes a timeout in seconds."""

    def __init__(self, configuration: Configure, page_fd: int, environment: Mapping[str, str]) -> None:
        self.name = configuration.name
        with ExitStack() as theirs, ExitStack() as ours:
            ends = socket.socketpair()
            control = ours.enter_context(ends[0])
            configured = theirs.enter_context(_written(configuration))
            stack_reader, stack_writer = os.pipe()
            log_reader, log_writer = os.pipe()
            for fd in (stack_reader, log_reader):
                ours.callback(os.close, fd)
            for fd in (stack_writer, log_writer):
                theirs.callback(os.close, fd)
            passed = (theirs.enter_context(ends[1]).fileno(), page_fd, configured.fileno(), stack_writer, log_writer)
            self._popen = launch(partial(self._launch, self.name, passed, environment))
            self.pid = self._popen.pid
            self.control = Connection(control.detach())
            self.inbox = Inbox(self.control.fileno())
            self.pidfd = os.pidfd_open(self.pid)
            ours.pop_all()
        self.stack_fd = stack_reader
        self.log_fd = log_reader
        self._ended = False
        self._released = False

    @staticmethod
    def _launch(name: str, passed: tuple[int, ...], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        arguments = [*map(str, passed), str(os.getpid()), f"heygem-core:{name}"]
        return subprocess.Popen(
            [sys.executable, "-c", _BOOTSTRAP, json.dumps(sys.path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=passed[-1],
            stderr=passed[-1],
            pass_fds=passed,
            env={**os.environ, **environment},
            # A group of its own: the terminal's Ctrl-C reaches the supervisor only, killing takes grandchildren.
            start_new_session=True,
        )

    def send(self, command: Command) -> bool:
        """Send a command; False if the worker is gone."""
        try:
            self.control.send_bytes(pickle.dumps(command, pickle.HIGHEST_PROTOCOL))
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def attach(self, incoming: Ends | None, outgoing: Ends | None) -> bool:
        """Hand over channel ends; False if the worker is gone."""
        shape_in, shape_out = ((e.slots, e.slot_bytes) if e else None for e in (incoming, outgoing))
        if not self.send(Attach(shape_in, shape_out)):
            return False
        fds = (*(incoming.consumer_fds() if incoming else ()), *(outgoing.producer_fds() if outgoing else ()))
        try:
            for fd in fds:
                reduction.send_handle(self.control, fd, self.pid)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def alive(self) -> bool:
        """Return whether the process still runs."""
        return not self.wait_ended(0.0)

    def wait_ended(self, timeout: float) -> bool:
        """Wait until the process has ended; False after ``timeout`` seconds."""
        if self._ended:
            return True
        self._ended = bool(_readable(self.pidfd, timeout))
        return self._ended

    def exit_code(self) -> int | None:
        """Reap the ended process and return its exit code, a negative signal number for a signal."""
        if not self._ended:
            return None
        if self._popen.returncode is None:
            # While it is unreaped its group id cannot belong to anybody else.
            self._kill_group()
        return self._popen.wait()

    def _kill_group(self) -> None:
        """SIGKILL whoever is left of the worker's process group: itself, and what its stage started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def stacks(self, timeout: float) -> str:
        """Return the worker's Python stacks, "" if it does not answer within ``timeout`` seconds."""
        from heygem_core.pipeline.worker import STACK_SIGNAL

        if not self.alive():
            return ""
        signal.pidfd_send_signal(self.pidfd, STACK_SIGNAL)
        chunks = []
        # faulthandler writes in small pieces; the text is complete when no more comes for a moment.
        while _readable(self.stack_fd, timeout) and (chunk := os.read(self.stack_fd, 65_536)):
            chunks.append(chunk)
            timeout = 0.02
        return b"".join(chunks).decode(errors="replace")

    def kill(self, timeout: float = 2.0) -> None:
        """SIGKILL the worker with its process group and reap it."""
        if self.alive():
            self._kill_group()
        self.wait_ended(timeout)
        self.exit_code()

    def release(self) -> None:
        """Close the descriptors of an ended worker, once; its log pipe belongs to the log collector."""
        if not self._released:
            self._released = True
            self.control.close()
            self.inbox.close()
            os.close(self.pidfd)
            os.close(self.stack_fd)


def occupy_standard_descriptors() -> None:
    """Open the null device on 0, 1 and 2 where they are closed: a pipe of ours must never be one of them."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)


def _written(configuration: Configure) -> BinaryIO:
    """Return an open, nameless file that holds ``configuration``: of any size, and nobody waits for its reader."""
    file = os.fdopen(os.memfd_create("heygem-configuration", os.MFD_CLOEXEC), "w+b")
    pickle.dump(configuration, file, pickle.HIGHEST_PROTOCOL)
    file.seek(0)
    return file


def _readable(fd: int, timeout: float) -> bool:
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(timeout * 1000))
