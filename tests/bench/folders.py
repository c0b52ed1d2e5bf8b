"""Folders of made-up runs, with any effect, for tests of what is concluded from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from heygem_core.bench.folder import Folder
from heygem_core.bench.schema import Run
from tests.bench import samples

BASE_NS = 4_000_000


def noise(n: int, seed: int, spread: float = 0.004) -> list[float]:
    """Return ``n`` symmetric effects around 0, the same for the same seed."""
    return [float(value) for value in np.random.default_rng(seed).normal(0, spread, n)]


def folder(
    path: Path,
    effects: Mapping[str, Sequence[float]],
    run: Run = samples.RUN,
    again: Mapping[str, Sequence[float]] | None = None,
) -> Folder:
    """Write a run in which each candidate had these ``effects``, natural logarithms, on latency.

    The candidate "1.0-rebuilt" is the control; ``again`` are the effects of the second session.
    """
    made = Folder(path)
    made.write_run(replace(run, candidates=tuple(name for name in effects if name != "1.0-rebuilt"), failures=()))
    for session, those in ((1, effects), (2, again or {})):
        for candidate, values in those.items():
            for index, effect in enumerate(values):
                one = samples.replicate(index, BASE_NS, round(BASE_NS * float(np.exp(effect))), candidate=candidate)
                made.append(replace(one, session=session))
    return made


def ordinary(path: Path, shift: float, n: int = 48, **more: object) -> Folder:
    """Write a run of "2.0" with the true effect ``shift``, noise, and a control without one."""
    effects = {"1.0-rebuilt": noise(12, 1), "2.0": [shift + value for value in noise(n, 2)]}
    return folder(path, effects, **more)  # type: ignore[arg-type]  # handed on
