"""The arm's process: answers each line of JSON on standard input by one on standard output.

``{"do": NAME, ...}`` gives ``{"ok": {...}}`` or ``{"error": TYPE, "message": ...}``. What libraries print goes to
standard error. It dies with the process that started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
_PR_SET_PDEATHSIG = 1


def main(parent: int) -> None:
    """Serve until standard input ends or ``{"do": "quit"}``; ``parent`` is the process that started this one."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Read by onnxruntime since 1.29 when it is imported: without it there would be a thread that nobody measures.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    arm = _Arm()
    while True:
        # What this process burns while nobody asks it anything, and the other is being measured.
        before = arm.cpu_ns()
        line = sys.stdin.readline()
        arm.idle_ns += arm.cpu_ns() - before
        if not line:
            return
        command = json.loads(line)
        name = command.pop("do")
        answers.write(json.dumps(arm.answer(name, command)) + "\n")
        answers.flush()
        if name == "quit":
            return


class _Arm:
    """Holds what was opened; each public method is a command."""

    def __init__(self) -> None:
        self._runner: Any = None
        self.idle_ns = 0

    def answer(self, name: str, arguments: Answer) -> Answer:
        try:
            handler: Callable[..., Answer] = getattr(self, name)
            return {"ok": handler(**arguments)}
        except Exception as error:  # whatever it was, the other side decides what it means
            return {"error": type(error).__name__, "message": str(error)}

    def open(self, kind: str, **options: Any) -> Answer:
        """Make what runs blocks: ``kind`` is "model" or "pipeline"."""
        if kind == "pipeline":
            from heygem_core.bench.arm.whole import WholePipeline as Runner
        else:
            from heygem_core.bench.arm.model import ModelRunner as Runner  # type: ignore[assignment]
        self._runner = Runner(**options)
        return self._runner.opened()  # type: ignore[no-any-return]

    def warm(self, **options: Any) -> Answer:
        """Warm up until it is steady."""
        return self._runner.warm(**options)  # type: ignore[no-any-return]

    def block(self, **options: Any) -> Answer:
        """Run one block."""
        return self._runner.block(**options)  # type: ignore[no-any-return]

    def cpu(self) -> Answer:
        """Return the processor time so far, all of it and while this process was idle."""
        return {"cpu_ns": self.cpu_ns(), "idle_ns": self.idle_ns}

    def cpu_ns(self) -> int:
        """Return the processor time so far, children included."""
        return time.process_time_ns() if self._runner is None else self._runner.cpu_ns()

    def prepare(self, **options: Any) -> Answer:
        """Write the inputs and this arm's outputs, against which all arms are held."""
        return self._runner.prepare(**options)  # type: ignore[no-any-return]

    def describe(self, model: str, provider: str) -> Answer:
        """Say what this environment is, and which provider each node of ``model`` gets."""
        from heygem_core.bench.arm.describe import describe

        return describe(model, provider)

    def quit(self) -> Answer:
        """End; return what can be told only now."""
        if self._runner is None:
            return {"peak_rss": peak_rss()}
        ended: Answer = self._runner.close()
        return {"peak_rss": peak_rss(), **ended}


def peak_rss(pid: Any = "self") -> Any:
    """Return the most memory that a process ever held, in bytes; unlike getrusage, not what its parent had."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return None
