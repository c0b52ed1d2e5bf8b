"""The one registry of causes: what each means and what to do about it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from heygem_core.diagnosis.causes_environment import ENVIRONMENT
from heygem_core.diagnosis.causes_model import CauseEntry
from heygem_core.diagnosis.causes_processes import PROCESSES
from heygem_core.diagnosis.causes_service import SERVICE
from heygem_core.errors import Cause

CAUSES: Mapping[Cause, CauseEntry] = MappingProxyType(
    {entry.cause: entry for entry in (*ENVIRONMENT, *PROCESSES, *SERVICE)}
)
"""One entry per member of `heygem_core.errors.Cause`; a test holds it to that."""


def look_up(cause: str) -> CauseEntry:
    """Return the entry of ``cause``, spelled as in a report; one that is not known gets the entry of "other"."""
    try:
        return CAUSES[Cause(cause)]
    except ValueError:
        return CAUSES[Cause.OTHER]
