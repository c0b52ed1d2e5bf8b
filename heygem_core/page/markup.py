"""Pieces of a page. What is passed as `Text` is escaped here; a parameter that is HTML already says so."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from heygem_core.text import Text


def both(text: Text) -> str:
    """Return ``text`` in both languages, of which the page shows one; once where they are alike."""
    if text.en == text.zh:
        return escape(text.en)
    return f'<span lang="en">{escape(text.en)}</span><span lang="zh">{escape(text.zh)}</span>'


def heading(level: int, text: Text) -> str:
    """Return a heading of ``level`` 2 or 3."""
    return f"<h{level}>{both(text)}</h{level}>"


def grid(head: Iterable[str], body: Iterable[Iterable[str]], kind: str = "") -> str:
    """Return a table of class ``kind``, which scrolls by itself where it is too wide; cells are HTML already."""
    titles = "".join(f"<th>{cell}</th>" for cell in head)
    lines = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in body)
    table = f'<table class="{kind}"><thead><tr>{titles}</tr></thead><tbody>\n{lines}\n</tbody></table>'
    return f'<div class="wide">{table}</div>'


def pairs(told: Iterable[tuple[Text, str]]) -> str:
    """Return a list of names and values; the values are HTML already."""
    return "<dl>" + "".join(f"<dt>{both(name)}</dt><dd>{value}</dd>" for name, value in told) + "</dl>"


def number(value: object) -> str:
    """Return a figure with two decimals, "–" for None, anything else as text."""
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else escape(str(value))
