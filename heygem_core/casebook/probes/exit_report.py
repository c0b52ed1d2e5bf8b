"""A writer that makes a real video and reports its result, or leaves before it does."""

from __future__ import annotations

import queue
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes.spawned import Spawned
from heygem_core.casebook.queues import make
from heygem_core.errors import EffectNotShown

FRAMES = 25
_SIZE = (90, 160)
_WRITES_S = 30.0


@dataclass(frozen=True)
class Written:
    """What one writer did; times in seconds."""

    reported: tuple[bool, str] | None
    """What came through the result queue; None for nothing within the timeout."""
    waited_s: float
    """From the end of the writer's process to the report, or to the task's giving up."""
    exit_code: int | None
    frames: int
    """Frames that decode from the file."""


def write_video(results: Any, path: str, how: str) -> None:
    """Write the video; then report it ("reports"), or leave first ("leaves"), or fail ("raises")."""
    try:
        _encode(Path(path), FRAMES)
        if how == "raises":
            raise RuntimeError("the disk is full")
        if how == "leaves":
            sys.exit(0)
        results.put((True, path))
    except Exception as error:  # what the reported service catches
        results.put((False, str(error)))


def written(arguments: dict[str, Any]) -> dict[str, Any]:
    """Let one writer work as ``arguments["how"]`` says, and wait ``timeout_s`` for its result; see `Written`."""
    results = make(arguments.get("queues", "multiprocessing"), 1)
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        path = Path(name) / "result.mp4"
        writer = Spawned(Path(name), write_video, results, str(path), arguments["how"])
        if not writer.ends_within(_WRITES_S):
            raise EffectNotShown(f"the writer did not end within {_WRITES_S:g} s")
        began = time.monotonic()
        try:
            reported = results.get(timeout=arguments["timeout_s"])
        except queue.Empty:
            reported = None
        waited_s = time.monotonic() - began
        return asdict(Written(reported, waited_s, writer.exit_code, _decoded(path)))


def _encode(path: Path, count: int) -> None:
    import av
    import numpy as np

    height, width = _SIZE
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = width, height
        for number in range(count):
            picture = np.full((height, width, 3), 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _decoded(path: Path) -> int:
    import av

    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))
