"""The version matrix of ``heygem-core bench run`` on Ray: a cell, the reference and a candidate, has a node to itself.

A ratio is of two versions that took turns on one machine, so a cell is never divided. It asks for all the cores that
the largest nodes have: no second one fits beside it, and smaller nodes, which are other machines, get none. Ray holds
back the cells for which there is no node yet, and begins those anew whose node is lost.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygem_core.errors import ClusterUnavailable
from heygem_core.scale import ray_places
from heygem_core.scale.ray_cluster import connected

_RETRIES = 3
"""For cells whose node is lost; one whose command fails is not begun again."""
_WAIT_S = 0.5
_WITH_US = (
    # Ends in order with the worker that started it: 1 is PR_SET_PDEATHSIG, which an exec keeps.
    "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGTERM); "
    "os.getppid() == int(sys.argv[1]) or os._exit(1); os.execv(sys.argv[2], sys.argv[2:])"
)


@dataclass(frozen=True)
class Cell:
    """One candidate against the ``base``; ``options`` are those of ``heygem-core bench run`` but for its folder."""

    base: str
    candidate: str
    options: tuple[str, ...]
    folder: str


@dataclass(frozen=True)
class Measured:
    """What came of a cell: the command's exit code and JSON, or ``error``; ``folder`` is the run's, by its host."""

    cell: Cell
    host: str
    folder: str
    exit_code: int
    result: dict[str, Any] | None
    error: str | None


def measure(cell: Cell) -> Measured:
    """Run the cell's command on this machine: in its own process, with an environment per onnxruntime version.

    Where it went before, the same host goes on in the same folder.
    """
    host = platform.node()
    folder = Path(cell.folder) / cell.candidate.replace("=", "-") / host
    command = [sys.executable, "-m", "heygem_core", "bench", "run", "--ort", cell.base, "--ort", cell.candidate]
    command += [*cell.options, "--out", str(folder), "--json", "-"]
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", _WITH_US, str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.strip().splitlines()[-1:]
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return Measured(cell, host, str(folder), done.returncode, None, said[0] if said else "it said nothing")
    return Measured(cell, host, str(folder), done.returncode, result, None)


def run(cells: Sequence[Cell], address: str | None, tell: Callable[[Measured], None], stop: threading.Event) -> None:
    """Measure ``cells``, as many at a time as there are nodes; called in a thread, see `engine.running`.

    Raises `MissingPackage` and `ClusterUnavailable`.
    """
    with connected(address) as ray:
        nodes = ray_places.alive(ray).values()
        cores = max((node.resources.get("CPU", 0) for node in nodes), default=0)
        if not cores:
            raise ClusterUnavailable("the Ray cluster has no node with a core")
        gpus = max(node.resources.get("GPU", 0) for node in nodes if node.resources.get("CPU", 0) == cores)
        task = ray.remote(measure).options(num_cpus=cores, num_gpus=gpus, max_retries=_RETRIES)
        left = {task.remote(cell): cell for cell in cells}
        while left and not stop.is_set():
            ready, _ = ray.wait(list(left), num_returns=1, timeout=_WAIT_S)
            for reference in ready:
                tell(_answer(ray, reference, left.pop(reference)))
        for reference in left:
            ray.cancel(reference, force=True)


def _answer(ray: Any, reference: Any, cell: Cell) -> Measured:
    try:
        found: Measured = ray.get(reference)
    except ray.exceptions.RayError as error:
        return Measured(cell, "", "", 1, None, " ".join(str(error).split())[:300])
    return found
