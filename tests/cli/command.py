"""The installed command, as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

COMMAND = (sys.executable, "-m", "heygem_core")


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment, in English, with ``changes``."""
    plain = {name: value for name, value in os.environ.items() if name not in {"LC_ALL", "LC_MESSAGES", "FORCE_COLOR"}}
    return {**plain, "LANG": "C.UTF-8", "COLUMNS": "120", **changes}


def heygem(*arguments: str | Path, timeout: float = 60, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; stdin is closed, neither stdout nor stderr is a terminal."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment(**changes),
    )


def start(*arguments: str | Path, ignored: signal.Signals | None = None) -> subprocess.Popen[str]:
    """Start the command in a process group of its own, its stdout readable line by line.

    SIGINT has its default meaning there, also when the tests run in the background; ``ignored`` is ignored.
    """
    begin = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    begin += f"signal.signal({int(ignored)}, signal.SIG_IGN); " if ignored is not None else ""
    return subprocess.Popen(
        [sys.executable, "-c", f"{begin}os.execv(sys.argv[1], sys.argv[1:])", *COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment(),
    )


def noise(path: Path, seconds: float, rate: int = 16_000) -> Path:
    """Write ``seconds`` of noise as a mono WAV file and return its path."""
    samples = np.random.default_rng(0).integers(-8000, 8000, int(seconds * rate), np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path
