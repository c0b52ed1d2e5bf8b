"""Python stacks of other processes, which dump them into a file when they are asked to by a signal."""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import time
from pathlib import Path

Stack = tuple[str, ...]
"""Frames as "file:function", innermost first."""
_FRAME = re.compile(r'^  File ".*?([^/"]+)", line \d+ in (\S+)$')
# Of a spawned child, and of a program started with -m; faulthandler writes the main thread last.
_OUTERMOST = ("<string>:<module>", "<frozen runpy>:_run_module_as_main")
_SIGNAL = signal.SIGUSR1
_ANSWER_S = 3.0
_POLL_S = 0.01


def answer(path: Path) -> None:
    """Make this process, and its forks, answer `ask` with the stacks of all threads, appended to ``path``."""
    # Who finds the file may send the signal, so it gets its name once the signal does no harm any more.
    unnamed = path.with_name(f"{path.name}-")
    faulthandler.register(_SIGNAL, file=unnamed.open("a"), all_threads=True)
    unnamed.rename(path)


def ask(pid: int, path: Path) -> tuple[Stack, ...]:
    """Return the stacks of process ``pid``, one per thread, main thread last; none where it does not answer in time."""
    try:
        start = path.stat().st_size
        os.kill(pid, _SIGNAL)
    except (FileNotFoundError, ProcessLookupError):
        return ()
    deadline = time.monotonic() + _ANSWER_S
    found: tuple[Stack, ...] = ()
    while not _complete(found) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        found = parse(path.read_text(encoding="utf-8")[start:])
    return found


def parse(text: str) -> tuple[Stack, ...]:
    """Return the stacks that faulthandler dumped, in its order."""
    stacks: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith(("Thread ", "Current thread ")):
            stacks.append([])
        elif stacks and (frame := _FRAME.match(line)):
            stacks[-1].append(f"{frame[1]}:{frame[2]}")
    return tuple(tuple(stack) for stack in stacks)


def main_thread(stacks: tuple[Stack, ...]) -> Stack:
    """Return the stack of the main thread, empty where there is none."""
    return stacks[-1] if stacks else ()


def _complete(stacks: tuple[Stack, ...]) -> bool:
    """Tell whether the dump got as far as the main thread's outermost frame."""
    return main_thread(stacks)[-1:] in [(frame,) for frame in _OUTERMOST]
