"""Stages that meet the faults of these experiments where a lip-sync service meets them: while it loads."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from heygem_core.casebook.probes import matmul_model
from heygem_core.pipeline import Item, Slot, Transform
from heygem_core.runtime import environment

_BLOCK = 16 << 20


@dataclass
class PassesOn(Transform):
    """Passes frames on and reports, at the end of the job, what it noted while it opened."""

    name: str = "generator"
    noted: dict[str, Any] = field(default_factory=dict)

    def process(self, item: Item, out: Slot) -> None:
        """Pass one item on."""
        out.forward("frames", item)

    def finish(self) -> Mapping[str, Any]:
        """Return what was noted."""
        return self.noted


@dataclass
class LoadsLibrary(PassesOn):
    """Loads the shared library ``path`` when it opens, as importing a compiled service does."""

    path: str = ""

    def open(self) -> None:
        """Load it; raises OSError with the loader's message."""
        ctypes.CDLL(self.path)


@dataclass
class SeesEnvironment(PassesOn):
    """Notes the variable ``variable`` as it finds it."""

    variable: str = ""

    def open(self) -> None:
        """Look."""
        self.noted = {"value": os.environ.get(self.variable)}


@dataclass
class RunsModel(PassesOn):
    """Runs ``model`` on a vector of ``length`` for every frame; ``provider`` and ``threads`` as `create_session`."""

    model: bytes = b""
    length: int = 4
    provider: str = "auto"
    threads: int = 1

    def open(self) -> None:
        """Create the session."""
        from heygem_core.runtime.session import create_session

        before = _threads()
        self._session = create_session(self.model, self.provider, threads=self.threads)  # type: ignore[arg-type]
        self._zeros = np.zeros(self.length, np.float32)
        self._run()
        self.noted = {
            "applied": self._session.applied,
            "warning": self._session.warning,
            "pool_threads": _threads() - before,
        }

    def process(self, item: Item, out: Slot) -> None:
        """Run the model once, pass the item on."""
        self._run()
        super().process(item, out)

    def _run(self) -> None:
        self._session.session.run(None, {"x": self._zeros})


@dataclass
class Busy(RunsModel):
    """Runs the model for ``seconds`` on end, in the first item."""

    seconds: float = 3.0

    def process(self, item: Item, out: Slot) -> None:
        """Keep the device busy once, then only pass on."""
        until = time.monotonic() + (self.seconds if item.first == 0 else 0)
        while time.monotonic() < until:
            self._run()
        super().process(item, out)


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@dataclass
class ForksChild(PassesOn):
    """Forks a child that ends by the C library's exit, in its fifth item, and waits for it without a deadline.

    ``prepared``: onnxruntime is imported as the runtime of this package does it, else as it comes.
    """

    prepared: bool = True

    def open(self) -> None:
        """Import onnxruntime."""
        os.environ.pop(environment.TELEMETRY, None)
        if self.prepared:
            environment.prepare()
        import onnxruntime

        self.noted = {"version": onnxruntime.__version__}

    def process(self, item: Item, out: Slot) -> None:
        """Fork once, pass on."""
        if item.first == 4:
            child = os.fork()
            if child == 0:
                # Runs the exit handlers of the libraries, which os._exit skips, and none of this process's own code.
                ctypes.CDLL(None).exit(0)
            os.waitpid(child, 0)
        super().process(item, out)


@dataclass
class Multiplies(PassesOn):
    """Runs a model of matrix products on two threads for every frame, as the runtime of this package sets it up."""

    def open(self) -> None:
        """Create the session."""
        from heygem_core.runtime.session import create_session

        self._session = create_session(matmul_model.build(), "cpu", threads=2)
        self._input = np.ones((matmul_model.SIZE, matmul_model.SIZE), np.float32)
        self._session.session.run(None, {"x": self._input})

    def process(self, item: Item, out: Slot) -> None:
        """Run the model, wait a little as for a next item, and note the processor time that both took."""
        began, cpu_began = time.monotonic(), time.process_time()
        self._session.session.run(None, {"x": self._input})
        ran = time.process_time()
        time.sleep(0.02)
        self.noted["run_cpu_s"] = self.noted.get("run_cpu_s", 0.0) + ran - cpu_began
        self.noted["idle_cpu_s"] = self.noted.get("idle_cpu_s", 0.0) + time.process_time() - ran
        self.noted["seconds"] = self.noted.get("seconds", 0.0) + time.monotonic() - began
        super().process(item, out)


@dataclass
class Devours(PassesOn):
    """Takes ``needed`` bytes of memory in its fifth item."""

    needed: int = 0

    def process(self, item: Item, out: Slot) -> None:
        """Devour once, pass on."""
        if item.first == 4:
            devour(self.needed)
        super().process(item, out)


def devour(needed: int) -> list[bytearray]:
    """Take ``needed`` bytes of memory and write them; what limits this process may kill it before it returns."""
    return [bytearray(b"\1") * _BLOCK for _ in range(needed // _BLOCK)]
