"""What runs, or lies, beside a command of the documents while it runs: services, a cluster, a run of bench."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

WAIT_S = 60
QUIET = {"ORT_DISABLE_TELEMETRY": "1"}
"""Else onnxruntime leaves a temporary file of its own behind, whoever uses it."""
LIFE_S = 9
"""Of a service that ends by itself: longer than the five seconds that watch looks."""


@contextmanager
def _serving(program: Path, said: int | IO[str] = subprocess.PIPE) -> Iterator[int]:
    """Run a service that serves until its input ends, from the moment on that it says so; yield its process id."""
    command = [sys.executable, str(program)]
    with subprocess.Popen(
        command,
        cwd=program.parent,
        stdin=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **QUIET},
    ) as service:
        assert service.stdout is not None
        try:
            assert service.stdout.readline().startswith("serving, process ")
            yield service.pid
        finally:
            service.communicate(timeout=WAIT_S)


@contextmanager
def idle_gpu(folder: Path) -> Iterator[Mapping[str, str]]:
    """The service of the examples; its process id stands in for PID."""
    with _serving(folder / "examples" / "idle_gpu.py") as pid:
        yield {"PID": str(pid)}


@contextmanager
def app(folder: Path) -> Iterator[Mapping[str, str]]:
    """A service called app.py in the page's folder, by which it is told from everybody else's."""
    with _serving(folder / "app.py"):
        yield {"app.py": str(folder / "app.py")}


@contextmanager
def app_that_ends(folder: Path) -> Iterator[Mapping[str, str]]:
    """The same, and its input ends after a while."""
    with (
        subprocess.Popen(["sleep", str(LIFE_S)], stdout=subprocess.PIPE, text=True) as life,
        _serving(folder / "app.py", said=life.stdout or subprocess.DEVNULL),
    ):
        yield {"app.py": str(folder / "app.py")}


@contextmanager
def wedged_service(folder: Path) -> Iterator[Mapping[str, str]]:
    """The reported service, whose audio_transfer hangs in a lock."""
    from tests.diagnosis.watching.services import settle
    from tests.diagnosis.watching.test_reported import WEDGED, serving

    with serving(WEDGED, folder / "topology", "returns") as pid:
        settle(pid)
        yield {"9513": str(pid)}


@contextmanager
def measured(folder: Path) -> Iterator[Mapping[str, str]]:
    """A run of bench with everything in it, and a history; nobody measured them, and their host says so."""
    from tests.bench.report import nights, synthetic

    run, history = folder / "made-up", folder / "runs.jsonl"
    if not run.exists():
        synthetic.write(run, synthetic.run(candidates=("1.31.1",)))
        nights.write(history)
    yield {"DIR": run.name, " run ": f" {run.name} ", "out/versions": run.name}


@contextmanager
def dry_run(folder: Path) -> Iterator[Mapping[str, str]]:
    """The record of gpu_limits of a machine without a GPU, which is about no GPU and says so."""
    options = ("--provider", "cpu", "--generator", "puppet", "--batch", "1", "--seconds", "0.2", "--warm-cap", "20")
    command = [sys.executable, "-m", "bench.gpu_limits", "--out", "gpu.json", *options]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, timeout=2 * WAIT_S, check=True)
    yield {}


@contextmanager
def ray_cluster(folder: Path) -> Iterator[Mapping[str, str]]:
    """A cluster of two nodes on this machine."""
    from tests.scale.ray_nodes import cluster

    assert folder.is_dir()
    with cluster({"num_cpus": 2}, {"num_cpus": 2}) as started:
        yield {"HOST:6379": started.address}
