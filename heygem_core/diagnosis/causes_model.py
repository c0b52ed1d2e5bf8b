"""What the registry of causes says about each."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.errors import Cause
from heygem_core.text import Text


@dataclass(frozen=True)
class CauseEntry:
    """One cause.

    ``title`` for a table, ``explanation`` of what happens, how it ``shows`` (typical lines and symptoms), ``remedy``
    that names the next step, and what to ``collect`` when in doubt.
    """

    cause: Cause
    title: Text
    explanation: Text
    shows: Text
    remedy: Text
    collect: Text
