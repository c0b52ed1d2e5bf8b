"""Ends what stages have started when the caller is killed, and can no longer do so itself.

The kernel ends a worker with its caller (PR_SET_PDEATHSIG), but nobody below the worker. So each pipeline has one
process more, which does nothing but wait for the caller's death and then kills the workers' process groups. It learns
of them by its stdin, and ends with that.
"""

from __future__ import annotations

import os
import select
import signal
import sys

# This file is also the program of that process, and must start at once: no more is imported here.

_PR_SET_PDEATHSIG = 1


def main(caller: int) -> None:
    """Wait on ``caller``, a pidfd, and on stdin for lines with ``+`` or ``-`` and a process group."""
    import ctypes

    # Should everything have been stopped when the caller is killed, this one must go on.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)
    groups: set[int] = set()
    rest = b""
    poller = select.poll()
    for fd in (0, caller):
        poller.register(fd, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poller.poll()}
        # What the caller had said before it died counts too.
        data = os.read(0, 4096) if 0 in ready else b""
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


class Guardian:
    """The caller's side of it."""

    def __init__(self) -> None:
        import subprocess

        caller = os.pidfd_open(os.getpid())
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(caller)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[caller],
                bufsize=0,
                # The terminal's Ctrl-C is not for it.
                start_new_session=True,
            )
        finally:
            os.close(caller)

    def watch(self, group: int) -> None:
        """End process group ``group`` with the caller."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Leave ``group`` alone: its number is about to be free for others."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        try:
            if self._process.stdin is not None and not self._process.stdin.closed:
                self._process.stdin.write(line.encode())
        except BrokenPipeError:
            # Killed by somebody, it protects nobody any more, which is no reason to fail.
            return

    def close(self) -> None:
        """End the process; may be called again."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
