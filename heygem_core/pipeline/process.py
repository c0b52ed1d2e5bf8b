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
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from multiprocessing import reduction
from multiprocessing.connection import Pipe
from typing import BinaryIO

from heygem_core.pipeline.channel import Ends
from heygem_core.pipeline.guardian import Guardian
from heygem_core.pipeline.inbox import Inbox
from heygem_core.pipeline.launcher import launch
from heygem_core.pipeline.messages import STACK_SIGNAL, Attach, Command, Configure

_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from heygem_core.pipeline.bootstrap import main; main(*map(int, sys.argv[2:7]))"
)


class WorkerProcess:
    """A running worker that prints into ``log_fd``. Everything that blocks takes a timeout in seconds."""

    def __init__(
        self,
        configuration: Configure,
        page_fd: int,
        log_fd: int,
        environment: Mapping[str, str],
        guardian: Guardian,
    ) -> None:
        self.name = configuration.name
        self._guardian = guardian
        self._ended = False
        self._code: int | None = None
        with ExitStack() as theirs, ExitStack() as ours, ExitStack() as born:
            self.control, far_control = Pipe()
            ours.enter_context(self.control)
            theirs.enter_context(far_control)
            configured = theirs.enter_context(_written(configuration))
            self.stack_fd, stack_writer = os.pipe()
            ours.callback(os.close, self.stack_fd)
            theirs.callback(os.close, stack_writer)
            # A worker that is asked for its stacks by somebody else must not wait until we read them.
            os.set_blocking(stack_writer, False)
            self.inbox = ours.enter_context(Inbox(self.control.fileno()))
            passed = (far_control.fileno(), page_fd, configured.fileno(), stack_writer)
            self._popen = launch(partial(self._launch, self.name, passed, log_fd, environment), _undo)
            born.callback(_undo, self._popen)
            self.pid = self._popen.pid
            guardian.watch(self.pid)
            born.callback(guardian.forget, self.pid)
            self.pidfd = os.pidfd_open(self.pid)
            ours.callback(os.close, self.pidfd)
            born.pop_all()
            self._ours = ours.pop_all()

    @staticmethod
    def _launch(
        name: str, passed: tuple[int, ...], log_fd: int, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        arguments = [*map(str, passed), str(os.getpid()), f"heygem-core:{name}"]
        return subprocess.Popen(
            [sys.executable, "-c", _BOOTSTRAP, json.dumps(sys.path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
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
        if not self._ended:
            self._ended = bool(_readable(self.pidfd, timeout))
        return self._ended

    def exit_code(self) -> int | None:
        """Reap the ended process and return its exit code, a negative signal number for a signal.

        None where it still runs, or the program takes the exit status of all its children: it ignores SIGCHLD, or
        waits for any child.
        """
        if self._ended and self._popen.returncode is None:
            with contextlib.suppress(ChildProcessError):
                ended = os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is not None:
                    self._code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
                    # While it is unreaped its group id cannot belong to anybody else.
                    self._kill_group()
            self._guardian.forget(self.pid)
            self._popen.wait()
        return self._code

    def _kill_group(self) -> None:
        """SIGKILL whoever is left of the worker's process group: itself, and what its stage started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def stacks(self, timeout: float) -> str:
        """Return the worker's Python stacks, "" if it does not answer within ``timeout`` seconds."""
        self._written_stacks(0.0)
        if not self.alive():
            return ""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, STACK_SIGNAL)
        return self._written_stacks(timeout).decode(errors="replace")

    def _written_stacks(self, timeout: float) -> bytes:
        chunks = []
        # faulthandler writes in small pieces; the text is complete when no more comes for a moment.
        while _readable(self.stack_fd, timeout) and (chunk := os.read(self.stack_fd, 65_536)):
            chunks.append(chunk)
            timeout = min(timeout, 0.02)
        return b"".join(chunks)

    def send_kill(self) -> None:
        """SIGKILL the worker with its process group, and do not wait for its end."""
        if self.alive():
            self._kill_group()

    def kill(self, timeout: float = 2.0) -> None:
        """SIGKILL the worker with its process group and reap it."""
        self.send_kill()
        self.wait_ended(timeout)
        self.exit_code()

    def release(self) -> None:
        """Close the descriptors of an ended worker; may be called again."""
        self._ours.close()


def occupy_standard_descriptors() -> None:
    """Open the null device on 0, 1 and 2 where they are closed: a pipe of ours must never be one of them."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)


def _undo(started: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


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
