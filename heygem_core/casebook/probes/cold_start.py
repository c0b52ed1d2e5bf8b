"""A worker that has to load its library and model before it can answer, and a task that does not wait for that."""

from __future__ import annotations

import queue
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes import tiny_model
from heygem_core.casebook.probes.spawned import Spawned, pipe, told
from heygem_core.casebook.queues import make
from heygem_core.errors import EffectNotShown
from heygem_core.runtime import environment

FRAMES = 4
"""Frames that init_wh looks at for an answer; the reported one looks at 100."""
LAYERS = 2000
"""Of the model: a few hundred times longer to load than to run."""
_LOADS_S = 60.0


@dataclass(frozen=True)
class Start:
    """One question to a worker just started; times in seconds, a timeout of 0 is as long as it takes."""

    head_start_s: float
    """From the worker's start to the question; where it was waited for, until the worker had loaded."""
    timeout_s: float
    empty: bool
    """Whether the question ended with ``_queue.Empty``."""
    message: str
    """The text of that error, as the service logs it."""
    answered_s: float
    """From the question to the answer, also where the task no longer waited for it."""
    peak_kib: int
    """Largest memory of the worker, which asks for no GPU."""


def init_wh(inbox: Any, outbox: Any, model: str, says: Connection) -> None:
    """Load libraries and model as such a worker does, then look at some frames for every question."""
    environment.prepare()
    import av  # noqa: F401 - what it costs to load is the point
    import cv2  # noqa: F401 - as above
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    says.send("loaded")
    while True:
        inbox.get()
        for _ in range(FRAMES):
            session.run(None, {"x": np.zeros(4, np.float32)})
        outbox.put("answer")


def started(arguments: dict[str, Any]) -> dict[str, Any]:
    """Start a worker, ask it at once or once it has ``loaded``, with a get of ``timeout_s``; see `Start`."""
    inbox, outbox = (make(arguments.get("queues", "multiprocessing"), 2) for _ in range(2))
    timeout_s = arguments["timeout_s"]
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        model = Path(name) / "model.onnx"
        model.write_bytes(tiny_model.build(layers=LAYERS))
        hears, says = pipe()
        started_at = time.monotonic()
        worker = Spawned(Path(name), init_wh, inbox, outbox, str(model), says)
        if arguments["loaded"] and told(hears, _LOADS_S) is None:
            raise EffectNotShown(f"the worker did not load within {_LOADS_S:g} s")
        began = time.monotonic()
        head_start_s = began - started_at if arguments["loaded"] else 0.0
        inbox.put("question")
        empty, message = False, ""
        try:
            outbox.get(timeout=timeout_s or _LOADS_S)
        except queue.Empty as error:
            empty, message = True, str(error)
            _await(outbox)
        answered_s = time.monotonic() - began
        return asdict(Start(head_start_s, timeout_s, empty, message, answered_s, _peak(worker)))


def _await(outbox: Any) -> None:
    """Wait for the answer that the task gave up on."""
    try:
        outbox.get(timeout=_LOADS_S)
    except queue.Empty as error:
        raise EffectNotShown(f"the worker did not answer within {_LOADS_S:g} s either") from error


def _peak(worker: Spawned) -> int:
    status = Path(f"/proc/{worker.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
