"""What ``heygem-core batch`` costs on Ray: per job against the local engine, and as places become more.

python -m bench.scale OUT.json, in an environment with Ray. Two kinds of jobs: real ones, of 8 frames, on one pipeline
each, the two engines in turn; and jobs that only wait, so that the engine alone is measured and many places fit on one
machine's cores.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heygem_core.runtime.lines import append
from heygem_core.runtime.session import Provider
from heygem_core.scale import batch
from heygem_core.scale.acceptance import Acceptance, examine
from heygem_core.scale.engine import Engine, Started
from heygem_core.scale.jobs import Job, Setup, digests
from heygem_core.scale.ledger import RESULTS
from heygem_core.scale.local import LocalEngine
from heygem_core.scale.ray_engine import RayEngine
from heygem_core.scale.ray_node import Worker
from heygem_core.scale.warm import header
from tests.cli.command import noise
from tests.lipsync.faces import FaceClip

ROOT = Path(__file__).parent.parent
REAL_JOBS = 40
ROUNDS = 3
WAIT_S = 0.25
PLACES = (1, 2, 4, 8, 16)
JOBS_PER_PLACE = 40


class Waiting(Worker):
    """An actor whose jobs take as many seconds as their setup's ``stall_timeout`` says, and no core."""

    def admit(self, provider: Provider, version: str) -> Acceptance:
        """Accept."""
        del provider, version
        return Acceptance("none", None)

    def render(self, job: Job) -> dict[str, Any]:
        """Wait, and say it is done."""
        time.sleep(job.setup.stall_timeout)
        return {**header(job), "status": "done", "bytes": 0, "wall_s": job.setup.stall_timeout}


