"""Tables that can be sorted, and that become cards on a narrow screen: every cell brings its column's name along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from heygem_core.page.markup import both
from heygem_core.text import Text


@dataclass(frozen=True)
class Cell:
    """What a cell shows, as HTML, and what it is sorted by, None for nothing: that stands last in either order."""

    html: str
    order: float | str | None
    number: bool = False


def text(value: str) -> Cell:
    """Return a cell with a text."""
    return Cell(escape(value), value)


def figure(value: float | None, digits: int = 2, unit: str = "") -> Cell:
    """Return a cell with a number of so many decimals, "–" for None."""
    return Cell("–" if value is None else f"{value:,.{digits}f}{unit}", value, number=True)


def table(name: str, columns: Sequence[Text], rows: Sequence[Sequence[Cell]], kind: str = "") -> str:
    """Return a table called ``name``, of class ``kind``; a click on a column's head sorts by it."""
    head = "".join(f'<th aria-sort="none"><button type="button">{both(column)}</button></th>' for column in columns)
    body = "\n".join(
        "<tr>" + "".join(_cell(column, cell) for column, cell in zip(columns, row, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table class="sortable {kind}" id="{escape(name)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _cell(column: Text, cell: Cell) -> str:
    order = "" if cell.order is None else f' data-order="{escape(str(cell.order))}"'
    number = ' class="number"' if cell.number else ""
    return f'<td{number}{order}><span class="head">{both(column)}</span><span class="value">{cell.html}</span></td>'
