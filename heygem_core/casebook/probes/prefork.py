"""The real gunicorn with one worker that is recycled after a few requests, watched from outside."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.probes import prefork_app
from heygem_core.runtime.environment import BUILD_SERVICES, TELEMETRY

REQUESTS = 3
_UP_S = 30.0
_LOOK_S = 0.1
_REQUEST = b"GET / HTTP/1.0\r\n\r\n"
# gunicorn's own words about a worker that did not end by itself.
_TELLING = ("WORKER TIMEOUT", "was sent SIG")


def observed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Serve requests until the worker is recycled, then until another one answers; for a host only.

    ``arguments``: folder (gunicorn's), early, threads, telemetry, timeout_s. Returns ``{"answers", "threads", "gap_s",
    "wchan", "log"}``: requests answered by the first worker, its threads, seconds from its last answer to the
    next worker's first, the kernel function it slept in meanwhile, and what gunicorn said about its end.
    """
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        folder = Path(name)
        with (folder / "log").open("wb") as log:
            service = subprocess.Popen(
                _command(folder, arguments["timeout_s"]), env=_environment(arguments, folder), stderr=log, cwd=folder
            )
            try:
                found = _serve(folder / "socket")
            finally:
                service.kill()
                service.wait()
        lines = (folder / "log").read_text(errors="replace").splitlines()
    told = [line.rpartition("] ")[2] for line in lines if any(word in line for word in _TELLING)]
    return {**found, "log": [line for line in told if f"pid:{found['pid']})" in line]}


def _command(folder: Path, timeout_s: int) -> list[str]:
    options = {"workers": 1, "max-requests": REQUESTS, "timeout": timeout_s, "bind": f"unix:{folder / 'socket'}"}
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "gunicorn", "--preload", "--no-control-socket"]
    return [*command, *flags, f"{prefork_app.__name__}:app"]


def _environment(arguments: dict[str, Any], folder: Path) -> dict[str, str]:
    path = os.pathsep.join([*(path or str(Path.cwd()) for path in sys.path), arguments["folder"]])
    variables = {**os.environ, "PYTHONPATH": path, prefork_app.THREADS: str(arguments["threads"])}
    for name in (TELEMETRY, *BUILD_SERVICES):
        variables.pop(name, None)
    # Where onnxruntime's telemetry leaves a file.
    variables["TMPDIR"] = str(folder)
    if arguments["early"]:
        variables[prefork_app.EARLY] = "1"
    if not arguments["telemetry"]:
        variables[TELEMETRY] = "1"
    return variables


def _serve(path: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _UP_S
    pid, threads, answers, last, wchan = 0, 0, 0, 0.0, ""
    while time.monotonic() < deadline:
        # Patient: what gives up is served all the same, and the next worker is recycled for it.
        for seen in _ask(path, deadline):
            if not seen and answers == REQUESTS:
                wchan = max(wchan, processes.wchan(pid))
            elif seen and pid not in (0, seen[0]):
                gap = time.monotonic() - last
                return {"pid": pid, "answers": answers, "threads": threads, "gap_s": gap, "wchan": wchan}
            elif seen:
                pid, threads = seen
                answers, last = answers + 1, time.monotonic()
        time.sleep(0.01)
    raise TimeoutError(f"gunicorn answered {answers} requests in {_UP_S:g} s, and no second worker came")


def _ask(path: Path, deadline: float) -> Iterator[tuple[int, ...]]:
    """Yield () while the answer is awaited, then the pid and the threads of the worker; nothing if refused."""
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.connect(str(path))
        client.sendall(_REQUEST)
        while not select.select([client], [], [], _LOOK_S)[0]:
            if time.monotonic() > deadline:
                return
            yield ()
        said = b"".join(iter(lambda: client.recv(4096), b""))
        if b" 200 " in said:
            yield tuple(map(int, said.rpartition(b"\r\n\r\n")[2].split()))
