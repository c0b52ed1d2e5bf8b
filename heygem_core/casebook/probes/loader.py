"""Whether a child process can load a library when its parent set LD_LIBRARY_PATH, per start method."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from typing import Any

_ANSWER_S = 30.0


def attempt(path: str) -> str | None:
    """Return what the loader says against ``path``, None when it loads."""
    try:
        ctypes.CDLL(path)
    except OSError as error:
        return str(error)
    return None


def _attempt_all(pipe: Connection, paths: list[str]) -> None:
    pipe.send({path: attempt(path) for path in paths})


def in_child(arguments: dict[str, Any]) -> dict[str, Any]:
    """Set LD_LIBRARY_PATH in this process, then let a child load the libraries; return path -> error or None.

    This process must have started without the variable. ``arguments``: method (spawn, fork or forkserver),
    folder, paths, and early: start the fork server before the variable is set.
    """
    method: str = arguments["method"]
    if arguments["early"]:
        forkserver.ensure_running()
    os.environ["LD_LIBRARY_PATH"] = arguments["folder"]
    context: Any = multiprocessing.get_context(method)
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_attempt_all, args=(theirs, arguments["paths"]))
    child.start()
    theirs.close()
    if not ours.poll(_ANSWER_S):
        raise TimeoutError(f"the {method} child did not answer within {_ANSWER_S:g} s")
    answer: dict[str, Any] = ours.recv()
    child.join()
    end_helpers()
    return answer


def end_helpers() -> None:
    """End and reap multiprocessing's fork server and resource tracker, which live as long as this process."""
    helpers: tuple[Any, Any] = (forkserver._forkserver, resource_tracker._resource_tracker)
    for helper in helpers:
        # The only way that there is; multiprocessing's own test suite ends them by it.
        helper._stop()
