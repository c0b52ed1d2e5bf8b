"""The reported topology as a program of its own, watched: healthy, stopped, killed, wedged, slow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from heygem_core.casebook.topology import Topology, as_arguments
from heygem_core.diagnosis.diagnosis import IMPLIED, STATED
from heygem_core.diagnosis.watching.look import Watcher
from heygem_core.errors import Cause
from tests.diagnosis.watching.services import end, settle
from tests.diagnosis.watching.test_states import Seen, look

ROLES = ("topology_service", "audio_transfer", "init_wh", "drivered_video", "write_video")
HEALTHY = Topology(put_timeout_s=60, items=100_000, item_s=0.02)
WEDGED = Topology(put_timeout_s=0.5, takes=3)
DEAD = Topology(put_timeout_s=60, takes=0, fault="die")
SLOW = Topology(put_timeout_s=60, item_s=1.6)
_BEGIN_S = 60.0


@contextmanager
def serving(
    topology: Topology,
    folder: Path,
    until: str,
    python: tuple[str, ...] = (sys.executable,),
    environment: dict[str, str] | None = None,
) -> Iterator[int]:
    """Run the service until one of its processes tells of ``until``; yield its process id."""
    folder.mkdir(exist_ok=True)
    read, write = os.pipe()
    command = [*python, "-m", "heygem_core.casebook.topology_service"]
    service = subprocess.Popen(
        [*command, json.dumps(as_arguments(topology)), str(folder), str(write)],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
    )
    os.close(write)
    try:
        with os.fdopen(read, "rb", buffering=0) as events:
            _await(events.fileno(), until)
            yield service.pid
    finally:
        end(service)


def _await(events: int, until: str) -> None:
    deadline = time.monotonic() + _BEGIN_S
    said = b""
    while f'"event": "{until}"'.encode() not in said:
        data = os.read(events, 65536)
        assert data, "the service has ended"
        assert time.monotonic() < deadline
        said += data


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Watch three services side by side, and the healthy one again when its consumer was stopped, and then killed."""
    folder = tmp_path_factory.mktemp("topologies")
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        wanted = {"healthy": (HEALTHY, "taken"), "wedged": (WEDGED, "returns"), "slow": (SLOW, "taken")}
        started = pool.map(
            lambda name: stack.enter_context(serving(wanted[name][0], folder / name, wanted[name][1])), wanted
        )
        services = dict(zip(wanted, started, strict=True))
        settle(services["wedged"])
        found = dict(zip(services, pool.map(look, services.values(), (1.2, 1.2, 3.0)), strict=True))
        watcher = Watcher(services["healthy"])
        consumer = found["healthy"].called("audio_transfer").pid
        for name, number in (("stopped", signal.SIGSTOP), ("killed", signal.SIGKILL)):
            os.kill(consumer, number)
            settle(watcher.root)
            found[name] = look(watcher.root)
    return found


def test_the_roles_are_known_by_what_they_run(seen: dict[str, Seen]) -> None:
    """Spawned children bear the name of their function, the service that of its module."""
    names = {process.name for process in seen["healthy"].graph.seen.living}
    assert names == set(ROLES)


def test_the_healthy_one_has_no_finding(seen: dict[str, Seen]) -> None:
    """Its producer stands before a full queue nearly all the time, as it should."""
    assert (seen["healthy"].diagnosis.findings, seen["healthy"].diagnosis.collect) == ((), None)


@pytest.mark.parametrize(
    ("name", "cause", "confidence"),
    [
        ("stopped", Cause.STOPPED, STATED),
        ("wedged", Cause.WEDGED, STATED),
        ("slow", Cause.SLOW_CONSUMER, IMPLIED),
        ("killed", Cause.WORKER_DIED, STATED),
    ],
)
def test_the_consumer_is_the_culprit(seen: dict[str, Seen], name: str, cause: Cause, confidence: float) -> None:
    """Not the service, which joins, nor the producer, which cannot put, nor the writer, which gets nothing."""
    (finding,) = seen[name].diagnosis.findings
    assert (finding.cause, finding.confidence) == (cause, confidence)
    if name == "killed":
        consumer = seen["healthy"].called("audio_transfer").pid
        assert finding.culprit == f"python ({consumer})"
        assert "SIGKILL (9)" in finding.evidence[0].en
    else:
        assert finding.culprit == seen[name].called("audio_transfer").label


def test_a_producer_that_is_through_and_cannot_end_is_a_victim(seen: dict[str, Seen]) -> None:
    """After queue.Full its function has returned; its process waits for its feeder, and the service for it."""
    (finding,) = seen["wedged"].diagnosis.findings
    told = [line.en for line in finding.evidence]
    assert any("thread QueueFeederThread, waits to write into a full pipe" in line for line in told)
    assert any(line.startswith("topology_service") and "waits for the end of a process" in line for line in told)


def test_the_evidence_is_the_rate_of_a_slow_one(seen: dict[str, Seen]) -> None:
    """Items per second, from the bytes that went through the pipe and the size of one item."""
    (finding,) = seen["slow"].diagnosis.findings
    rate = float(finding.evidence[0].en.split(" takes ")[1].split()[0])
    assert 0 < rate <= 1
    assert seen["slow"].called("drivered_video").label in finding.evidence[0].en


@pytest.mark.slow
def test_a_consumer_that_died_while_it_loaded(tmp_path: Path) -> None:
    """Dead before the first item: its exit code is the evidence, all others are victims."""
    with serving(DEAD, tmp_path / "dead", "sent") as pid:
        settle(pid)
        (finding,) = look(pid).diagnosis.findings
    assert (finding.cause, finding.confidence) == (Cause.WORKER_DIED, STATED)
    assert "exited with code 1" in finding.evidence[0].en


@pytest.mark.slow
def test_a_service_that_is_through_is_no_alarm(tmp_path: Path) -> None:
    """The task is done; the service waits at its exit for eternal children: said, and no fault of a task."""
    with serving(Topology(items=20), tmp_path / "done", "task-ended") as pid:
        settle(pid)
        diagnosis = look(pid).diagnosis
    assert (diagnosis.findings, diagnosis.trouble) == ((), False)
    assert diagnosis.collect is not None
    assert "waits at its exit for children" in diagnosis.collect.en
