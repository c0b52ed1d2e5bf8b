"""The batch size with which a generator is fastest on this machine, found by measuring and not by guessing.

Measured in a process of its own: the device's memory is free again before the pipeline starts, and a device that
does not survive the largest size takes nothing else along.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from heygem_core.errors import BadModel, HeygemError, MemoryExhausted
from heygem_core.lipsync.generator.model import Model, Setup
from heygem_core.runtime.environment import child_environment
from heygem_core.runtime.session import Provider
from heygem_core.runtime.tuning import Tuning

LADDER = (1, 2, 4, 8, 16, 32, 64)
GAIN = 1.05
"""A larger batch must be faster by this factor: it costs memory and delay, and noise alone is a few percent."""
SLOT_BUDGET = 256 << 20
"""Bytes that a slot may take for the sake of a larger batch: a slot holds whole frames, and there are many."""
_LEAST_RUNS, _LEAST_S = 3, 0.25
_DEADLINE_S = 600.0
"""For a model that takes seconds per frame on a CPU, up to the second size of the ladder."""


@dataclass(frozen=True)
class Rung:
    """One size and its frames per second; None where memory ran out."""

    batch: int
    fps: float | None


@dataclass(frozen=True)
class Choice:
    """The size to use, and what was measured on the way to it."""

    batch: int
    rungs: tuple[Rung, ...]


def climb(measure: Callable[[int], float], ladder: Sequence[int] = LADDER) -> Choice:
    """Measure sizes upwards until one is not faster by `GAIN`, or does not fit; return the last that was.

    ``measure`` returns frames per second. Raises its `MemoryExhausted` when not even the first size fits.
    """
    rungs: list[Rung] = []
    best: Rung | None = None
    for size in ladder:
        try:
            rung = Rung(size, measure(size))
        except MemoryExhausted:
            if best is None:
                raise
            rung = Rung(size, None)
        rungs.append(rung)
        if rung.fps is None or (best is not None and best.fps is not None and rung.fps < best.fps * GAIN):
            break
        best = rung
    if best is None:
        raise ValueError("a ladder has at least one rung")
    return Choice(best.batch, tuple(rungs))


def frames_per_second(model: Model, batch: int) -> float:
    """Return what ``model`` draws per second in batches of ``batch``, copies to and from the device included."""
    model.resize(batch)
    bound = model.binding()
    bound.run()
    times: list[float] = []
    while len(times) < _LEAST_RUNS or sum(times) < _LEAST_S:
        began = time.perf_counter()
        bound.run()
        times.append(time.perf_counter() - began)
    return batch / median(times)


def for_slots(generator: str, provider: Provider, tuning: Tuning, frame_bytes: int) -> Choice:
    """Return the best size of which a slot with ``frame_bytes`` for each frame stays within `SLOT_BUDGET`."""
    return choose(generator, Setup(provider, tuning=tuning), max(SLOT_BUDGET // frame_bytes, 1))


def choose(generator: str, setup: Setup, most: int) -> Choice:
    """Return the best size of at most ``most`` frames for ``generator``; a model's own fixed size is the only one.

    Raises what loading the generator raises, and `BadModel` when the measuring process dies or takes too long.
    """
    request = pickle.dumps((generator, replace(setup, batch=1, profile=None), most))
    try:
        done = subprocess.run(
            # Not -m: what this module defines must not travel under the name __main__.
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            input=request,
            capture_output=True,
            env={**os.environ, **child_environment()},
            timeout=_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadModel(f"model {generator!r}: measuring batch sizes took longer than {_DEADLINE_S:g} s") from error
    if done.returncode != 0:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise BadModel(f"model {generator!r}: measuring batch sizes failed: {last}")
    answer: Choice | HeygemError = pickle.loads(done.stdout)  # noqa: S301 - from our own child
    if isinstance(answer, HeygemError):
        raise answer
    return answer


def measured(generator: str, setup: Setup, most: int) -> Choice | HeygemError:
    """Measure in this process; return what `choose` returns or raises."""
    from heygem_core.lipsync.generator.stage import load

    try:
        model = load(generator, setup).model
        if not model.resizable:
            return Choice(model.batch, (Rung(model.batch, frames_per_second(model, model.batch)),))
        return climb(lambda size: frames_per_second(model, size), [size for size in LADDER if size <= most])
    except HeygemError as error:
        return error


def main() -> None:
    """Answer the request on standard input on standard output."""
    request: tuple[Any, ...] = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    sys.stdout.buffer.write(pickle.dumps(measured(*request)))
