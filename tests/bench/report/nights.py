"""A history of nights that nobody measured: the ratios of two versions, of which one changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from heygem_core.bench import history
from heygem_core.bench.schema_comparison import Comparison
from tests.bench import samples
from tests.bench.report import synthetic

CHANGED = "1.31.1"
SHIFT = 0.04


def write(path: Path, nights: int = 24) -> int:
    """Write as many nightly runs and return the night from which on `CHANGED` is slower in single-stream."""
    random = np.random.default_rng(7)
    told = synthetic.run()
    change = 2 * nights // 3
    for night in range(nights):
        verdicts = []
        for candidate in told.candidates[:-1]:
            for scenario in told.scenarios:
                slower = candidate == CHANGED and scenario.name == "single-stream" and night >= change
                verdicts.append(_ratio(candidate, scenario.name, SHIFT * slower + float(random.normal(0, 0.003))))
        began = (synthetic.BEGAN + timedelta(days=night)).isoformat()
        history.append(path, replace(told, id=f"synthetic-{night}", began=began), verdicts)
    return change


def _ratio(candidate: str, scenario: str, effect: float) -> Comparison:
    low, ratio, high = (float(np.exp(effect + away)) for away in (-0.006, 0, 0.006))
    verdict = "regressed" if effect > SHIFT / 2 else "equivalent"
    told = replace(samples.COMPARISON, candidate=candidate, scenario=scenario, ratio=ratio, ci=(low, high))
    return replace(told, verdict=verdict, model="puppet", base=synthetic.BASE)  # type: ignore[arg-type]
