"""An exception on its way to the supervisor: pickled where that works, as text in any case, and never megabytes."""

from __future__ import annotations

import pickle
import signal
import sys
import traceback

from heygem_core.pipeline.messages import Exiting, Raised

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
    return Raised(job, pickled, type(error).__module__, *_texts(error), where)


def exiting(error: BaseException, where: str) -> Exiting:
    """Return the message for what is about to end the worker; made in the worker."""
    return Exiting(exit_code(error), *_texts(error), where)


def exit_code(error: BaseException | None) -> int:
    """Return the code with which Python ends a program out of which ``error`` comes, None for its proper end."""
    match error:
        case None:
            return 0
        case SystemExit(code=int(code)):
            return code & 0xFF
        case SystemExit(code=None):
            return 0
        case KeyboardInterrupt():
            return -signal.SIGINT
        case _:
            return 1


def _texts(error: BaseException) -> tuple[str, str]:
    """Return what is wrong in one line or a few, and the traceback."""
    summary = "".join(traceback.format_exception_only(error)).strip()
    return summary[:_MAX_TEXT], "".join(traceback.format_exception(error))[-_MAX_TEXT:]


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
