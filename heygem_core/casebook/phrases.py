"""Phrases that several cases use in what they report, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.causes import look_up
from heygem_core.text import Text


def blamed(cause: str) -> Text:
    """Return ``cause`` as a report spells it; Chinese adds what it means, in words."""
    return Text(cause, f"{cause}（{look_up(cause).title.zh}）")


def kernel_functions(names: Iterable[str]) -> Text:
    """Return the kernel functions that threads sleep in, or that the kernel hides them."""
    told = ", ".join(name for name in names if name)
    return Text(told, told) if told else Text("hidden by the kernel", "未知（内核不公开）")
