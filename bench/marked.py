"""What a program writes into a document: the text between two marks that bear a name."""

from __future__ import annotations

from pathlib import Path


def marks(name: str) -> tuple[str, str]:
    """Return what stands before and after the part ``name`` of a document."""
    return f"<!-- {name} -->\n", f"\n<!-- /{name} -->"


def between(text: str, name: str) -> str | None:
    """Return what stands between the marks, None where they are not."""
    begin, end = marks(name)
    _, found, rest = text.partition(begin)
    return rest.partition(end)[0] if found and end in rest else None


def rewrite(path: Path, name: str, new: str) -> None:
    """Replace what stands between the marks in the file ``path``; where they are not, nothing is written."""
    text = path.read_text(encoding="utf-8")
    old = between(text, name)
    if old is not None:
        begin, end = marks(name)
        path.write_text(text.replace(begin + old + end, begin + new + end), encoding="utf-8")
