"""Whose queue an experiment takes: multiprocessing's, or the one that a changed import puts in its place."""

from __future__ import annotations

import multiprocessing
from typing import Any, Literal

Whose = Literal["multiprocessing", "compat"]


def make(whose: Whose, maxsize: int = 0) -> Any:
    """Return a new queue for processes that are spawned."""
    if whose == "compat":
        # Only here: it loads numpy, and most processes of an experiment do without.
        from heygem_core import compat

        return compat.Queue(maxsize)
    return multiprocessing.get_context("spawn").Queue(maxsize)
