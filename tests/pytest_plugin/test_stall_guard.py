"""``stall_guard`` in a stranger's suite: what hangs is described, everything below is killed, the run goes red."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.pytest_plugin.conftest import DEADLINE_S, Suite

pytest_plugins = ["pytester"]

RESTARTS = """
import os, subprocess, sys

WORKER = "import os; open('pids', 'a').write(f'{os.getpid()} '); input()"

def restart_for_ever():
    while True:
        subprocess.run([sys.executable, "-c", WORKER], stdin=open(os.open("held", os.O_RDWR)))

if __name__ == "__main__":
    restart_for_ever()
"""
"""A supervisor that never gives up; its worker writes down its process id and waits at a pipe."""

NATIVE = """
import ctypes, os, pytest, subprocess, sys

def test_before():
    pass

def hang(library):
    child = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(1000)"],
                             stdout=subprocess.PIPE)
    child.stdout.readline()
    with open("pids", "a") as file:
        file.write(f"{child.pid} ")
    mutex = ctypes.create_string_buffer(64)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)

MARK
def test_native():
    hang(ctypes.LIBRARY(None))

def test_after():
    pass
"""
"""A thread that locks a native mutex twice sleeps for ever and takes no exception; PyDLL keeps the GIL meanwhile."""

IN_A_THREAD = """
import threading, time

def test_native(stall_guard):
    def hang():
        with stall_guard(0.3, grace=0.3):
            time.sleep(1000)
    thread = threading.Thread(target=hang)
    thread.start()
    thread.join()
"""
"""Python runs no signal handler in another thread than the main one, which waits for it."""

PYTHON = """
import os, pytest, subprocess, sys, threading, time

def start():
    os.mkfifo("held")
    child = subprocess.Popen([sys.executable, "restarts.py"])
    while not os.path.exists("pids"):
        time.sleep(0.01)
    return child

def test_waits_for_a_child(stall_guard, process_census):
    child = start()
    with stall_guard(0.3):
        child.wait()

@pytest.mark.stall_guard(0.3)
def test_catches_every_exception():
    while True:
        try:
            time.sleep(1000)
        except Exception:
            pass

@pytest.fixture
def slow_to_close():
    lock = threading.Lock()
    lock.acquire()
    yield
    lock.acquire()

@pytest.mark.stall_guard(0.3)
def test_hangs_in_teardown(slow_to_close):
    pass

def test_a_fork_that_leaves_the_block(stall_guard):
    try:
        with stall_guard(0.3):
            if os.fork() == 0:
                raise KeyError
            time.sleep(1000)
    except KeyError:
        os._exit(0)

@pytest.mark.stall_guard
def test_without_seconds():
    pass

@pytest.mark.stall_guard(60)
@pytest.mark.parametrize("number", range(3))
def test_healthy(number, stall_guard, process_census):
    with stall_guard(60), stall_guard(50) as inner:
        inner.progress()
"""


def native(library: str, mark: str = "") -> str:
    """Return the suite with a test that hangs in native code."""
    return NATIVE.replace("LIBRARY", library).replace("MARK", mark)


def alive(folder: Path) -> list[psutil.Process]:
    """Return the processes that wrote their id into the file ``pids`` and still run."""
    pids = map(int, (folder / "pids").read_text().split())
    return [process for process in map(process_of, pids) if process is not None]


def process_of(pid: int) -> psutil.Process | None:
    """Return the process, None if it is gone; a zombie of somebody else's is."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    return None


def test_what_can_be_interrupted_fails_and_the_run_goes_on(suite: Suite, pytester: pytest.Pytester) -> None:
    """Each hang is one failure by an exception that tests do not catch; pytest-timeout, due later, stays silent.

    The first of them ends of itself when its child is killed, and is a failure all the same.
    """
    pytester.makepyfile(restarts=RESTARTS)
    done = suite(PYTHON, "-rA", "--timeout=100", plugins="timeout")
    done.assert_outcomes(failed=3, passed=4, errors=2)
    assert done.ret == 1
    for name in ("test_waits_for_a_child", "test_catches_every_exception", "test_a_fork_that_leaves_the_block"):
        done.stdout.fnmatch_lines([f"FAILED test_it.py::{name} - *Stalled: *"])
    done.stdout.fnmatch_lines(["ERROR test_it.py::test_hangs_in_teardown - *Stalled: *"])
    done.stdout.fnmatch_lines(["*TypeError: *missing 1 required positional argument: 'seconds'"])
    done.stdout.no_fnmatch_line("E *KeyError*")
    assert alive(pytester.path) == []
    check_report(done.stdout.str(), worker=int((pytester.path / "pids").read_text().split()[0]))


def check_report(told: str, worker: int) -> None:
    """The test waits for its child, that for the worker; each with its state and its Python stack; who was killed."""
    # On a build service pytest's summary repeats the whole report.
    (supervisor,) = set(re.findall(rf"restarts\.py \((\d+)\) waits for the end of a process .*\({worker}\)", told))
    assert re.search(rf"\(\d+\) waits for the end of a process .*\({supervisor}\)", told)
    assert re.search(rf"{supervisor} S [\d.]+ do_wait .*restarts\.py", told)
    assert re.search(r"test_it\.py\", line \d+ in test_waits_for_a_child", told)
    assert re.search(r"restart_for_ever \(.*restarts\.py:\d+\)", told)
    assert re.search(rf"killed: {supervisor} .*; {worker} ", told)


@pytest.mark.parametrize("manner", ["native", "thread"])
def test_what_cannot_be_interrupted_ends_the_run(suite: Suite, pytester: pytest.Pytester, manner: str) -> None:
    """Native code that keeps the interpreter's lock, or another thread: the report, nothing left, and not green."""
    (pytester.path / "pids").touch()
    native_code = native("PyDLL", "@pytest.mark.stall_guard(0.3, grace=0.3)")
    done = suite(native_code if manner == "native" else IN_A_THREAD)
    assert done.ret == -signal.SIGKILL
    assert alive(pytester.path) == []
    done.stderr.fnmatch_lines(
        ["test_it.py::test_native: no end within 0.3 s", "*test_it.py*in hang", "* cannot be interrupted: *"]
    )


def test_under_xdist_only_the_worker_ends(suite: Suite, pytester: pytest.Pytester) -> None:
    """The test that hangs in native code is a failure, the others run, and the summary is there."""
    mark = "@pytest.mark.stall_guard(0.3, grace=0.3)"
    done = suite(native("CDLL", mark), "-n", "1", plugins="xdist")
    done.assert_outcomes(failed=1, passed=2)
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*worker 'gw0' crashed while running 'test_it.py::test_native'"])
    done.stderr.fnmatch_lines(["test_it.py::test_native: no end within 0.3 s"])
    assert alive(pytester.path) == []


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_what_pytest_timeout_alone_cannot_do(pytester: pytest.Pytester, suite: Suite, method: str) -> None:
    """Its signal does not end a test in native code; its thread ends the run; both leave the child behind."""
    suite(native("CDLL"), "--collect-only")
    options = ("-p", "timeout", "-p", "no:cacheprovider", "--timeout=0.5", f"--timeout-method={method}")
    command = [sys.executable, "-m", "pytest", *options]
    with subprocess.Popen(command, cwd=pytester.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + DEADLINE_S
        while not (pytester.path / "pids").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        if method == "thread":
            assert run.wait(DEADLINE_S) == 1
        else:
            with pytest.raises(subprocess.TimeoutExpired):
                run.wait(timeout=1)
        (child,) = alive(pytester.path)
        child.kill()
        run.kill()