@contextmanager
def cluster(nodes: int, cpus: int) -> Iterator[str]:
    """Yield the address of a cluster of ``nodes`` nodes."""
    command = [sys.executable, str(ROOT / "tests/scale/cluster.py"), json.dumps([{"num_cpus": cpus}] * nodes)]
    # Ray's default is 15: where other work runs, that and not the engine would be measured.
    variables = {**os.environ, "RAY_worker_niceness": "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=variables
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["address"]
        finally:
            process.communicate(timeout=60)


def spread(values: list[float]) -> dict[str, float]:
    """Return median and range."""
    told = {"median": statistics.median(values), "minimum": min(values), "maximum": max(values)}
    return {name: round(value, 5) for name, value in told.items()}


def timed(engine: Engine, jobs: list[Job], folder: Path) -> tuple[float, float]:
    """Return the seconds per job once every place is at work, and those until the first job has ended."""
    began = time.monotonic()
    first: list[float] = []
    ended: list[float] = []

    def note(event: object) -> None:
        if isinstance(event, Started):
            # The places that were ready before this one have had jobs already.
            ended.clear()
        elif isinstance(event, batch.Progress):
            ended.append(time.monotonic())
            first.append(ended[-1])

    outcome = batch.run(jobs, folder, engine, on_event=note)
    assert outcome.all_done, outcome.records[-1]
    return (ended[-1] - ended[0]) / (len(ended) - 1), first[0] - began


def real(folder: Path) -> dict[str, Any]:
    """Render the same jobs with both engines in turn, one pipeline each."""
    video = FaceClip(frames=8, width=160, height=120, sound_s=0.32).write(folder / "v.mp4")
    jobs = []
    for index in range(REAL_JOBS):
        audio = noise(folder / f"{index}.wav", 0.32, 8000 + index)
        jobs.append(Job(index, video, str(audio), f"{index}.mp4", Setup(provider="cpu"), key=f"{index:064}"))
    per_job: dict[str, list[float]] = {"local": [], "ray": []}
    first: dict[str, list[float]] = {"local": [], "ray": []}
    with cluster(1, 1) as address:
        for index in range(ROUNDS):
            for name, values in per_job.items():
                target = folder / f"{name}{index}"
                engine: Engine = LocalEngine(target, 1) if name == "local" else RayEngine(target, address, 1)
                seconds, start = timed(engine, jobs, target)
                values.append(seconds)
                first[name].append(start)
    return {
        "how": f"{REAL_JOBS} jobs of 8 frames, 160x120, puppet on the CPU, one pipeline, engines in turn, "
        "Ray's workers at niceness 0",
        "seconds_per_job": {name: spread(values) for name, values in per_job.items()},
        "seconds_until_the_first": {name: spread(values) for name, values in first.items()},
        "ray_minus_local_s": spread([b - a for a, b in zip(per_job["local"], per_job["ray"], strict=True)]),
    }


def waiting(folder: Path, address: str, places: int, seconds: float, jobs: int) -> float:
    """Return the seconds per job of ``jobs`` that wait, on ``places`` places."""
    target = folder / f"wait-{places}-{seconds}"
    setup = Setup(provider="cpu", stall_timeout=seconds)
    work = [Job(index, "", "", f"{index}.mp4", setup, key=f"{index:064}") for index in range(jobs)]
    return timed(RayEngine(target, address, places, worker=Waiting), work, target)[0]


def engine_alone(folder: Path) -> dict[str, Any]:
    """Measure jobs that only wait: what the engine adds, how it holds with more places, how many jobs it hands out."""
    rows = []
    with cluster(1, max(PLACES)) as address:
        added = waiting(folder, address, 1, 0.0, 200)
        for places in PLACES:
            seconds = waiting(folder, address, places, WAIT_S, JOBS_PER_PLACE * places)
            rows.append(
                {
                    "places": places,
                    "jobs_per_s": round(1 / seconds, 2),
                    "efficiency": round(WAIT_S / (seconds * places), 4),
                }
            )
        used = time.process_time()
        fastest = waiting(folder, address, max(PLACES), 0.0, 1000)
        used = time.process_time() - used
    return {
        "how": f"jobs that wait {WAIT_S} s, {JOBS_PER_PLACE} per place, places on one node; efficiency: of the ideal",
        "added_s_per_job": round(added, 5),
        "places": rows,
        "jobs_per_s_at_most": round(1 / fastest, 1),
        "driver_cpu_s_per_job": round(used / 1000, 5),
    }


def parts(folder: Path) -> dict[str, float]:
    """Measure what a driver does for each job, and what a node does once."""
    results = next(folder.glob("local*")) / RESULTS
    line = results.read_bytes().split(b"\n")[0]
    count, big = 500, folder / "big"
    began = time.monotonic()
    for _ in range(count):
        append(folder / "lines", line)
    appended = time.monotonic()
    big.write_bytes(os.urandom(1 << 20) * 512)
    written = time.monotonic()
    digests()(str(big))
    hashed = time.monotonic()
    refused = examine("cuda").refusal is not None
    examined = time.monotonic()
    accepted = examine("cpu").refusal is None
    ended = time.monotonic()
    assert refused, "this is for a machine without a GPU"
    assert accepted
    told = {
        "line_bytes": len(line) + 1,
        "lines_per_s": count / (appended - began),
        "hashed_gb_per_s": big.stat().st_size / (hashed - written) / 1e9,
        "examination_s": ended - examined,
        "examination_with_doctor_s": examined - hashed,
    }
    return {name: round(value, 3) for name, value in told.items()}


def main() -> None:
    """Measure all and write it."""
    import ray

    with tempfile.TemporaryDirectory(prefix="bench-scale-") as name:
        folder = Path(name)
        told = {
            "date": datetime.now(UTC).date().isoformat(),
            "host": {"cores": os.cpu_count(), "load": os.getloadavg(), "ray": ray.__version__},
            "real_jobs": real(folder),
            "engine_alone": engine_alone(folder),
            "parts": parts(folder),
        }
    Path(sys.argv[1]).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
