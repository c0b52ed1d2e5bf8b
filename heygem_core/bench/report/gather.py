"""Everything that a report shows, from a run's folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from heygem_core.bench import compare, history
from heygem_core.bench.folder import Folder
from heygem_core.bench.report import ecdf, forest, gantt, labels, load, past
from heygem_core.bench.report.figure import Figure
from heygem_core.bench.schema import Failure, Run
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.bench.session import arms_of
from heygem_core.bench.summary import Summary, summarise
from heygem_core.errors import NotComparable

ADVISORY = ("p90", "p95", "p99", "cpu", "rss", "vram", "joules", "warmup")
"""Metrics that are shown beside the one that gates, where they were measured and the samples suffice."""


@dataclass(frozen=True)
class Report:
    """What there is to show; ``comparisons`` gate, worst first, ``advisory`` ones do not."""

    run: Run
    comparisons: tuple[Comparison, ...]
    advisory: tuple[Comparison, ...]
    summaries: tuple[Summary, ...]
    figures: tuple[Figure, ...]

    def failed(self, arm: str) -> Failure | None:
        """Return why ``arm`` gave no result at all, None if it gave any."""
        return next((one for one in self.run.failures if one.arm == arm and one.model is None), None)


def gather(folder: Path, past_runs: Path | None = None) -> Report:
    """Return the report of the run in ``folder``, with the history in ``past_runs`` if that is given.

    Verdicts are those that the folder keeps; a run without any, not ended yet say, is judged by what there is.
    Raises FileNotFoundError without a run, and ValueError for one of another `schema.SCHEMA`.
    """
    kept = Folder(folder)
    measured = compare.read(kept)
    gated = kept.comparisons() or compare.gate(measured)
    advisory = _advisory(measured)
    known = {one.arm for one in measured.run.environments}
    arms = [arm for arm in arms_of(measured.run) if arm in known or not known]
    pipeline = gantt.figure(folder / "traces", [one.name for one in measured.run.models])
    figures = [
        *forest.figures(_measured(gated), _measured(advisory)),
        ecdf.figure(measured, arms),
        *([pipeline] if pipeline else []),
        load.figure(measured, arms),
        *([past.figure(history.read(past_runs))] if past_runs else []),
    ]
    shown = tuple(one for one in figures if one.charts)
    return Report(measured.run, worst_first(gated), worst_first(advisory), tuple(summarise(measured)), shown)


def worst_first(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Return comparisons in the order of their verdicts, otherwise as they came."""
    order = list(labels.VERDICTS)
    return tuple(sorted(comparisons, key=lambda one: order.index(one.verdict)))


def _measured(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [one for one in comparisons if one.ratio is not None]


def _advisory(measured: compare.Measured) -> list[Comparison]:
    run = measured.run
    found = []
    for model in run.models:
        for scenario in run.scenarios:
            for metric in ADVISORY:
                for candidate in run.candidates:
                    if metric == scenario.metric or not measured.of(model.name, scenario.name, candidate):
                        continue
                    try:
                        found.append(compare.compare(measured, model.name, scenario, candidate, metric))
                    except NotComparable:
                        continue
    return found
