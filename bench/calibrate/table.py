"""What a calibration shows, as figures and as a table to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from bench.calibrate import analysis, detection, peers
from bench.calibrate.analysis import Rate
from bench.calibrate.cells import CELLS, NULL, Cell
from bench.calibrate.measuring import Bench, trials
from heygem_core.bench import metrics, statistic
from heygem_core.bench.schema import Replicate
from heygem_core.errors import NotComparable

BUDGET_S = 150.0
"""What one comparison may take."""


def figures(bench: Bench, cells: Sequence[Cell], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return everything that a calibration shows, and the effects that it shows it by."""
    nulls = [cell for cell in cells if cell in NULL]
    ladder = [cell for cell in cells if cell not in NULL]
    power = {cell.name: _power(bench, cell) for cell in ladder}
    return {
        "null": {cell.name: analysis.null(bench.effects(cell), bench.replicates(cell), bench.plan) for cell in nulls},
        "null_together": _together(bench, nulls),
        "power": power,
        "mde80": {
            kind: _mde80(power, [cell for cell in ladder if cell.name.startswith(kind)]) for kind in ("spin", "op")
        },
        "antisymmetry": analysis.antisymmetry(_effects(bench, "spin-3"), _effects(bench, "swapped-3")),
        "transitivity": analysis.transitivity(
            _effects(bench, "spin-2"), _effects(bench, "chain-2-5"), _effects(bench, "spin-5")
        ),
        "tail": _moved(bench, "tail", "p95"),
        "memory": _moved(bench, "memory", "rss"),
        "peers": {name: _peer(rows, name) for name in peers.PEERS},
        "effects": {cell.name: bench.effects(cell) for cell in cells},
        "seconds_per_replicate": _seconds(one for cell in cells for one in [bench.replicates(cell)]),
        "voided_quads": metrics.voided(one for cell in cells for one in bench.replicates(cell)),
    }


def _effects(bench: Bench, name: str) -> list[float]:
    return bench.effects(CELLS[name])


def _together(bench: Bench, nulls: Sequence[Cell]) -> dict[str, Any]:
    gated = [one for cell in nulls for one in trials(bench.effects(cell), bench.plan)]
    alarms = sum(one.decision.answer in {"regressed", "improved"} for one in gated)
    return Rate(alarms, len(gated)).told()


def _power(bench: Bench, cell: Cell) -> dict[str, Any]:
    gated = trials(bench.effects(cell), bench.plan)
    return analysis.power(gated, cell.effect, _seconds([bench.replicates(cell)]) or 0.0)


