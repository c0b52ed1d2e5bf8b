"""What becomes of frames that go through shared memory when /dev/shm is smaller than they are."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.probes.namespace import small_shm
from heygem_core.casebook.stages import DriveredVideo, WriteVideo
from heygem_core.pipeline import Liveness, Pipeline

ROOM = 4 << 20
SLOTS = 10
SLOT_BYTES = 1 << 20
ITEMS = 12
"""Frames of the core's job; 1080p, so each is larger than all of /dev/shm."""
_DEADLINE_S = 30.0
_TORCH = (
    "import torch\n"
    f"frames = torch.zeros({SLOTS * SLOT_BYTES}, dtype=torch.uint8)\n"
    "frames.share_memory_()\n"
    "frames.fill_(1)\n"
    "print('shared')\n"
)


def observed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Enter the namespace, then try a ring, a tensor of torch, and the core pipeline; for a host only."""
    del arguments
    room = small_shm(ROOM)
    # Importing torch takes longer than the ring does.
    torch = _start_torch()
    ring = _ring()
    return {"room": room, "ring": ring, "torch": _torch(torch), "core": _core()}


def _ring() -> dict[str, Any]:
    """Let a spawned process fill a ring slot by slot; return how many it filled and how it ended."""
    context = multiprocessing.get_context("spawn")
    ring = SharedMemory(create=True, size=SLOTS * SLOT_BYTES)
    try:
        ours, theirs = context.Pipe(duplex=False)
        writer = context.Process(target=_fill, args=(ring.name, theirs))
        writer.start()
        theirs.close()
        filled = 0
        while ours.poll(_DEADLINE_S):
            try:
                filled = ours.recv()
            except EOFError:
                break
        writer.join(_DEADLINE_S)
        return {"created": ring.size, "filled": filled, "exit_code": writer.exitcode}
    finally:
        ring.close()
        ring.unlink()


def _fill(name: str, pipe: Connection) -> None:
    ring = SharedMemory(name=name)
    memory: Any = ring.buf
    for slot in range(SLOTS):
        memory[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES] = bytes([slot + 1]) * SLOT_BYTES
        pipe.send(slot + 1)


def _start_torch() -> subprocess.Popen[str] | None:
    """Let torch share a tensor, as torch.multiprocessing does when it sends one; None without torch."""
    if find_spec("torch") is None:
        return None
    return subprocess.Popen([sys.executable, "-c", _TORCH], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _torch(program: subprocess.Popen[str] | None) -> dict[str, Any] | None:
    if program is None:
        return None
    out, said = program.communicate(timeout=_DEADLINE_S)
    return {
        "shared": "shared" in out,
        "exit_code": program.returncode,
        "said": (said.strip().splitlines() or [""])[-1],
    }


def _core() -> dict[str, Any]:
    began = time.monotonic()
    stages = [DriveredVideo(height=1080, width=1920), WriteVideo()]
    liveness = Liveness(ready_s=30.0, first_s=20.0)
    with Pipeline(stages, slot_bytes=2 * SLOTS * SLOT_BYTES, slots=4, liveness=liveness) as pipeline:
        result = pipeline.run({"items": ITEMS}, total=ITEMS)
        seconds = time.monotonic() - began
    return {"frames": result.frames, "seconds": seconds, "left": len(processes.left())}
