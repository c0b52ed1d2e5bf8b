"""The generator fed from memory, and the bare graph replayed back to back, in turns on the same session."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.gpu_limits.steady import first_steady
from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Model, Setup
from heygem_core.lipsync.generator.surround import AUDIO, CROPS, GUIDE
from heygem_core.runtime.session import CPU

SETS = 4
"""Different inputs that are fed in turn: the same one over and over would stay in the device's cache."""
_LEAST_RUNS = 3


@dataclass(frozen=True)
class Fed:
    """Runs of the generator, one after the other; seconds, on the clock of ``time.monotonic``."""

    began_s: float
    ended_s: float
    batch: int
    runs_s: tuple[float, ...]

    @property
    def frames(self) -> int:
        """Frames that came out."""
        return self.batch * len(self.runs_s)

    @property
    def fps(self) -> float:
        """Frames per second of the window as a whole."""
        return self.frames / (self.ended_s - self.began_s)


class Feeder:
    """A loaded generator and inputs for it: noise, since real data is not all zeros either.

    ``warmup_s`` is what loading and the runs until the first steady one took, ``warmup_runs`` how many those were,
    None when the cap came first.
    """

    def __init__(self, generator: str, setup: Setup, *, cap: int = 300) -> None:
        began = time.monotonic()
        self.model: Model = load(generator, setup).model
        self._inputs = self._made()
        warm: list[float] = []
        while len(warm) < cap and first_steady(warm) is None:
            warm.append(self._run())
        self.warmup_s = time.monotonic() - began
        self.warmup_runs = first_steady(warm)

    @property
    def applied(self) -> str:
        """The provider that the session is on."""
        return self.model.session.applied

    def feed(self, seconds: float) -> Fed:
        """Draw for at least ``seconds``."""
        runs: list[float] = []
        began = time.monotonic()
        while len(runs) < _LEAST_RUNS or time.monotonic() - began < seconds:
            runs.append(self._run())
        return Fed(began, time.monotonic(), self.model.batch, tuple(runs))

    def bare(self, seconds: float) -> float:
        """Return the device's own seconds for one run: the graph replayed for ``seconds``, no copies in between."""
        bound = self.model.binding(on_device=True)
        for name, array in next(self._inputs).items():
            bound.inputs[name][:] = array
        bound.run()
        one = max(bound.replay(_LEAST_RUNS) / _LEAST_RUNS, 1e-6)
        # Ten parts, of which the median is taken: one interruption does not count.
        times = max(round(seconds / 10 / one), 1)
        return median(bound.replay(times) / times for _ in range(10))

    def _run(self) -> float:
        """Draw one batch of the next inputs; return the seconds."""
        arrays = next(self._inputs)
        began = time.perf_counter()
        self.model.run(arrays[CROPS], arrays[AUDIO], arrays.get(GUIDE))
        return time.perf_counter() - began

    def _made(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        noise = np.random.default_rng(0)
        specifications = {name: (array.shape, array.dtype) for name, array in self.model.binding().inputs.items()}

        def one() -> dict[str, NDArray[Any]]:
            return {
                name: noise.integers(0, 256, shape).astype(kind)
                if kind == np.uint8
                else noise.uniform(0, 1, shape).astype(kind)
                for name, (shape, kind) in specifications.items()
            }

        return cycle([one() for _ in range(SETS)])


@dataclass(frozen=True)
class Turns:
    """What taking turns gave: the generator's windows and the device's own seconds per run, as often each."""

    fed: tuple[Fed, ...]
    bare_s: tuple[float, ...]

    @property
    def runs_s(self) -> tuple[float, ...]:
        """Seconds of all the generator's runs."""
        return tuple(run for fed in self.fed for run in fed.runs_s)

    @property
    def of_bare(self) -> float:
        """Throughput of the generator over that of the bare graph."""
        return median(self.bare_s) * median(fed.fps for fed in self.fed) / self.fed[0].batch

    @property
    def p50_over_device(self) -> float:
        """Median run of the generator over the device's own time."""
        return median(self.runs_s) / median(self.bare_s)


def in_turns(feeder: Feeder, seconds: float, rounds: int = 3) -> Turns:
    """Alternate between both, ``seconds`` in all for each: a clock that drifts meets both."""
    fed: list[Fed] = []
    bare: list[float] = []
    for at in range(rounds):
        for generator in (True, False) if at % 2 == 0 else (False, True):
            if generator:
                fed.append(feeder.feed(seconds / rounds))
            else:
                bare.append(feeder.bare(seconds / rounds))
    return Turns(tuple(fed), tuple(bare))


def over_cpu(generator: str, batch: int, fps: float, threads: int, seconds: float) -> tuple[float, float]:
    """Return ``fps`` over what the same model does on ``threads`` processors, and that figure itself."""
    feeder = Feeder(generator, Setup("cpu", batch=batch, threads=threads), cap=_LEAST_RUNS)
    if feeder.applied != CPU:
        raise ValueError(f"the reference for the CPU ran on {feeder.applied}")
    reference = feeder.feed(seconds).fps
    return fps / reference, reference
