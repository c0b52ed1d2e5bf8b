"""The other half of finding stalls: healthy jobs on a machine that is busy, paused, slow or set are never accused."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.disturbances import YEAR_S, Clock, Disturber, burners

FLOOR_S = 1.0


def healthy_jobs(
    jobs: int,
    cold_starts_s: list[float],
    *,
    seed: int,
    capsys: pytest.CaptureFixture[str],
    clock: Clock | None = None,
    busy: int = 0,
    longest_pause_s: float = 0.0,
) -> dict[str, Any]:
    """Run the program of ``healthy.py`` among these disturbances; state both figures; return what it printed."""
    arguments = map(str, (seed, FLOOR_S, jobs, *cold_starts_s))
    program = [sys.executable, "-m", "tests.pipeline.healthy", *arguments]
    environment = None if clock is None else clock.environment
    with ExitStack() as stack:
        stack.enter_context(burners(busy))
        running = stack.enter_context(subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment))
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n"
        with Disturber(running.pid, seed, clock, longest_pause_s) as disturber:
            told: dict[str, Any] = json.loads(running.stdout.readline())
    among = f"{busy} burners, {disturber.pauses} pauses of up to {longest_pause_s} s, {disturber.jumps} clock jumps"
    cold = f"cold starts of {min(cold_starts_s):.2f} to {max(cold_starts_s):.2f} s"
    with capsys.disabled():
        # Both figures are what these tests are about.
        print(f"\n{told['jobs']} healthy jobs, {len(told['alarms'])} false alarms: {among}, {cold}")  # noqa: T201
    assert told["jobs"] == jobs * len(cold_starts_s)
    assert told["alarms"] == []
    return {**told, "pauses": disturber.pauses, "jumps": disturber.jumps}


def test_healthy_jobs_on_a_busy_and_paused_machine_are_not_accused(capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve jobs beside four processes that burn the cores, paused again and again for longer than the floor."""
    told = healthy_jobs(6, [0.01, 1.5], seed=1, capsys=capsys, busy=4, longest_pause_s=1.7 * FLOOR_S)
    assert told["pauses"] >= 1


def test_a_clock_that_is_set_accuses_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The wall clock jumps by years, forwards and backwards, in the middle of jobs, for workers and supervisor."""
    told = healthy_jobs(8, [0.5], seed=3, capsys=capsys, clock=Clock(tmp_path))
    seen = [told["ahead_s"][0::2], told["ahead_s"][1::2]]
    assert all(max(ahead) - min(ahead) > YEAR_S for ahead in seen), "the clock did not jump"


@pytest.mark.breaks
def test_a_clock_that_is_set_hides_nobody(tmp_path: Path) -> None:
    """A stage that hangs is named although the wall clock jumps all the while: no deadline goes by it."""
    clock = Clock(tmp_path)
    program = [sys.executable, "-m", "tests.pipeline.stalling"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=clock.environment) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n"
        with Disturber(running.pid, 4, clock, 0.0) as disturber:
            assert running.stdout.readline() == "StageStalled double\n"
    assert disturber.jumps > 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_healthy_jobs_are_not_accused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it at once, two hundred times, with cold starts from a hundredth of a second to twenty seconds."""
    draw = random.Random(2)
    cold_starts = [0.01, 20.0, *(0.01 * 2000 ** draw.random() for _ in range(18))]
    told = healthy_jobs(
        10, cold_starts, seed=2, capsys=capsys, clock=Clock(tmp_path), busy=4, longest_pause_s=3 * FLOOR_S
    )
    assert told["pauses"] > 10
    assert max(told["ahead_s"]) - min(told["ahead_s"]) > YEAR_S
