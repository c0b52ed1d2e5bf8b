"""A consumer that forwards the exceptions of a batch and loads its model outside that try."""

from __future__ import annotations

import queue
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes import tiny_model
from heygem_core.casebook.probes.spawned import CONTEXT, Spawned
from heygem_core.errors import EffectNotShown
from heygem_core.runtime import environment

QUEUE_SIZE = 10
_LOADS_S = 30.0
_CPU = ["CPUExecutionProvider"]


@dataclass(frozen=True)
class Death:
    """What the task saw of its consumer; times in seconds."""

    answer: str | None
    """What came back through the queue; None for nothing."""
    waited_s: float
    accepted: int
    """Items that the queue took after the consumer had ended; 0 where it lives."""
    exit_code: int | None
    last_words: str
    """The last line of its stderr."""


def audio_transfer(inbox: Any, outbox: Any, model: str, length: int) -> None:
    """Be the consumer: load ``model``, then run it on vectors of ``length``."""
    environment.prepare()
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=_CPU)
    while True:
        inbox.get()
        try:
            session.run(None, {"x": [0.0] * length})
            outbox.put("done")
        except Exception as error:  # the reported service forwards whatever a batch raises
            outbox.put(f"{type(error).__name__}: {error}")


def died(arguments: dict[str, Any]) -> dict[str, Any]:
    """Give one item to a consumer whose model is ``arguments["broken"]`` at load or in the batch; see `Death`."""
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        model = Path(name) / "model.onnx"
        whole = tiny_model.build()
        model.write_bytes(whole[: len(whole) // 2] if arguments["broken"] == "load" else whole)
        return asdict(_ask(Path(name), model, arguments["broken"], arguments["timeout_s"]))


def _ask(folder: Path, model: Path, broken: str, timeout_s: float) -> Death:
    inbox: Any = CONTEXT.Queue(QUEUE_SIZE)
    outbox: Any = CONTEXT.Queue(QUEUE_SIZE)
    consumer = Spawned(folder, audio_transfer, inbox, outbox, str(model), 5 if broken == "batch" else 4)
    accepted = 0
    if broken == "load":
        if not consumer.ends_within(_LOADS_S):
            raise EffectNotShown(f"half a model file was still being loaded after {_LOADS_S:g} s")
        accepted = _fill(inbox)
    else:
        inbox.put(1)
    began = time.monotonic()
    try:
        answer = outbox.get(timeout=timeout_s if broken == "load" else _LOADS_S)
    except queue.Empty:
        answer = None
    said = consumer.said()
    return Death(answer, time.monotonic() - began, accepted, consumer.exit_code, said[-1] if said else "")


def _fill(inbox: Any) -> int:
    for count in range(QUEUE_SIZE + 1):
        try:
            inbox.put(count, block=False)
        except queue.Full:
            return count
    return QUEUE_SIZE + 1
