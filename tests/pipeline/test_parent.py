"""However the caller ends, nothing that it started for the pipeline survives it by more than two seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from heygem_core.pipeline import evidence

PARENT_DEATH_S = 2.0


@dataclass
class Parent:
    """The running program, what it and its stages have started, and its copies."""

    process: subprocess.Popen[str]
    started: list[int]
    copies: list[int]


@contextmanager
def parent(item_s: str, *options: str) -> Iterator[Parent]:
    """Run the program until its pipeline is at work; its copies end with the block."""
    program = [sys.executable, "-m", "tests.pipeline.parent", item_s, *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(program, text=True, **pipes) as process:  # type: ignore[call-overload]
        told = json.loads(process.stdout.readline())
        assert len(told["workers"]) == 3
        yield Parent(process, [*told["workers"], *told["below"]], told["copies"])


def gone(pid: int) -> bool:
    """Return whether no process has this id, or only a zombie that its own parent must reap."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def left_after(began: float, pids: list[int]) -> list[int]:
    """Return which of these are still there two seconds after ``began``."""
    while (left := [pid for pid in pids if not gone(pid)]) and time.monotonic() < began + PARENT_DEATH_S:
        threading.Event().wait(0.01)
    return left


@pytest.mark.breaks
@pytest.mark.parametrize("manner", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
@pytest.mark.parametrize("item_s", ["0.01", "1000"])
def test_nothing_survives_the_supervisors_death(manner: signal.Signals, item_s: str) -> None:
    """Killed, terminated, interrupted, or ended by an exception of its own code: nothing is left, busy or idle."""
    with parent(item_s) as it:
        began = time.monotonic()
        os.kill(it.process.pid, manner)
        assert left_after(began, it.started) == []
        it.process.wait(PARENT_DEATH_S)


@pytest.mark.breaks
def test_nothing_survives_a_caller_killed_while_everything_was_stopped() -> None:
    """A program frozen with all that it had started, and then killed, does not leave that frozen for ever."""
    with parent("0.01") as it:
        # Whoever is to wait for the caller's death must have come to that.
        guardian = it.started[-1]
        while evidence.process_state(guardian) != "S" or "poll" not in (evidence.wait_channel(guardian) or "poll"):
            threading.Event().wait(0.01)
        for pid in (it.process.pid, *it.started):
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        it.process.kill()
        assert left_after(began, it.started) == []


@pytest.mark.breaks
def test_nothing_survives_a_caller_that_never_closes_its_pipeline() -> None:
    """An exception that ends the program without a ``with`` block ends the workers as well."""
    with parent("1000", "unclosed") as it:
        began = time.monotonic()
        os.kill(it.process.pid, signal.SIGUSR1)
        assert left_after(began, it.started) == []
        assert it.process.wait(PARENT_DEATH_S) == 1


@pytest.mark.breaks
@pytest.mark.parametrize("manner", [signal.SIGKILL, signal.SIGINT])
def test_a_copy_of_the_caller_keeps_no_worker_alive(manner: signal.Signals) -> None:
    """With a forked copy that lives on and holds all of its descriptors, the caller's workers end all the same."""
    with parent("1000", "fork") as it:
        began = time.monotonic()
        os.kill(it.process.pid, manner)
        assert left_after(began, it.started) == []
        it.process.wait(PARENT_DEATH_S)
        (copy,) = it.copies
        assert not gone(copy)
        assert it.process.stdin is not None
        it.process.stdin.close()
        assert left_after(time.monotonic(), [copy]) == []
