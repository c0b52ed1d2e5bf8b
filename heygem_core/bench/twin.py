"""The orchestrator's end of an arm's process: started, asked line by line with deadlines, ended.

Only the standard library: nothing here may load what is being measured, or threads of its own.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from heygem_core.errors import ArmFailed, Cause

ROOT = Path(__file__).parents[2]
"""Folder that this package is in."""

START_S = 300.0
"""Import, session and first run; a first run on a GPU has been reported at 12 s (onnxruntime 21541)."""
BLOCK_S = 600.0
END_S = 20.0

# A package that is nothing but its folder: importing it must not need what the real one imports.
_ALONE = (
    "import sys, types; package = types.ModuleType('heygem_core'); "
    "package.__path__ = [sys.argv[1]]; sys.modules['heygem_core'] = package; "
)
_MAIN = "from heygem_core.bench.arm.main import main; main(int(sys.argv[2]))"


@dataclass(frozen=True)
class Launch:
    """How to start an arm's process.

    ``path`` is all that it finds modules in. ``layered`` is for the pipeline, which needs this package itself: then
    ``path`` must lead to it, the arm's own folder first.
    """

    arm: str
    python: str
    path: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    layered: bool = False


class Twin:
    """A live process of one arm, which works only while it is asked something."""

    def __init__(self, launch: Launch, *, hash_seed: int = 0, padding: int = 0) -> None:
        self.arm = launch.arm
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        code = ("import sys; " if launch.layered else _ALONE) + _MAIN
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            **launch.variables,
            "PYTHONPATH": os.pathsep.join(launch.path),
            "PYTHONHASHSEED": str(hash_seed),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Moves the stack: where it starts changes how memory is aligned (Mytkowicz et al. 2009).
            "HEYGEM_PADDING": "x" * padding,
        }
        self.started_ns = time.perf_counter_ns()
        self._process = subprocess.Popen(
            [launch.python, "-S", "-c", code, str(ROOT / "heygem_core"), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=environment,
            # Ctrl-C in the terminal is for the orchestrator, which ends its workers itself.
            start_new_session=True,
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.end()

    def ask(self, do: str, *, deadline_s: float = BLOCK_S, **arguments: Any) -> dict[str, Any]:
        """Have the process do something and return its answer.

        Raises `ArmFailed`, also where it says that it fell back to the CPU.
        """
        line = json.dumps({"do": do, **arguments}).encode() + b"\n"
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ValueError("the process has no pipes")
        with suppress(BrokenPipeError):
            stdin.write(line)
            stdin.flush()
        answer = self._line(stdout, time.monotonic() + deadline_s)
        if not answer:
            raise ArmFailed(self.arm, self._ending(do, deadline_s))
        told: dict[str, Any] = json.loads(answer)
        if "error" in told:
            text = " ".join(f"{told['message']} {self._last_words()}".split())
            if told["error"] == "NotApplied":
                raise ArmFailed(self.arm, text, Cause.SILENT_CPU_FALLBACK)
            raise ArmFailed(self.arm, f"{do}: {told['error']}: {text}")
        result: dict[str, Any] = told["ok"]
        return result

    def _line(self, stdout: IO[bytes], deadline: float) -> bytes:
        """Read one line off the unbuffered descriptor; b"" when it ends or the deadline passes first."""
        line = b""
        while not line.endswith(b"\n"):
            left = max(0.0, deadline - time.monotonic())
            if not select.select([stdout], [], [], left)[0]:
                return b""
            chunk = os.read(stdout.fileno(), 1 << 16)
            if not chunk:
                return b""
            line += chunk
        return line

    def _ending(self, do: str, deadline_s: float) -> str:
        try:
            code = self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            return f"{do} was not answered within {deadline_s:g} s"
        ended = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return " ".join(f"{do}: the process was {ended}; {self._last_words()}".split())

    def _last_words(self) -> str:
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - 2000))
        return self._said.read().decode(errors="replace").strip()

    def end(self) -> None:
        """Kill the process if it still runs, with all of its session, and reap it."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, 9)
            self._process.wait(END_S)
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def quit(self) -> dict[str, Any]:
        """Let the process end by itself, and return what it can tell only then."""
        told = self.ask("quit", deadline_s=END_S)
        self._process.wait(END_S)
        return told
