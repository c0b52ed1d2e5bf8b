"""The other half of finding stalls: healthy jobs on a machine that is busy, paused or slow are never accused."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from heygem_core.pipeline import Liveness, Pipeline, Stage
from tests.pipeline.stages import Collect, Double, Numbers

FLOOR_S = 1.0


@contextmanager
def burners(count: int) -> Iterator[None]:
    """Keep ``count`` processes busy."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def run_healthy_jobs(count: int, seed: int) -> None:
    """Run jobs of every pace, with a slow item below the floor here and there, on warm workers."""
    draw = random.Random(seed)
    with (
        burners(4),
        Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096, liveness=Liveness(FLOOR_S)) as pipeline,
    ):
        for _ in range(count):
            frames = draw.randint(0, 30)
            slow = {draw.randint(0, 15): draw.choice([0.0, 0.3, 0.7])}
            job = {"frames": frames, "item_s": draw.choice([0.0, 0.001, 0.02]), "slow_items": slow}
            assert pipeline.run(job).frames == frames


def test_healthy_jobs_on_a_busy_machine_are_not_accused() -> None:
    """Twenty jobs beside four processes that burn two cores: not one error."""
    run_healthy_jobs(20, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_healthy_jobs_on_a_busy_machine_are_not_accused() -> None:
    """The same, two hundred times."""
    run_healthy_jobs(200, seed=2)


@pytest.mark.parametrize("open_s", [0.01, 3.0, pytest.param(20.0, marks=pytest.mark.slow)])
def test_a_long_cold_start_is_not_accused(open_s: float) -> None:
    """Cold start has a budget of its own: a model that loads for seconds is no stall at a floor of one."""
    stages: list[Stage] = [Numbers(), Double(open_s=open_s), Collect()]
    with Pipeline(stages, slot_bytes=4096, liveness=Liveness(FLOOR_S)) as pipeline:
        assert pipeline.run({"frames": 10}).frames == 10


@pytest.mark.breaks
def test_a_pause_of_the_whole_tree_is_not_accused() -> None:
    """SIGSTOP of supervisor and workers for longer than the floor, then SIGCONT: the jobs go on and complete."""
    program = [sys.executable, "-m", "tests.pipeline.paused"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "running\n"
        for _ in range(2):
            tree = [psutil.Process(parent.pid), *psutil.Process(parent.pid).children()]
            for process in tree:
                process.send_signal(signal.SIGSTOP)
            threading.Event().wait(1.7 * FLOOR_S)
            for process in reversed(tree):
                process.send_signal(signal.SIGCONT)
            threading.Event().wait(0.5)
        assert parent.stdout.readline() == "160 frames\n"
    assert parent.returncode == os.EX_OK
