"""Inputs for a model out of what it declares, and the references that outputs are held against."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

FRAMES = 4
"""Different frames; a run of b frames takes b of them in turn."""
FREE_SIDE = 96
"""Height and width where the model leaves them free: Wav2Lip's."""
LEAST_PSNR = 40.0
"""In dB. An output further off than this from the reference is wrong, not a difference in rounding."""

Feed = dict[str, Any]


def make(session: Any) -> Feed:
    """Return `FRAMES` frames for each input: the same numbers for the same model, whatever the numpy.

    Raises ValueError for an input that is not float32 or whose sizes cannot be chosen.
    """
    random = np.random.RandomState(20240131)  # its stream is frozen for ever, default_rng's is not
    feed = {}
    for declared in session.get_inputs():
        if declared.type != "tensor(float)":
            raise ValueError(f"input {declared.name!r} is {declared.type}, only float32 can be made up")
        shape = _sides(declared.name, declared.shape)
        feed[declared.name] = random.random_sample((FRAMES, *shape)).astype(np.float32)
    return feed


def _sides(name: str, shape: Sequence[Any]) -> list[int]:
    sides = []
    for axis, size in enumerate(shape[1:], 1):
        free = not isinstance(size, int) or size < 1
        if free and not (len(shape) == 4 and axis > 1):
            raise ValueError(f"input {name!r} leaves axis {axis} free: {list(shape)}")
        sides.append(FREE_SIDE if free else int(size))
    return sides


def fixed_batch(session: Any) -> int | None:
    """Return the batch size that the model was exported with, None where it is free."""
    for declared in session.get_inputs():
        first = declared.shape[0] if declared.shape else None
        if isinstance(first, int) and first > 0:
            return first
    return None


def runs(feed: Feed, outputs: Any, batches: Sequence[int]) -> list[tuple[int, Feed, Any]]:
    """Return one cycle of runs: how many frames, what goes in and what has to come out."""
    cycle = []
    first = 0
    length = len(batches) * FRAMES // math.gcd(sum(batches), FRAMES)
    for position in range(length):
        size = batches[position % len(batches)]
        rows = [(first + offset) % FRAMES for offset in range(size)]
        first += size
        part = {name: np.ascontiguousarray(array[rows]) for name, array in feed.items()}
        cycle.append((size, part, None if outputs is None else np.ascontiguousarray(outputs[rows])))
    return cycle


def distance(output: Any, wanted: Any) -> float:
    """Return the largest absolute difference; infinite for another shape or for what is no number."""
    if output.shape != wanted.shape:
        return math.inf
    largest = float(np.max(np.abs(output - wanted)))
    return math.inf if math.isnan(largest) else largest


def psnr(output: Any, wanted: Any) -> float | None:
    """Return the peak signal-to-noise ratio in dB, the peak being the range of ``wanted``; None where both are equal.

    Minus infinity for another shape or for what is no number.
    """
    if output.shape != wanted.shape:
        return -math.inf
    off = (output - wanted).ravel()
    error = float(np.vdot(off, off)) / off.size
    if error == 0:
        return None
    span = float(wanted.max() - wanted.min()) or 1.0
    return 10 * math.log10(span * span / error) if math.isfinite(error) else -math.inf


def wrong(output: Any, wanted: Any) -> bool:
    """Tell whether an output is another picture than the reference, and not the same one rounded differently.

    With noise as input one batch size or version differs from another by 0.003 of the range in single pixels.
    """
    near = psnr(output, wanted)
    return near is not None and near < LEAST_PSNR


def digest(array: Any) -> str:
    """Return the SHA-256 of an array's bytes."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
