"""What happens to healthy programs on real machines: no processor to spare, pauses, a clock that is set."""

from __future__ import annotations

import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
YEAR_S = 365 * 24 * 3600
OFFSETS_S = (5 * YEAR_S, -3600, 1, -30 * YEAR_S, 3600, 0)
"""A wrong year, summer time, a leap second, an empty battery: what one after the other the wall clock is set to."""


@contextmanager
def burners(count: int) -> Iterator[None]:
    """Keep ``count`` processes busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def pause(pid: int, seconds: float) -> None:
    """Stop a program and everything below it, as a suspended laptop or virtual machine does, and let it go on."""
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        tree = [top]
        try:
            top.suspend()
            tree += top.children(recursive=True)
            for process in tree:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            threading.Event().wait(seconds)
        finally:
            for process in reversed(tree):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)


class Clock:
    """A wall clock that can be set, for programs started with `environment`."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("there is no C compiler to build the clock that can be set")
        library, self._offset = folder / "clock.so", folder / "offset"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "clock.c"), "-ldl"]
        subprocess.run(command, check=True, timeout=60)
        self._offset.write_bytes(struct.pack("q", 0))
        self.environment = {**os.environ, "LD_PRELOAD": str(library), "CLOCK_OFFSET": str(self._offset)}

    def set(self, offset_s: int) -> None:
        """Let it show so many seconds more than the machine's, from this moment on."""
        with self._offset.open("r+b") as file:
            file.write(struct.pack("q", offset_s))


class Disturber:
    """Pauses a running program, and sets its clock, at random moments, in a thread of its own."""

    def __init__(self, pid: int, seed: int, clock: Clock | None, longest_pause_s: float) -> None:
        self.pauses = 0
        self.jumps = 0
        self._pid = pid
        self._draw = random.Random(seed)
        self._clock = clock
        self._longest = longest_pause_s
        self._every_s = 1.5 if longest_pause_s else 0.4
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Disturber:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._draw.uniform(0.1, self._every_s)):
            if self._clock is not None and (not self._longest or self._draw.random() < 0.6):
                self._clock.set(OFFSETS_S[self.jumps % len(OFFSETS_S)])
                self.jumps += 1
            elif self._longest:
                self.pauses += 1
                pause(self._pid, self._draw.choice([0.05, 0.3, 1.0]) * self._longest)
