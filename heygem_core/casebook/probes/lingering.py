"""A service with one eternal child that completes its task and returns from main: does its process end?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes, stacks
from heygem_core.casebook.probes.spawned import CONTEXT, pipe, told
from heygem_core.casebook.queues import Whose, make
from heygem_core.casebook.stacks import Stack
from heygem_core.errors import EffectNotShown

_START_S = 20.0
EXIT = "util.py:_exit_function"
"""Where multiprocessing waits for the children of a process that ends."""


@dataclass(frozen=True)
class Leaving:
    """What the service did after its main had returned; times in seconds."""

    ok: bool
    """Whether the task had succeeded."""
    alive: bool
    """Whether its process was still there ``watched_s`` after main returned."""
    watched_s: float
    where: Stack
    """Stack of its main thread; empty where it ended."""
    ended_s: float | None
    """From main's return, or from the end of its child where somebody ended that; None when it did not end."""
    orphan: bool
    """Whether the child outlived it."""


def eternal(inbox: Any, outbox: Any) -> None:
    """Answer every question, for ever."""
    while True:
        outbox.put(inbox.get())


def serve(says: Connection, whose: Whose, *, daemon: bool) -> None:
    """Be the service: start the eternal child, run one task through it, and return."""
    inbox, outbox = (make(whose, 2) for _ in range(2))
    child = CONTEXT.Process(target=eternal, args=(inbox, outbox), daemon=daemon)
    child.start()
    inbox.put("task")
    ok = outbox.get(timeout=_START_S) == "task"
    says.send({"ok": ok, "child": child.pid})


def left(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run the service and watch it leave; ``arguments``: daemon, then ("child" or "service": who is ended), watch_s."""
    watch_s = arguments["watch_s"]
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        path = Path(name) / "service.stack"
        hears, says = pipe()
        given = [str(path), says.fileno(), arguments.get("queues", "multiprocessing"), arguments["daemon"]]
        command = [sys.executable, "-m", __name__, json.dumps(given)]
        with subprocess.Popen(command, pass_fds=[says.fileno()]) as service:
            answer = told(hears, _START_S)
            if answer is None:
                raise EffectNotShown("the service did not complete its task")
            returned = time.monotonic()
            alive, where = _watched(service, path, watch_s)
            if alive:
                os.kill(answer["child"] if arguments["then"] == "child" else service.pid, signal.SIGTERM)
                returned = time.monotonic()
            ended_s = time.monotonic() - returned if _ends(service, _START_S) else None
            seen = processes.look(answer["child"])
            orphan = seen is not None and seen.state != "Z"
            service.kill()
        return asdict(Leaving(answer["ok"], alive, watch_s, where, ended_s, orphan))


def _watched(service: subprocess.Popen[bytes], path: Path, watch_s: float) -> tuple[bool, Stack]:
    """Tell whether the service is still there after ``watch_s``, and where; who is not in its exit gets longer."""
    began = time.monotonic()
    while not _ends(service, watch_s):
        where = stacks.main_thread(stacks.ask(service.pid, path))
        if EXIT in where or time.monotonic() - began > _START_S:
            return True, where
    return False, ()


def _ends(service: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        service.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


if __name__ == "__main__":
    stack_path, fd, whose_queues, child_is_daemon = json.loads(sys.argv[1])
    stacks.answer(Path(stack_path))
    serve(Connection(fd, readable=False), whose_queues, daemon=child_is_daemon)
