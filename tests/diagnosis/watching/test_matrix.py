"""The watch matrix: the installed command, five seconds, every state; culprit and cause right in each."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook.topology import Topology
from heygem_core.runtime import ort_envs
from heygem_core.runtime.environment import BUILD_SERVICES, TELEMETRY
from tests.cli.command import heygem
from tests.diagnosis.watching.services import in_state, running, settle
from tests.diagnosis.watching.test_reported import DEAD, HEALTHY, SLOW, WEDGED, serving
from tests.diagnosis.watching.test_services import ask, gunicorn, loading
from tests.diagnosis.watching.test_states import look

SECONDS = 5.0
OVERHEAD_S = 20.0
"""What a machine that does something else as well may add."""
Row = tuple[str | None, str | None]
OWN: dict[str, Row] = {
    "healthy": (None, None),
    "idle": (None, None),
    "pool": (None, None),
    "computing": (None, None),
    "loading": (None, None),
    "alone": (None, None),
    "wedged": ("wedged", "work"),
    "wedged-native": ("wedged", "work"),
    "asleep": ("wedged", "work"),
    "talking": ("wedged", "_never_answer"),
    "crossed": ("wedged", "_take_both"),
    "spinning": ("spinning", "work"),
    "spinning-native": ("spinning", "work"),
    "spinning-thread": ("spinning", "work"),
    "slow": ("slow-consumer", "work"),
    "slow-small": ("slow-consumer", "work"),
    "left": ("worker-died", "python"),
    "poisoned": ("worker-died", "multiprocessing.Queue lock of work"),
    "feeding": ("queue-full-no-consumer", None),
}
MOVING = frozenset({"healthy", "slow", "slow-small", "pool"})


def watch(pid: int) -> tuple[dict[str, Any], float]:
    """Run the command; return what it wrote and how long it took."""
    began = time.monotonic()
    done = heygem("watch", str(pid), "--seconds", str(SECONDS), "--json", "-", timeout=SECONDS + 60)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == int(told["cause"] is not None)
    return told, time.monotonic() - began


def check(pid: int, expected: Row) -> None:
    """Watch, and compare cause and culprit; the culprit is named first of all."""
    told, seconds = watch(pid)
    culprit = told["findings"][0]["culprit"] if told["findings"] else None
    assert (told["cause"], culprit and culprit.partition(" (")[0]) == expected
    assert seconds < SECONDS + OVERHEAD_S


@pytest.mark.slow
@pytest.mark.parametrize("state", OWN)
def test_a_pipeline_of_its_own(state: str) -> None:
    """Every state of service.py."""
    with in_state(state) as service:
        if state not in MOVING:
            settle(service.pid)
        check(service.pid, OWN[state])


def stopped(pid: int) -> None:
    """Stop the consumer."""
    os.kill(look(pid, 0.5).called("audio_transfer").pid, signal.SIGSTOP)
    settle(pid)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topology", "until", "then", "expected"),
    [
        (HEALTHY, "taken", None, (None, None)),
        (HEALTHY, "taken", stopped, ("stopped", "audio_transfer")),
        (WEDGED, "returns", settle, ("wedged", "audio_transfer")),
        (DEAD, "sent", settle, ("worker-died", "python")),
        (SLOW, "taken", None, ("slow-consumer", "audio_transfer")),
        (Topology(items=20), "task-ended", settle, (None, None)),
    ],
    ids=["healthy", "stopped", "wedged, feeder join", "dead", "slow", "through"],
)
def test_the_reported_topology(
    topology: Topology, until: str, then: Callable[[int], None] | None, expected: Row, tmp_path: Path
) -> None:
    """As its own program; of the feeder join the consumer is the cause."""
    with serving(topology, tmp_path / "topology", until) as pid:
        if then is not None:
            then(pid)
        check(pid, expected)


@pytest.mark.slow
def test_a_dataloader_that_hangs(tmp_path: Path) -> None:
    """All four workers are the culprit."""
    with loading(tmp_path) as pid:
        check(pid, ("dataloader-worker-deadlock", "DataLoader worker"))


@pytest.mark.slow
@pytest.mark.parametrize(("request_", "expected"), [("/", (None, None)), ("/hang", ("wedged", "gunicorn"))])
def test_a_gunicorn_service(request_: str, expected: Row, tmp_path: Path) -> None:
    """With all workers idle, and with one that hangs."""
    with gunicorn(tmp_path) as (pid, path), ask(path, request_):
        check(pid, expected)


FORKING = "import onnxruntime, os, sys, time; os.fork() or sys.exit(0); print('ready', flush=True); time.sleep(600)"


@pytest.mark.slow
def test_a_child_that_hangs_at_its_exit(tmp_path: Path) -> None:
    """Forked after the import of an onnxruntime with telemetry: its interpreter is gone, the variable is the remedy."""
    packages = ort_envs.built().get("1.31.1")
    if packages is None:
        pytest.skip("the environment of onnxruntime-gpu 1.31.1 is not built: nox -s ort_envs")
    # The telemetry stays off on build services, and leaves files at home.
    unset = [part for name in (TELEMETRY, *BUILD_SERVICES) for part in ("-u", name)]
    variables = {"PYTHONPATH": str(packages), "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    with running("env", *unset, sys.executable, "-S", "-c", FORKING, environment=variables) as service:
        settle(service.pid)
        told, _ = watch(service.pid)
    child = next(process for process in told["processes"] if process["parent"] == service.pid)
    assert (told["cause"], told["findings"][0]["culprit"]) == ("wedged", f"{child['name']} ({child['pid']})")
    assert "ORT_DISABLE_TELEMETRY=1" in told["remedy"]["en"]
