"""A run that is killed loses nothing that it measured, leaves no process, and goes on where it was."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from heygem_core.bench.folder import Folder
from heygem_core.bench.replicate import Arm
from heygem_core.bench.session import Session
from heygem_core.bench.twin import ROOT
from heygem_core.errors import ArmFailed
from tests.bench import samples

DEADLINE_S = 100.0
STDLIB_ONLY = ("session", "replicate", "twin", "gpu", "folder", "from_json", "schema", "schema_comparison")


@contextmanager
def driven(folder: Path, model: Path, environment: Path, *broken: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a running driver, see tests/bench/driver.py; kill it at the end if it still runs."""
    command = [sys.executable, "-m", "tests.bench.driver", str(folder), str(model), str(environment), *broken]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], line: str) -> None:
    """Read the driver's lines up to ``line``."""
    assert process.stdout is not None
    assert any(told.strip() == line for told in process.stdout)


def finished(folder: Path, model: Path, environment: Path, *broken: str) -> str:
    """Run a driver to its end and return what it printed."""
    with driven(folder, model, environment, *broken) as process:
        told, _ = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0
    return told


@pytest.mark.breaks
def test_killed_in_the_middle_nothing_is_lost(tmp_path: Path, model: Path, environment: Path) -> None:
    """After SIGKILL its workers die; what was measured stays as it is; the second attempt measures the rest only."""
    folder = Folder(tmp_path / "run")
    with driven(folder.path, model, environment) as process:
        until(process, "3.0 1")
        # By now the next replicate has begun; its processes may be starting.
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(DEADLINE_S)
    assert psutil.wait_procs(workers, timeout=DEADLINE_S)[1] == []
    before = list(folder.replicates())
    assert len(before) >= 3
    assert folder.run().ended is None
    finished(folder.path, model, environment)
    after = list(folder.replicates())
    assert after[: len(before)] == before
    places = [(one.candidate, one.index) for one in after if one.session == 1]
    assert len(set(places)) == len(places)
    for arm in ("1.0-rebuilt", "2.0", "3.0"):
        numbers = [index for candidate, index in places if candidate == arm]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= 2
    assert folder.run().ended is not None
    assert {one.candidate for one in folder.comparisons()} == {"2.0", "3.0"}
    # Nothing is missing now: another attempt measures nothing.
    assert finished(folder.path, model, environment) == ""


@pytest.mark.breaks
def test_interrupted_all_workers_end(tmp_path: Path, model: Path, environment: Path) -> None:
    """Ctrl-C reaches the orchestrator alone, which takes its workers along; what was measured is there."""
    folder = Folder(tmp_path / "run")
    with driven(folder.path, model, environment) as process:
        until(process, "1.0-rebuilt 1")
        workers = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGINT)
        process.wait(DEADLINE_S)
        assert process.returncode != 0
    assert psutil.wait_procs(workers, timeout=DEADLINE_S)[1] == []
    assert len(list(folder.replicates())) >= 1


def test_an_arm_that_fails_is_a_failure_and_the_rest_goes_on(tmp_path: Path, model: Path, environment: Path) -> None:
    """It is recorded with what it said; the other candidate has its verdict, it has none: invalid."""
    folder = Folder(tmp_path / "run")
    told = finished(folder.path, model, environment, "2.0")
    assert "ended with exit code 1" in told
    (failure,) = folder.run().failures
    assert (failure.arm, failure.scenario, failure.cause) == ("2.0", "single-stream", "other")
    verdicts = {one.candidate: one for one in folder.comparisons()}
    assert verdicts["2.0"].verdict == "invalid"
    assert verdicts["2.0"].reason is not None
    assert "2.0 failed: " in verdicts["2.0"].reason.en
    assert verdicts["3.0"].n == 2


def test_without_the_reference_nothing_is_a_result(tmp_path: Path, model: Path, environment: Path) -> None:
    """It fails once, and every comparison is invalid for that reason."""
    folder = Folder(tmp_path / "run")
    finished(folder.path, model, environment, "1.0")
    assert [failure.arm for failure in folder.run().failures] == ["1.0"]
    assert {one.verdict for one in folder.comparisons()} == {"invalid"}
    assert list(folder.replicates()) == []


class NeverEnough:
    """A judge who wants more of everything."""

    def enough(self, *_: object) -> bool:
        """Say no."""
        return False

    def regressed(self, *_: object) -> bool:
        """Say no."""
        return False


def test_where_everything_is_void_measuring_ends_at_the_first_look(tmp_path: Path) -> None:
    """An arm that is never idle, or a machine that never is, costs a quarter of the plan and not twice the plan."""
    folder = Folder(tmp_path)
    for candidate in ("1.0-rebuilt", "2.0"):
        for index in range(samples.RUN.plan.looks[0] - 1):
            folder.append(samples.void(samples.replicate(index, 100, 100, candidate=candidate)))
    asked: list[str] = []

    def ready(arm: str, *_: object) -> Arm:
        asked.append(arm)
        raise ArmFailed(arm, "it was asked for")

    Session(folder, samples.RUN, ready, NeverEnough()).measure()
    assert asked, "one more replicate is due"
    asked.clear()
    for candidate in ("1.0-rebuilt", "2.0"):
        last = samples.RUN.plan.looks[0] - 1
        folder.append(samples.void(samples.replicate(last, 100, 100, candidate=candidate)))
    Session(folder, samples.RUN, ready, NeverEnough()).measure()
    assert asked == []


@pytest.mark.parametrize("module", STDLIB_ONLY)
def test_the_orchestrator_needs_the_standard_library_alone(module: str) -> None:
    """Nothing that loads threads or what is being measured: every import is stdlib or one of these modules."""
    tree = ast.parse((ROOT / "heygem_core" / "bench" / f"{module}.py").read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {f"heygem_core.bench.{name}" for name in STDLIB_ONLY}
    ours |= {"heygem_core.errors", "heygem_core.text", "heygem_core.runtime.lines", "heygem_core.runtime.nvml"}
    foreign = {
        name
        for name in names
        if name.split(".")[0] not in sys.stdlib_module_names
        and name not in ours
        and name.rpartition(".")[0] not in ours
    }
    assert foreign == set()


def test_an_arm_s_process_runs_on_old_pythons() -> None:
    """What runs inside an environment parses on Python 3.9 and imports numpy, onnxruntime and its own folder only.

    The whole pipeline is the exception: it runs on this package, and so on this Python.
    """
    for path in sorted((ROOT / "heygem_core" / "bench" / "arm").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
        if path.name == "whole.py":
            continue
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in {*sys.stdlib_module_names, "numpy", "onnxruntime"} or name.startswith(
                    "heygem_core.bench.arm"
                ), f"{path.name} imports {name}"
