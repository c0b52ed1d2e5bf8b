"""The disposable interpreter: whatever an experiment does, its caller gets an answer and keeps nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from heygem_core.casebook import processes
from heygem_core.casebook.host import hosted
from heygem_core.errors import BadInput, CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left

EXPERIMENTS = "tests.casebook.experiments"
DEADLINE_S = 30.0


def test_the_result_crosses_even_when_the_experiment_prints() -> None:
    """What an experiment prints does not get into its result."""
    with nothing_left():
        assert hosted(f"{EXPERIMENTS}:echo", {"a": [1, "任务"]}, deadline_s=DEADLINE_S) == {"a": [1, "任务"]}


def test_a_command_in_front_becomes_the_host() -> None:
    """What it changes is there in the experiment, and the host still is the caller's own child."""
    with nothing_left():
        seen = hosted(f"{EXPERIMENTS}:own", {}, deadline_s=DEADLINE_S, through=("env", "HG_THROUGH=yes"))
    assert seen == {"variable": "yes", "parent": os.getpid()}


def test_a_result_larger_than_a_pipe_crosses() -> None:
    """A result that does not fit into a pipe's buffer arrives whole."""
    assert len(hosted(f"{EXPERIMENTS}:large", {}, deadline_s=DEADLINE_S)["text"]) == 300_000


def test_children_orphans_and_zombies_are_gone_when_the_host_answers() -> None:
    """A child, an orphan in a session of its own and a zombie are killed and reaped before the answer."""
    with nothing_left():
        pids = hosted(f"{EXPERIMENTS}:leave_processes", {}, deadline_s=DEADLINE_S)["pids"]
    assert len(pids) == 3
    assert [processes.look(pid) for pid in pids] == [None, None, None]


def test_the_host_s_own_tracker_is_ended_and_not_waited_for() -> None:
    """A queue in the host has started a tracker that lasts as long as the host: it ends before its grace is over."""
    with nothing_left():
        ended = hosted(f"{EXPERIMENTS}:end_tracker", {}, deadline_s=DEADLINE_S)
    assert (ended["there"], ended["left"]) == (1, 0)
    assert ended["seconds"] < processes.TRACKER_GRACE_S


def test_a_hang_ends_at_the_deadline_with_everything_below_it(tmp_path: Path) -> None:
    """An experiment that hangs is killed at its deadline together with what it started."""
    with (
        nothing_left(),
        pytest.raises(EffectNotShown, match=r"experiments:hang did not end within 3 s"),
    ):
        hosted(f"{EXPERIMENTS}:hang", {"file": str(tmp_path / "pid")}, deadline_s=3.0)
    assert processes.look(int((tmp_path / "pid").read_text())) is None


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("skip", CaseSkipped, "^why it failed$"),
        ("input", BadInput, "^why it failed$"),
        ("other", EffectNotShown, r"KeyError: 'why it failed' \(at experiments.py:\d+"),
    ],
)
def test_errors_cross(name: str, kind: type[Exception], message: str) -> None:
    """An error made on purpose is raised again as itself, any other as EffectNotShown saying where."""
    with nothing_left(), pytest.raises(kind, match=message):
        hosted(f"{EXPERIMENTS}:fail", {"error": name}, deadline_s=DEADLINE_S)


def test_a_reason_to_skip_crosses_in_both_languages() -> None:
    """All that an error was made of is there again, not only its message."""
    with pytest.raises(CaseSkipped) as caught:
        hosted(f"{EXPERIMENTS}:fail", {"error": "skip"}, deadline_s=DEADLINE_S)
    assert (caught.value.en, caught.value.zh) == ("why it failed", "失败原因")


def test_a_host_that_dies_is_an_error_with_its_last_words() -> None:
    """No answer gives an error with the exit code and the end of stderr."""
    with pytest.raises(EffectNotShown, match="exit code 7 and no result: last words"):
        hosted(f"{EXPERIMENTS}:die", {}, deadline_s=DEADLINE_S)


@pytest.mark.breaks
def test_a_host_that_is_started_after_the_request_to_stop_is_told_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that starts its experiment a moment too late does not run it to its end."""
    monkeypatch.setattr(processes, "asked_to_stop", threading.Event())
    processes.asked_to_stop.set()
    began = time.monotonic()
    with nothing_left(), pytest.raises(KeyboardInterrupt):
        hosted(f"{EXPERIMENTS}:hang", {"file": str(tmp_path / "pid")}, deadline_s=DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S


@pytest.mark.breaks
def test_a_request_to_stop_that_comes_just_before_the_host_waits_is_heard() -> None:
    """The main thread sleeps in the kernel and was not told: it is woken, and the experiment ends long before time."""
    with nothing_left(), pytest.raises(EffectNotShown, match="ended with exit code"):
        hosted(f"{EXPERIMENTS}:miss_the_request", {}, deadline_s=DEADLINE_S)


@pytest.mark.breaks
def test_a_host_does_not_survive_its_caller(tmp_path: Path) -> None:
    """When the caller is killed, the host ends, and with it everything below."""
    file = tmp_path / "pid"
    program = (
        "from heygem_core.casebook.host import hosted\n"
        f"hosted('{EXPERIMENTS}:hang', {{'file': {str(file)!r}}}, deadline_s=600)"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as caller:
        deadline = time.monotonic() + DEADLINE_S
        while not (file.exists() and file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        caller.kill()
    assert processes.await_end([int(file.read_text())], DEADLINE_S)
