"""Tasks that ask init_wh for the frame size, after the first of them did not wait long enough."""

from __future__ import annotations

import queue
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes.spawned import Spawned
from heygem_core.casebook.queues import make
from heygem_core.errors import EffectNotShown

WIDTHS = (1280, 1920, 720, 1080)
"""The frame width of each task's clip, px; none is 0."""
_START_S = 20.0


@dataclass(frozen=True)
class Asked:
    """What one task got; times in seconds."""

    task: int
    answered: int | None
    """The task that the answer was for; None when there was none in time."""
    wh: int
    """What the task takes for its clip's width; 0 is the initial value."""
    dropped: int
    waited_s: float
    empty_after: bool
    """What ``empty()`` of the answers' queue said at the task's end."""


def init_wh(inbox: Any, outbox: Any, cold_s: float) -> None:
    """Answer every question, the first one ``cold_s`` late."""
    started = False
    while True:
        task, width = inbox.get()
        time.sleep(0 if started else cold_s)
        started = True
        outbox.put((task, width))


def asked(arguments: dict[str, Any]) -> dict[str, Any]:
    """Let four tasks ask one after the other; ``arguments``: drains (drop answers to others), timeout_s."""
    inbox, outbox = (make(arguments.get("queues", "multiprocessing"), 2) for _ in range(2))
    timeout_s = arguments["timeout_s"]
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        cold_s = 2 * timeout_s
        Spawned(Path(name), init_wh, inbox, outbox, cold_s)
        tasks = []
        for task, width in enumerate(WIDTHS, start=1):
            tasks.append(asdict(_ask(inbox, outbox, task, width, timeout_s, drains=arguments["drains"])))
            if task == 1:
                _await_late(outbox)
        return {"tasks": tasks}


def _ask(inbox: Any, outbox: Any, task: int, width: int, timeout_s: float, *, drains: bool) -> Asked:
    inbox.put((task, width))
    answered, wh, dropped = None, 0, 0
    # The later ones find init_wh running; a timeout of theirs would hide whose answer they get.
    timeout_s = timeout_s if task == 1 else _START_S
    began = time.monotonic()
    try:
        answered, answer = outbox.get(timeout=timeout_s)
        while drains and answered != task:
            dropped += 1
            answered, answer = outbox.get(timeout=timeout_s)
        # The reported service takes the answer only if it is its own, and says nothing if it is not.
        wh = answer if answered == task else 0
    except queue.Empty:
        pass
    return Asked(task, answered, wh, dropped, time.monotonic() - began, outbox.empty())


def _await_late(outbox: Any) -> None:
    """Wait until the answer to the first task is there, after its task has ended."""
    deadline = time.monotonic() + _START_S
    while outbox.empty():
        if time.monotonic() > deadline:
            raise EffectNotShown(f"the late answer did not come within {_START_S:g} s")
        time.sleep(0.01)
