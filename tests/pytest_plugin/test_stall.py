"""The guard itself, on this very process."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from heygem_core.diagnosis.watching import stacks
from heygem_core.errors import UnsupportedPlatform
from heygem_core.pytest_plugin import helpers, stall, standstill
from heygem_core.pytest_plugin.census import Census


def guard(seconds: float) -> stall.GuardedBlock:
    """Return a guarded block."""
    return stall.GuardedBlock(lambda: stall.StallGuard("this test", seconds))


def test_progress_starts_the_seconds_anew() -> None:
    """A block that takes longer than its seconds, but never so long without a sign, is no stall."""
    with guard(1.2) as guarded:
        for _ in range(15):
            time.sleep(0.1)
            guarded.progress()


def test_whoever_debugs_takes_his_time() -> None:
    """Once a debugger was entered the guard lets everything pass."""
    with guard(0.2):
        stall.suspend_all()
        time.sleep(0.6)


def test_a_block_that_raises_in_time_raises_just_that() -> None:
    """And the signal handlers, the process and its descriptors are gone."""
    with pytest.raises(ZeroDivisionError), guard(60):
        _ = 1 / 0
    assert not helpers.PIDS
    assert not helpers.DESCRIPTORS


def test_a_guard_that_is_gone_is_a_failure() -> None:
    """If something kills the guard, the test does not pass unguarded."""
    block = guard(60)
    block.__enter__()
    (pid,) = helpers.PIDS
    os.kill(pid, 9)
    with pytest.raises(stall.Stalled, match="is gone"):
        block.__exit__(None, None, None)


def test_a_process_with_many_files_open_is_guarded() -> None:
    """select() refuses descriptors from 1024 on; with them, a stall is described as any other."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        with pytest.raises(stall.Stalled, match="in test_a_process_with_many_files_open_is_guarded"), guard(0.3):
            time.sleep(60)


def test_elsewhere_than_on_linux_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what needs /proc; the plugin itself loads everywhere."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UnsupportedPlatform, match="stall_guard needs Linux, this is 'darwin'"):
        guard(1).__enter__()
    with pytest.raises(UnsupportedPlatform, match="process_census needs Linux"):
        Census()


@pytest.mark.parametrize("seconds", [0, -1])
def test_seconds_must_be_positive(seconds: float) -> None:
    """A guard that fires at once guards nothing."""
    with pytest.raises(ValueError, match="must be above 0"):
        guard(seconds).__enter__()


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["t: no end within 2 s", "it does not answer", "py-spy is not installed (pip install", "killed: "]),
        ("zh", ["t：2 秒内没有结束", "没有响应", "未安装 py-spy", "已杀死："]),
    ],
)
def test_the_report_without_helpers_in_both_languages(
    language: str, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without py-spy, and with a process that does not answer, the report says so and shows the kernel's view."""
    monkeypatch.setattr(stacks, "program", lambda: None)
    settings = {"test": "t", "pid": os.getpid(), "seconds": 2.0, "language": language}
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", "input()"]
        child = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
        told = f"{standstill.describe(settings, lambda _: '')}\n{standstill.end_below(settings)}"
        assert not psutil.pid_exists(child.pid)
    for line in lines:
        assert line in told
    assert f"  {child.pid} " in told


SERVICE = """
import multiprocessing, os

def consume(frames):
    os._exit(1)

def produce(frames):
    for _ in range(20):
        frames.put(bytes(100_000))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    frames = context.Queue(2)
    processes = [context.Process(target=target, args=(frames,)) for target in (produce, consume)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
"""


def test_the_cause_is_told_with_its_remedy(tmp_path: Path) -> None:
    """A producer before a full queue whose consumer died: that the report names, and what to do."""
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    with subprocess.Popen([sys.executable, "service.py"], cwd=tmp_path) as service:
        settings = {"test": "t", "pid": service.pid, "seconds": 2.0, "language": "en"}
        deadline, told = time.monotonic() + 60, ""
        while not ("cause: " in told and "a queue that is full" in told) and time.monotonic() < deadline:
            told = standstill.describe(settings, lambda _: "")
        standstill.end_below(settings)
        service.kill()
    assert re.search(r"produce \(\d+\) waits to put into a queue that is full in produce \(service\.py:\d+\)", told)
    assert "cause: worker-died" in told
    assert "exited with code 1" in told
    assert "what to do: " in told
    assert "put (multiprocessing/queues.py" in told
