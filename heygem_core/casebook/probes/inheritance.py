"""What a child sees of a variable that its parent set, by the time and the way of setting it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from heygem_core.casebook.probes.loader import end_helpers

VARIABLE = "HEYGEM_CASE_VARIABLE"
_ANSWER_S = 30.0


def _look(pipe: Connection) -> None:
    """Wait to be asked, then answer."""
    pipe.recv()
    pipe.send({"environ": os.environ.get(VARIABLE), "proc": _initial(os.getpid())})


def observe(arguments: dict[str, Any]) -> dict[str, Any]:
    """Set the variable in this process and return what a child of start method ``method`` sees of it.

    ``how`` is os.environ or os.putenv; ``when`` is before (the child's start), after (it) or late (after the
    fork server's start). Of child and parent: ``environ``, what os.environ says, and ``proc``, what
    /proc/PID/environ says; of the parent also ``ps``, whether ``ps e`` prints the variable (null without ps).
    """
    method, how, when = arguments["method"], arguments["how"], arguments["when"]
    os.environ.pop(VARIABLE, None)
    if when == "late":
        forkserver.ensure_running()
    if when != "after":
        _set(how)
    context: Any = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    child = context.Process(target=_look, args=(theirs,))
    child.start()
    theirs.close()
    if when == "after":
        _set(how)
    ours.send("look")
    if not ours.poll(_ANSWER_S):
        raise TimeoutError(f"the {method} child did not answer within {_ANSWER_S:g} s")
    seen = ours.recv()
    child.join()
    end_helpers()
    own = {"environ": os.environ.get(VARIABLE), "proc": _initial(os.getpid()), "ps": _ps()}
    return {"child": seen, "parent": own}


def _set(how: str) -> None:
    if how == "os.environ":
        os.environ[VARIABLE] = "set"
    else:
        os.putenv(VARIABLE, "set")


def _initial(pid: int) -> str | None:
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    return next((entry.partition("=")[2] for entry in entries if entry.startswith(f"{VARIABLE}=")), None)


def _ps() -> bool | None:
    """Do what the report does: look for the variable in the output of ``ps e``."""
    if shutil.which("ps") is None:
        return None
    command = ["ps", "eww", "-p", str(os.getpid())]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_S, check=True)
    return f"{VARIABLE}=" in shown.stdout
