"""The process of a `StallGuard`: waits for the deadline, then describes, kills, interrupts, and at last kills the test.

Run as a file by ``python -I -S``: until the deadline is past it needs nothing but the standard library, and starts in
the time that takes.
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import sys
import time
import traceback
from typing import Any

_TURNS = 2
"""How often the test is interrupted within its grace: what caught the first exception may wait again."""


class Watchdog:
    """Takes commands, one line each, from standard input; answers on standard output when the block has ended."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._target = os.pidfd_open(settings["pid"])
        self._deadline = math.inf
        self._read = b""

    def run(self) -> None:
        """Watch until the test's process or its pipe is gone."""
        while True:
            command = self._command(self._deadline)
            if command is None:
                self._fire()
                self._deadline = math.inf
            elif command == "pause":
                self._deadline = math.inf
                self._answer("")
            else:
                self._deadline = float(command.removeprefix("until "))

    def _command(self, deadline: float) -> str | None:
        """Return the next command, None when there is none before ``deadline``; exit when nobody can send any."""
        while b"\n" not in self._read:
            timeout = None if deadline == math.inf else max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([0, self._target], [], [], timeout)
            if not ready:
                return None
            chunk = os.read(0, 1 << 12) if 0 in ready else b""
            if self._target in ready or not chunk:
                sys.exit(0)
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def _answer(self, report: str) -> None:
        sys.stdout.write(json.dumps({"report": report}) + "\n")
        sys.stdout.flush()

    def _fire(self) -> None:
        report = self._describe_and_kill()
        for _ in range(_TURNS):
            if self._settings["interrupt"] is not None:
                self._signal(self._settings["interrupt"])
            turn = time.monotonic() + self._settings["grace"] / _TURNS
            while (command := self._command(turn)) is not None:
                if command == "pause":
                    self._answer(report)
                    return
        sys.stderr.write(f"\n{report}\n{self._last_words()}\n")
        sys.stderr.flush()
        self._signal(signal.SIGKILL)
        sys.exit(1)

    def _describe_and_kill(self) -> str:
        sys.path[:] = self._settings["path"]
        lines = []
        for step in (self._describe, self._kill):
            try:
                lines.append(step())
            except Exception:
                # Whatever went wrong here, the test must still end.
                lines.append(f"{self._settings['test']}\n{traceback.format_exc()}")
        return "\n".join(lines)

    def _describe(self) -> str:
        from heygem_core.pytest_plugin import standstill

        return standstill.describe(self._settings, self._stacks)

    def _kill(self) -> str:
        from heygem_core.pytest_plugin import standstill

        return standstill.end_below(self._settings)

    def _stacks(self, timeout: float) -> str:
        """Return the stacks of the test's own process as its faulthandler writes them, "" if it does not."""
        self._signal(self._settings["show"])
        reader, chunks = self._settings["stacks"], []
        poller = select.poll()
        poller.register(reader, select.POLLIN)
        # They come in small pieces; the text is complete when no more comes for a moment.
        while poller.poll(timeout * 1000) and (chunk := os.read(reader, 1 << 16)):
            chunks.append(chunk)
            timeout = 0.1
        return b"".join(chunks).decode(errors="replace")

    def _last_words(self) -> str:
        from heygem_core.pytest_plugin import standstill

        return standstill.last_words(self._settings)

    def _signal(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self._target, number)
        except ProcessLookupError:
            sys.exit(0)


def main() -> None:
    """Guard the parent; what a terminal sends to the whole group (Ctrl-C) is for the test, not for its guard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(sys.argv[1])
    if os.getppid() == settings["pid"]:
        Watchdog(settings).run()


if __name__ == "__main__":
    main()
