"""An exception on its way to the supervisor: pickled where that works, as text in any case, and never megabytes."""

from __future__ import annotations

import pickle
import sys
import traceback

from heygem_core.pipeline.messages import Raised

_MAX_TEXT = 20_000
"""Characters of the message, and of the traceback's end, that cross."""
_MAX_PICKLE = 1 << 20


def raised(error: Exception, job: int, where: str) -> Raised:
    """Return the message for ``error``; made in the worker."""
    try:
        pickled: bytes | None = pickle.dumps(error)
    except Exception:
        pickled = None
    if pickled is not None and len(pickled) > _MAX_PICKLE:
        pickled = None
    summary = "".join(traceback.format_exception_only(error)).strip()
    text = "".join(traceback.format_exception(error))
    return Raised(job, pickled, type(error).__module__, summary[:_MAX_TEXT], text[-_MAX_TEXT:], where)


def original(message: Raised) -> Exception | None:
    """Return the exception itself, None where it cannot be had here; made in the supervisor.

    Only classes whose module is loaded here already: to read an error must not import what the worker imports.
    """
    if message.error is None or message.module not in sys.modules:
        return None
    try:
        error = pickle.loads(message.error)  # noqa: S301 - our own worker
    except Exception:
        return None
    return error if isinstance(error, Exception) else None
