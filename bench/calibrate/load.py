"""Load on the machine, on purpose: burners that come and go at random, and one that grows steadily."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.calibrate.cells import Load

RAMP_S = 40.0
"""Until the growing load is a whole processor: about what an experiment of twelve replicates takes."""
_SLICE_S = 0.02
_MEAN_S = 0.5
_BURNERS = 2


def burn(seconds: float) -> None:
    """Keep one processor busy."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def at_random(seed: int) -> None:
    """Burn and rest for random times, half a second each on average, until the starter is gone."""
    flips = random.Random(seed)  # noqa: S311 - a load, not a key
    parent = os.getppid()
    while os.getppid() == parent:
        burn(min(5.0, flips.expovariate(1 / _MEAN_S)))
        time.sleep(min(5.0, flips.expovariate(1 / _MEAN_S)))


def ramp(seconds: float) -> None:
    """Burn a share of each slice of time that grows from nothing to all in ``seconds``, until the starter is gone."""
    parent, began = os.getppid(), time.perf_counter()
    while os.getppid() == parent:
        share = min(1.0, (time.perf_counter() - began) / seconds)
        burn(share * _SLICE_S)
        time.sleep((1 - share) * _SLICE_S)


@contextmanager
def on_machine(load: Load, seed: int) -> Iterator[None]:
    """Put ``load`` on the machine for as long as the block lasts."""
    kinds = {"none": [], "burners": ["at_random"] * _BURNERS, "ramp": ["ramp"]}[load]
    with ExitStack() as stack:
        for number, kind in enumerate(kinds):
            argument = seed * _BURNERS + number if kind == "at_random" else RAMP_S
            code = f"from bench.calibrate.load import {kind}; {kind}({argument})"
            process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield
