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
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import cast

from heygem_core.pipeline.channel import Ends
from heygem_core.pipeline.messages import Attach, Command, Event

_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from heygem_core.pipeline.worker import main; main(*map(int, sys.argv[2:7]))"
)

_launcher: ThreadPoolExecutor | None = None


def _launcher_thread() -> ThreadPoolExecutor:
    """Return the thread that starts all workers.

    PR_SET_PDEATHSIG fires when the *thread* that forked ends, so a caller's short-lived thread must not be it.
    """
    global _launcher  # noqa: PLW0603 - one per process; a forked copy has no such thread and makes its own
    if _launcher is None:
        _launcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heygem-launcher")
        os.register_at_fork(after_in_child=_forget_launcher)
    return _launcher


def _forget_launcher() -> None:
    global _launcher  # noqa: PLW0603 - see above
    _launcher = None


class WorkerProcess:
    """A running worker. Everything that blocks takes a timeout in seconds."""

    def __init__(self, name: str, page_fd: int, environment: Mapping[str, str]) -> None:
        self.name = name
        ours, theirs = socket.socketpair()
        stack_reader, stack_writer = os.pipe()
        log_reader, log_writer = os.pipe()
        passed = (theirs.fileno(), page_fd, stack_writer, log_writer)
        arguments = [*map(str, passed), str(os.getpid()), f"heygem-core:{name}"]
        try:
            self._popen = _launcher_thread().submit(self._launch, arguments, passed, environment, log_writer).result()
        finally:
            theirs.close()
            os.close(stack_writer)
            os.close(log_writer)
        self.pid = self._popen.pid
        self.pidfd = os.pidfd_open(self.pid)
        self.control = Connection(ours.detach())
        self.stack_fd = stack_reader
        self.log_fd = log_reader
        self._ended = False

    @staticmethod
    def _launch(
        arguments: list[str], passed: tuple[int, ...], environment: Mapping[str, str], log: int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", _BOOTSTRAP, json.dumps(sys.path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=passed,
            env={**os.environ, **environment},
            # A group of its own: the terminal's Ctrl-C reaches the supervisor only, and killing takes grandchildren.
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

    def receive(self) -> Event | None:
        """Return an event that is already there; None at the end of the conversation."""
        try:
            return cast(Event, pickle.loads(self.control.recv_bytes()))  # noqa: S301 - our own worker
        except (EOFError, ConnectionResetError):
            return None

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
        """Close the descriptors of an ended worker; its log pipe belongs to the log collector."""
        self.control.close()
        os.close(self.pidfd)
        os.close(self.stack_fd)


def _readable(fd: int, timeout: float) -> bool:
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(timeout * 1000))
