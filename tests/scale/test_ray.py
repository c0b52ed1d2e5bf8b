"""The engine on Ray, on a real cluster of several nodes: nothing is lost, nothing done twice, nothing left."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from heygem_core.lipsync.media import probe_video
from heygem_core.scale.ledger import RESULTS
from heygem_core.scale.ray_engine import ATTEMPTS
from tests.cli.command import heygem, noise, start
from tests.diagnosis.doctor import fake_cuda
from tests.scale.conftest import FRAMES, Write, job, records
from tests.scale.ray_nodes import DEADLINE_S, NEEDS_RAY, Cluster, cluster

pytestmark = [pytest.mark.ray, pytest.mark.breaks, NEEDS_RAY]
CPU = ("--engine", "ray", "--provider", "cpu")


ONE_CORE = {"num_cpus": 1}


def until(there: Any, alive: subprocess.Popen[str]) -> None:
    """Wait until ``there()`` is true, while the command lives."""
    deadline = time.monotonic() + DEADLINE_S
    while not there():
        assert time.monotonic() < deadline
        assert alive.poll() is None, alive.communicate()
        time.sleep(0.02)


def results(out: Path) -> int:
    """Return how many results are on disk."""
    path = out / RESULTS
    return path.read_bytes().count(b"\n") if path.exists() else 0


def complete(out: Path, count: int) -> list[dict[str, Any]]:
    """Check that each of ``count`` jobs has one result and one whole video, and return the results."""
    told = records(out)
    assert sorted(record["line"] for record in told) == list(range(1, count + 1))
    assert {record["status"] for record in told} == {"done"}
    assert len({record["key"] for record in told}) == count
    assert sorted(path.name for path in out.iterdir()) == sorted([RESULTS, *(f"{index}.mp4" for index in range(count))])
    assert {probe_video(str(path)).frames for path in out.glob("*.mp4")} == {FRAMES}
    assert all((out / record["output"]).stat().st_size == record["bytes"] for record in told)
    return told


def with_one_node_killed(nodes: int, lines: Sequence[dict[str, Any]], write: Write, out: Path) -> None:
    """Kill one of ``nodes`` half-way through ``lines``, then use the cluster again."""
    with cluster(*[ONE_CORE] * nodes) as ray:
        path = write(*lines)
        command = start("batch", path, "--output", out, *CPU, "--address", ray.address)
        until(lambda: results(out) >= len(lines) // 2 and ray.nodes[0] in (out / RESULTS).read_text(), command)
        ray.order("kill 0")
        before = results(out)
        said, complaint = command.communicate(timeout=DEADLINE_S)
        assert (command.returncode, complaint) == (0, "")
        told = complete(out, len(lines))
        again = {record["line"] for record in told if record["attempts"] > 1}
        assert again == {int(line.split()[1]) for line in said.splitlines() if "is done again" in line}
        assert len({record["place"] for record in told}) == nodes
        assert before < len(lines)
        assert not any(ray.nodes[0] in record["place"] for record in told[before:])
        # The cluster is as it was, for others to use, and for us again.
        arguments = ("batch", write(*lines[:2]), "--output", out.with_name("2"), *CPU, "--address", ray.address)
        once_more = heygem(*arguments, timeout=DEADLINE_S)
        assert once_more.returncode == 0, once_more.stderr
        assert not any(ray.nodes[0] in record["place"] for record in complete(out.with_name("2"), 2))
        assert ray.below("heygem-core:") == []


def test_a_lost_node_costs_time_and_nothing_else(write: Write, tmp_path: Path) -> None:
    """16 jobs on 2 nodes, one killed half-way: each job has one result and one video; the cluster stays in use."""
    with_one_node_killed(2, [job(index, audio=f"a{index}.wav") for index in range(16)], write, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_jobs_on_three_nodes_of_which_one_is_lost(write: Write, tmp_path: Path) -> None:
    """200 jobs, one of 3 nodes killed half-way: nothing is lost, nothing is done twice in the output."""
    for index in range(200):
        noise(tmp_path / f"b{index}.wav", 0.32, 8000 + index)
    lines = [job(index, audio=str(tmp_path / f"b{index}.wav")) for index in range(200)]
    with_one_node_killed(3, lines, write, tmp_path / "out")


def test_a_node_that_fell_back_gets_no_work_and_the_others_go_on(write: Write, tmp_path: Path) -> None:
    """Two nodes asked for CUDA; one has (fake) CUDA libraries, of the other doctor says what is missing.

    Without the first, no node is left that can do it: that is one clear error, and the jobs are left to do.
    """
    provider = Path(importlib.util.find_spec("onnxruntime").origin).parent / "capi/libonnxruntime_providers_cuda.so"  # type: ignore[union-attr,arg-type]
    libraries = fake_cuda.build(provider, tmp_path / "cuda")
    fake_cuda.driver(libraries)
    with cluster({**ONE_CORE, "env_vars": {"LD_LIBRARY_PATH": str(libraries)}}, ONE_CORE) as ray:
        # What fake CUDA computes shows no face.
        lines = [job(index, provider="cuda", allow_no_face=True) for index in range(3)]
        options = ("--engine", "ray", "--address", ray.address, "--json", tmp_path / "told.json")
        done = heygem("batch", write(*lines), "--output", tmp_path / "out", *options, timeout=DEADLINE_S)
        assert done.returncode == 0, done.stderr
        told = json.loads((tmp_path / "told.json").read_text())
        (refused,) = told["refused"]
        assert ray.nodes[1] in refused["node"]
        assert refused["cause"] == "missing-cuda-library"
        assert refused["remedy"]["en"]
        assert {record["provider"]["applied"] for record in complete(tmp_path / "out", 3)} == {"CUDAExecutionProvider"}
        assert all(ray.nodes[0] in record["place"] for record in told["results"])
        ray.order("kill 0")
        none = heygem("batch", write(*lines), "--output", tmp_path / "none", *options, timeout=DEADLINE_S)
        (line,) = none.stderr.splitlines()
        assert none.returncode == 1
        assert line.startswith("error: missing-cuda-library: no node of the Ray cluster can do these jobs: ")
        assert ray.nodes[1] in line
        # Ray has its own words about the lost node, and stdout is not the place for them.
        assert "(raylet)" not in none.stdout
        assert results(tmp_path / "none") == 0


def test_a_job_that_takes_its_place_along_ends_alone(write: Write, tmp_path: Path) -> None:
    """A worker killed each time it renders the same job: the others are done, and that one fails at last."""
    long = noise(tmp_path / "long.wav", 100)
    out = tmp_path / "out"
    with cluster(ONE_CORE) as ray:
        path = write(job(0, audio=str(long)), job(1), job(2))
        command = start("batch", path, "--output", out, *CPU, "--address", ray.address)
        lost: set[int] = set()
        for others in (0, *[2] * (ATTEMPTS - 1)):
            # First in the list, and last once it has been lost.
            lost |= lose_the_worker(ray, command, lost, partial(exactly, out, others))
        _, complaint = command.communicate(timeout=DEADLINE_S)
    assert command.returncode == 1
    assert "1 of 3 jobs failed" in complaint
    by_line = {record["line"]: record for record in records(out)}
    assert [by_line[line]["status"] for line in (1, 2, 3)] == ["failed", "done", "done"]
    assert (by_line[1]["cause"], by_line[1]["attempts"]) == ("worker-died", ATTEMPTS)


def exactly(out: Path, count: int) -> bool:
    """Tell whether so many results are on disk."""
    return results(out) == count


def lose_the_worker(ray: Cluster, command: subprocess.Popen[str], lost: set[int], when: Callable[[], bool]) -> set[int]:
    """Kill the one worker ``when`` it is time and it has a pipeline unlike the ``lost``; return its encoder."""
    until(lambda: when() and encoding(ray) - lost, command)
    found = encoding(ray)
    (worker,) = ray.below("ray::Worker")
    worker.kill()
    worker.wait(DEADLINE_S)
    return found


def encoding(ray: Cluster) -> set[int]:
    """Return the encoders that there are."""
    return {process.pid for process in ray.below("heygem-core:encode")}


def test_of_a_cluster_of_its_own_nothing_is_left(write: Write, tmp_path: Path) -> None:
    """Without an address one is started; interrupted or at its end, every process and file of it is gone."""
    path, out = write(*map(job, range(8))), tmp_path / "out"
    command = start("batch", path, "--output", out, *CPU, "--pipelines", "1")
    until(lambda: results(out) >= 1, command)
    below = psutil.Process(command.pid).children(recursive=True)
    os.killpg(command.pid, signal.SIGINT)
    _, said = command.communicate(timeout=DEADLINE_S)
    assert command.returncode == 130
    assert said.startswith("interrupted: ")
    assert [process for process in below if process.is_running()] == []
    done = heygem("batch", path, "--output", out, *CPU, timeout=DEADLINE_S)
    assert (done.returncode, done.stderr) == (0, "")
    complete(out, 8)


def test_an_address_where_nobody_is_gives_one_line(write: Write, tmp_path: Path) -> None:
    """Within seconds, not after Ray's own minute."""
    done = heygem("batch", write(job(0)), "--output", tmp_path / "out", *CPU, "--address", "127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr == "error: other: no Ray cluster at '127.0.0.1:1': Connection refused\n"
