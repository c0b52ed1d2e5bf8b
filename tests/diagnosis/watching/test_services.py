"""Real services: gunicorn with a worker that hangs, a DataLoader whose workers do, onnxruntime on the CPU."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from heygem_core.casebook import field_envs
from heygem_core.casebook.probes import tiny_model
from heygem_core.casebook.probes.hiding import without_cuda
from heygem_core.diagnosis.diagnosis import IMPLIED, STATED
from heygem_core.diagnosis.watching.graph import Graph
from heygem_core.errors import CaseSkipped, Cause
from heygem_core.runtime.environment import LIBRARY_PATH
from heygem_core.runtime.libraries import provider_library
from tests.diagnosis.watching.services import running, settle, tree
from tests.diagnosis.watching.test_states import Seen, look

ROOT = Path(__file__).parents[3]
_UP_S = 30.0


@contextmanager
def gunicorn(folder: Path, *options: str) -> Iterator[tuple[int, Path]]:
    """Run gunicorn with two workers; yield its process id and its socket."""
    try:
        packages = field_envs.require(field_envs.GUNICORN)
    except CaseSkipped as skipped:
        pytest.skip(str(skipped))
    path = folder / "socket"
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--no-control-socket", "--bind", f"unix:{path}"]
    variables = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(packages)]), "PYTHONDONTWRITEBYTECODE": "1"}
    with running(*command, *options, "tests.diagnosis.watching.web:app", ready=False, environment=variables) as service:
        deadline = time.monotonic() + _UP_S
        while not (path.exists() and len(tree(service.pid)) == 3 and answers(path)):
            assert service.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield service.pid, path


def ask(path: Path, what: str) -> socket.socket:
    """Send a request and return the open connection."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(_UP_S)
    client.connect(str(path))
    client.sendall(f"GET {what} HTTP/1.0\r\n\r\n".encode())
    return client


def answers(path: Path) -> bool:
    """Tell whether the service answers."""
    try:
        with ask(path, "/") as client:
            return client.recv(100).startswith(b"HTTP/1")
    except OSError:
        return False


def serving(graph: Graph) -> list[int]:
    """Return the processes that have a client."""
    return [process.pid for process in graph.seen.living if process.clients]


@pytest.mark.parametrize(
    "options", [(), pytest.param(("--threads", "3"), marks=pytest.mark.slow)], ids=["sync", "threads"]
)
def test_a_worker_of_gunicorn_that_hangs(options: tuple[str, ...], tmp_path: Path) -> None:
    """Idle, and with a request that takes its time: no finding. With one that waits for a lock: that worker."""
    with gunicorn(tmp_path, *options) as (pid, path), ask(path, "/sleep") as slow:
        settle_on_client(pid)
        before = look(pid, 0.8)
        with ask(path, "/hang") as hanging:
            settle_on_client(pid, 2)
            after = look(pid, 1.2)
            assert slow.fileno() != hanging.fileno()
    assert before.diagnosis.findings == ()
    (finding,) = after.diagnosis.findings
    assert finding.cause is Cause.WEDGED
    assert "app (web.py" in finding.evidence[0].en or "app (diagnosis/watching/web.py" in finding.evidence[0].en
    assert any("wait for an answer" in line.en for line in finding.evidence)
    assert finding.culprit in {after.graph.seen.processes[pid].label for pid in serving(after.graph)}


def settle_on_client(pid: int, count: int = 1) -> None:
    """Wait until ``count`` clients are served."""
    deadline = time.monotonic() + _UP_S
    while sum(process.clients for process in look(pid, 0.1).graph.seen.living) < count:
        assert time.monotonic() < deadline


@contextmanager
def loading(folder: Path) -> Iterator[int]:
    """Run a DataLoader with four workers, forked after an OpenMP region, until they hang."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed: the DataLoader cases need it")
    program = ("-W", "ignore", "-m", "heygem_core.casebook.dataloader_program", folder / "stacks", "fork")
    with running(sys.executable, *program, ready=False) as service:
        deadline = time.monotonic() + 60
        while len(tree(service.pid)) < 5:
            assert service.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        settle(service.pid)
        yield service.pid


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Watch a DataLoader whose workers hang."""
    with loading(tmp_path_factory.mktemp("loader")) as pid:
        return look(pid)


def test_workers_of_a_dataloader_that_hang(loader: Seen) -> None:
    """All four are named, in one finding; the process that waits for its batch is their victim."""
    (finding,) = loader.diagnosis.findings
    assert (finding.cause, finding.confidence) == (Cause.DATALOADER_WORKER_DEADLOCK, STATED)
    workers = [process.pid for process in loader.graph.seen.living if process.name == "DataLoader worker"]
    assert len(workers) == 4
    assert finding.culprit == f"DataLoader worker ({', '.join(map(str, sorted(workers)))})"
    assert any(line.en.startswith("dataloader_program") for line in finding.evidence)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Watch services that ask for CUDA where it cannot be loaded, side by side."""
    folder = tmp_path_factory.mktemp("asked")
    model = folder / "model.onnx"
    model.write_bytes(tiny_model.build())
    provider = provider_library()
    assert provider is not None
    variables = {LIBRARY_PATH: os.environ.get(LIBRARY_PATH, ""), "TMPDIR": str(folder)}
    variables |= without_cuda(provider, folder)
    program = Path(__file__).with_name("fallback.py")
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        log = stack.enter_context((folder / "service.log").open("wb")).fileno()

        def watched(how: str) -> Seen:
            word, _, logs = how.partition(" ")
            stderr = log if logs else subprocess.DEVNULL
            with running(sys.executable, program, model, word, environment=variables, stderr=stderr) as service:
                return look(service.pid, 0.8)

        names = ("run", "idle", "idle logged", "lazy")
        return dict(zip(names, pool.map(watched, names), strict=True))


@pytest.mark.parametrize("how", ["run", "idle", "idle logged"])
def test_a_service_that_runs_on_the_cpu_though_it_asked_for_cuda(asked: dict[str, Seen], how: str) -> None:
    """Told by its log, or by its code once a session is there; what would name the missing library stands beside it."""
    (process,) = asked[how].graph.seen.living
    (finding,) = asked[how].diagnosis.findings
    assert (finding.cause, finding.culprit) == (Cause.SILENT_CPU_FALLBACK, process.label)
    logged = how.endswith("logged")
    assert finding.confidence == (STATED if logged else IMPLIED)
    assert ("its log service.log says" if logged else "fallback.py:11") in finding.evidence[0].en
    assert f"doctor --python {sys.executable}" in finding.advice().en


def test_a_service_that_has_created_no_session_is_left_alone(asked: dict[str, Seen]) -> None:
    """onnxruntime is mapped and no CUDA provider, as in one that fell back; its code will ask for CUDA, later."""
    (process,) = asked["lazy"].graph.seen.living
    assert process.onnxruntime is not None
    assert not process.onnxruntime.cuda
    assert asked["lazy"].diagnosis.findings == ()