def _mde80(power: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
    """Return the effect that is found four times in five; a cell whose true effect is not known counts as estimated."""
    rungs = []
    for cell in cells:
        told = power[cell.name]
        effect = cell.effect if cell.effect is not None else (told["estimated"] or [None])[0]
        if effect is not None:
            rungs.append((effect, told["regressed"]["count"], told["regressed"]["of"]))
    return detection.mde80(rungs)


def _moved(bench: Bench, name: str, metric: str) -> dict[str, Any]:
    """Return how many experiments of the first look's size saw ``metric`` move, where the median must not."""
    cell, n = CELLS[name], bench.plan.looks[0]
    try:
        effects = bench.effects(cell, metric)
    except NotComparable as refused:
        return {"refused": str(refused)}
    found = [statistic.estimate(chunk, bench.plan.alphas[0]) for chunk in analysis.chunks(effects, n)]
    whole = statistic.estimate(effects, 0.05) if effects else None
    return {
        "metric": metric,
        "moved": Rate(sum(one.low > 0 for one in found), len(found)).told(),
        "estimated": None if whole is None else [whole.shift, whole.low, whole.high],
    }


def _seconds(groups: Iterable[Sequence[Replicate]]) -> float | None:
    """Return the median time from one replicate's beginning to the next one's."""
    steps = []
    for group in groups:
        begun = [datetime.fromisoformat(one.began) for one in group]
        steps += [(after - before).total_seconds() for before, after in pairwise(begun)]
    return median(steps) if steps else None


def _peer(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    mine = [row for row in rows if row["peer"] == name]
    equal = [row["alarm"] for row in mine if not row["spin"]]
    slower = [row["alarm"] for row in mine if row["spin"]]
    return {
        "missing": peers.missing(name),
        "false_alarms": Rate(sum(equal), len(equal)).told(),
        "found": Rate(sum(slower), len(slower)).told(),
        "median_seconds": median(row["seconds"] for row in mine) if mine else None,
    }


def markdown(told: Mapping[str, Any]) -> str:
    """Return the tables."""
    lines = [
        f"onnxruntime-gpu {told['ort']}, {told['host']['cpu']}, {told['host']['cores']} cores, "
        f"{told['seconds_per_replicate'] or 0:.1f} s per replicate; in brackets: exact 95 % intervals",
        "",
        "| gate | false alarms | +3 % found | seconds per comparison |",
        "|---|---|---|---|",
        _row("heygem-core bench", told["null_together"], _of(told["power"], "spin-3", "regressed"), _time(told)),
    ]
    for name, peer in told["peers"].items():
        seconds = "" if peer["median_seconds"] is None else f"{peer['median_seconds']:.0f}"
        lines.append(_row(name, peer["false_alarms"], peer["found"], peer["missing"] or seconds))
    lines += ["", "| no difference | experiments | rejected at the first look's α | gate alarms | mean n | KS p |"]
    lines.append("|---|---|---|---|---|---|")
    for name, cell in told["null"].items():
        figures_ = (_number(cell["gate_mean_n"], ".0f"), _number(cell["ks_p"], ".2f"))
        cells = (name, str(cell["experiments"]), _rate(cell["rejected"]), _rate(cell["gate_alarms"]), *figures_)
        lines.append(f"| {' | '.join(cells)} |")
    rules = list(dict.fromkeys(rule for cell in told["null"].values() for rule in cell["naive"]))
    if rules:
        lines += ["", f"| the same traces, judged otherwise | {' | '.join(told['null'])} |"]
        lines.append("|---" * (1 + len(told["null"])) + "|")
        for rule in rules:
            cells = (rule, *(_rate(cell["naive"][rule]) for cell in told["null"].values()))
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| true difference | estimated | regressed | coverage of 95 % | mean n | mean seconds |"]
    lines.append("|---|---|---|---|---|---|")
    for name, cell in told["power"].items():
        estimated = "" if cell["estimated"] is None else "{:+.2%} ({:+.2%} to {:+.2%})".format(*cell["estimated"])
        figures_ = (_number(cell["mean_n"], ".0f"), _number(cell["mean_seconds"], ".0f"))
        cells = (name, estimated, _rate(cell["regressed"]), _rate(cell["coverage_95"]), *figures_)
        lines.append(f"| {' | '.join(cells)} |")
    empty, idle = told["overhead"]["empty"], told["overhead"]["idle"]
    low, high = idle["ci95"]
    lines += ["", f"An empty frame takes p50 {empty['p50_us']:.1f} µs, p99 {empty['p99_us']:.1f} µs."]
    lines.append(
        f"A process that waits beside changes a frame's time by {idle['effect']:+.2%} ({low:+.2%} to {high:+.2%})."
    )
    lines.append("")
    for kind, found in told["mde80"].items():
        if found["effect"] is not None:
            low, high = found["ci95"]
            lines.append(f"Found four times in five ({kind}): {found['effect']:+.2%} ({low:+.2%} to {high:+.2%}).")
    return "\n".join(lines) + "\n"


def _row(name: str, alarms: Mapping[str, Any], found: Mapping[str, Any], seconds: str) -> str:
    return f"| {name} | {_rate(alarms)} | {_rate(found)} | {seconds} |"


def _of(cells: Mapping[str, Any], name: str, what: str) -> Mapping[str, Any]:
    empty: Mapping[str, Any] = {"count": 0, "of": 0}
    return cells[name][what] if name in cells else empty


def _time(told: Mapping[str, Any]) -> str:
    cell = told["power"].get("spin-3", {})
    return _number(cell.get("mean_seconds"), ".0f")


def _rate(rate: Mapping[str, Any]) -> str:
    if not rate["of"]:
        return "–"
    low, high = rate["ci95"]
    return f"{rate['count']}/{rate['of']} ({low:.1%}–{high:.1%})"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
