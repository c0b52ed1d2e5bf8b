"""What the registry of causes says about each."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.errors import Cause
from heygem_core.text import Text


@dataclass(frozen=True)
class CauseEntry:
    """One cause: ``title`` for a table, ``explanation`` of what happens, ``remedy`` that names the next step."""

    cause: Cause
    title: Text
    explanation: Text
    remedy: Text
