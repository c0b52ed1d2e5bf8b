"""What comparisons.json holds; see `heygem_core.bench.schema` for the rest of a run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from heygem_core.text import Text

Verdict = Literal["regressed", "improved", "equivalent", "inconclusive", "invalid"]


@dataclass(frozen=True)
class Control:
    """A against its own second build, same scenario and metric; ``tripped`` makes the verdict invalid."""

    ratio: float
    ci: tuple[float | None, float | None]
    n: int
    p_value: float
    tripped: bool


@dataclass(frozen=True)
class Look:
    """One look of the group-sequential plan; ``verdict`` is what the interval alone says."""

    n: int
    alpha: float
    ratio: float
    ci: tuple[float | None, float | None]
    p_value: float
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """Candidate over base. ``ratio`` is of the metric itself: a latency's above 1 is slower, a throughput's faster.

    ``ci`` has None for an end that so few replicates cannot bound; ``p_value`` is the exact one of the last look,
    ``p_holm`` the sequential one adjusted for all gated scenarios. ``confirmed`` is None where no regression had to
    recur. ``effects`` are the replicates' d, natural logarithms of candidate over base, in order. ``reason`` says why
    it is inconclusive or invalid; ``voided`` quads, of ``quads``, do not count.
    """

    verdict: Verdict
    metric: str
    ratio: float | None
    ci: tuple[float | None, float | None]
    confidence: float | None
    margin: float
    n: int
    p_value: float | None
    aa_control: Control | None
    model: str
    scenario: str
    base: str
    candidate: str
    gated: bool
    p_holm: float | None = None
    confirmed: bool | None = None
    reason: Text | None = None
    looks: tuple[Look, ...] = ()
    effects: tuple[float, ...] = ()
    voided: int = 0
    quads: int = 0
    unsteady: int = 0
