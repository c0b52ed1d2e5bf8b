"""A figure: its data, how it is drawn, and what it says; all of it plain data, to be put into a page or downloaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heygem_core.bench.session import REBUILT
from heygem_core.text import Text

Row = Mapping[str, Any]
Spec = Mapping[str, Any]
"""A Vega-Lite specification without its data; wherever a string stands a `Text` may stand as well."""

_COLOURS = 7
"""Of report.css; more arms than that share a colour and are told apart by dashes."""


@dataclass(frozen=True)
class Chart:
    """One drawing of a figure's data: of the rows that have the values of ``where``."""

    title: Text
    spec: Spec
    where: Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """Charts of one set of rows, which all have the same keys.

    ``key`` names what stands for what, as (colour, dashed, name); ``choose`` shows one chart at a time.
    """

    name: str
    title: Text
    caption: Text
    rows: Sequence[Row]
    charts: Sequence[Chart]
    key: Sequence[tuple[str, bool, Text]] = ()
    choose: bool = False
    folded: bool = False


def plain(value: Any) -> Any:
    """Return ``value`` with every `Text` as {"en", "zh"}, ready for JSON."""
    match value:
        case Text(en, zh):
            return {"en": en, "zh": zh}
        case Mapping():
            return {name: plain(inner) for name, inner in value.items()}
        case str():
            return value
        case Sequence():
            return [plain(inner) for inner in value]
        case _:
            return value


def as_json(figure: Figure) -> dict[str, Any]:
    """Return what the page's script draws from: column names once, rows as lists."""
    columns = list(figure.rows[0]) if figure.rows else []
    # A text that comes a thousand times is written once.
    worded = [column for column in columns if all(isinstance(row[column], str | None) for row in figure.rows)]
    texts = {column: list(dict.fromkeys(row[column] for row in figure.rows)) for column in worded}
    places = {column: {text: place for place, text in enumerate(those)} for column, those in texts.items()}
    return {
        "name": figure.name,
        "columns": columns,
        "texts": texts,
        "rows": [
            [places[column][row[column]] if column in places else row[column] for column in columns]
            for row in figure.rows
        ],
        "charts": [plain({"title": one.title, "where": one.where, "spec": one.spec}) for one in figure.charts],
    }


def expression(names: Mapping[str, Text], field: str) -> Text:
    """Return the Vega expression, for each language, of the name that ``names`` has for ``field``; both are ours."""

    def written(lang: str) -> str:
        return "".join(f"{field} === '{code}' ? '{text.get(lang)}' : " for code, text in names.items()) + field

    return Text(written("en"), written("zh"))


def colour(arms: Sequence[str], arm: str) -> tuple[str, bool]:
    """Return an arm's colour, and whether it is dashed: a second build has the colour of the first."""
    first = list(dict.fromkeys(one.removesuffix(REBUILT) for one in arms))
    index = first.index(arm.removesuffix(REBUILT))
    # The first colour stays the reference's own.
    paint = index if index < _COLOURS else 1 + (index - _COLOURS) % (_COLOURS - 1)
    return f"var(--arm-{paint})", arm.endswith(REBUILT) or index >= _COLOURS


def by_arm(arms: Sequence[str]) -> dict[str, Any]:
    """Return the encoding that tells arms apart; the key stands above the charts, once."""
    painted = [colour(arms, arm) for arm in arms]
    return {
        "color": {
            "field": "arm",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": list(arms), "range": [paint for paint, _ in painted]},
        },
        "strokeDash": {
            "field": "arm",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": list(arms), "range": [[4, 3] if dashed else [1, 0] for _, dashed in painted]},
        },
    }


def key(arms: Sequence[str]) -> list[tuple[str, bool, Text]]:
    """Return the figure's key for ``arms``."""
    return [(*colour(arms, arm), Text(arm, arm)) for arm in arms]
