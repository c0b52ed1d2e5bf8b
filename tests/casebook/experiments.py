"""Experiments that misbehave on purpose, for the tests of the host that runs them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from heygem_core.casebook import processes
from heygem_core.errors import BadInput, CaseSkipped
from tests.runtime import unheard


def echo(arguments: dict[str, Any]) -> dict[str, Any]:
    """Print something, and return the arguments."""
    print("noise on stdout")  # noqa: T201
    return arguments


def own(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a variable of this process's environment, and who started it."""
    return {"variable": os.environ.get("HG_THROUGH"), "parent": os.getppid()}


def leave_processes(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Leave a child, an orphaned grandchild in a session of its own, and a zombie behind."""
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    spawn = f"subprocess.Popen({sleeper!r}, start_new_session=True, stdout=-3, stderr=-3)"
    program = f"import subprocess; print({spawn}.pid)"
    orphan = int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
    child = subprocess.Popen(sleeper)
    zombie = os.fork()
    if zombie == 0:
        os._exit(0)
    return {"pids": [orphan, child.pid, zombie]}


def hang(arguments: dict[str, Any]) -> dict[str, Any]:
    """Start a child, write its pid to a file, and never end."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(arguments["file"], "w") as out:  # noqa: PTH123
        out.write(str(child.pid))
    while True:
        time.sleep(600)


def miss_the_request(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Be asked to stop in a moment in which the main thread does not notice, and wait for what never comes."""
    unheard.send(signal.SIGTERM)
    never = threading.Event()
    never.wait()
    return {}


def fail(arguments: dict[str, Any]) -> dict[str, Any]:
    """Raise the error that the arguments name."""
    why = "why it failed"
    raise {"skip": CaseSkipped(why, "失败原因"), "input": BadInput(why), "other": KeyError(why)}[arguments["error"]]


def die(_arguments: dict[str, Any]) -> dict[str, Any]:
    """End without an answer."""
    sys.stderr.write("last words\n")
    sys.stderr.flush()
    os._exit(7)


def end_tracker(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Start a queue, and so a resource tracker of this process; end everything; say how long that took."""
    kept = multiprocessing.get_context("spawn").Queue()
    there = len(processes.descendants(os.getpid()))
    began = time.monotonic()
    processes.end_descendants()
    kept.close()
    return {"there": there, "seconds": time.monotonic() - began, "left": len(processes.descendants(os.getpid()))}


def large(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Return more than a pipe holds."""
    return {"text": "x" * 300_000}
