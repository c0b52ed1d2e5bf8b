"""From turns to figures: medians with their spread, ratios within a round, and whether each target was met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from heygem_core.text import Text

Turn = Mapping[str, Any]
Figure = dict[str, Any]


def figure(values: Iterable[float | None]) -> Figure | None:
    """Return {"median", "least", "most", "n"} of what there is, None if that is nothing."""
    found = sorted(value for value in values if value is not None)
    if not found:
        return None
    return {"median": median(found), "least": found[0], "most": found[-1], "n": len(found)}


def of(turns: Sequence[Turn], peer: str, value: Callable[[Turn], float | None]) -> Figure | None:
    """Return the figure of ``value`` over the turns of ``peer``."""
    return figure(value(turn) for turn in turns if turn["peer"] == peer)


def ratios(
    turns: Sequence[Turn], ours: str, others: Sequence[str], value: Callable[[Turn], float | None]
) -> Figure | None:
    """Return the figure of ``value`` of ``ours`` over the largest of the ``others`` in the same round."""
    found = []
    for number in {turn["round"] for turn in turns}:
        values = {turn["peer"]: value(turn) for turn in turns if turn["round"] == number}
        rivals = [values[peer] for peer in others if values.get(peer) is not None]
        mine = values.get(ours)
        if mine is not None and rivals:
            found.append(mine / max(rival for rival in rivals if rival is not None))
    return figure(found)


def target(what: Text, wanted: float, got: Figure | None, *, at_least: bool) -> dict[str, Any]:
    """Return one line of the verdict; what was not measured is not met."""
    met = got is not None and (got["median"] >= wanted if at_least else got["median"] <= wanted)
    return {"what": {"en": what.en, "zh": what.zh}, "wanted": wanted, "at_least": at_least, "got": got, "met": met}


def line(row: Mapping[str, Any]) -> str:
    """Return a verdict as a line of text."""
    sign, got = ("≥" if row["at_least"] else "≤"), row["got"]
    if got is None:
        told = "not measured"
    else:
        told = f"{got['median']:.3g} ({got['least']:.3g} to {got['most']:.3g} in {got['n']} rounds)"
    return f"{'met    ' if row['met'] else 'NOT MET'}  {row['what']['en']}: {told}, wanted {sign} {row['wanted']:g}"
