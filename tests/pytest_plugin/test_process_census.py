"""``process_census`` in a stranger's suite: each kind of thing that a test can leave behind."""

from __future__ import annotations

import os

import pytest

from tests.pytest_plugin.conftest import Suite

pytest_plugins = ["pytester"]

SOURCE = """
import gc, multiprocessing, os, subprocess, sys, tempfile, threading, time
from multiprocessing import shared_memory
import pytest

SLEEP = [sys.executable, "-c", "import time; time.sleep(1000)"]

@pytest.fixture(autouse=True)
def census(process_census):
    process_census.deadline_s = 0.15

def test_leaves_a_process(keep):
    keep.append(subprocess.Popen(SLEEP))

def test_leaves_a_zombie(keep):
    keep.append(subprocess.Popen(["true"]))
    os.waitid(os.P_PID, keep[-1].pid, os.WEXITED | os.WNOWAIT)

def test_leaves_a_thread(keep):
    keep.append(threading.Event())
    threading.Thread(target=keep[-1].wait, name="forgotten", daemon=True).start()

def test_leaves_a_descriptor(keep):
    keep.append(open(os.devnull))

def test_leaves_shared_memory(keep):
    keep.append(shared_memory.SharedMemory("census-SHM", create=True, size=8))

def test_leaves_a_file():
    os.close(tempfile.mkstemp(prefix="forgotten-")[0])

def nothing():
    pass

def test_uses_multiprocessing():
    for method in ("spawn", "fork", "forkserver"):
        process = multiprocessing.get_context(method).Process(target=nothing)
        process.start()
        process.join()
        process.close()

def test_uses_temporary_files(tmp_path):
    (tmp_path / "kept").write_text("by pytest")
    with tempfile.NamedTemporaryFile():
        pass

def test_ends_a_little_later(process_census):
    process_census.deadline_s = 30
    threading.Timer(0.2, nothing).start()
"""
CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def keep():
    kept = []
    yield kept
    process, zombie, event, file, memory = kept
    process.kill()
    process.wait()
    zombie.wait()
    event.set()
    file.close()
    memory.close()
    memory.unlink()
"""


def test_each_kind_of_leftover_is_an_error_of_its_test(suite: Suite, pytester: pytest.Pytester) -> None:
    """And of no later one; what multiprocessing keeps for itself, and what goes in time, is none."""
    name = f"census-{os.getpid()}"
    pytester.makeconftest(CONFTEST)
    done = suite(SOURCE.replace("census-SHM", name))
    done.assert_outcomes(passed=9, errors=6)
    done.stdout.fnmatch_lines_random(
        [
            "  process *: *time.sleep(1000)",
            "  zombie *",
            "  thread forgotten",
            "  descriptor * -> /dev/null",
            f"  shared memory /dev/shm/{name}",
            "  temporary file forgotten-*",
        ]
    )
    for kind in ("process", "zombie", "thread", "descriptor", "shared_memory", "file"):
        done.stdout.fnmatch_lines(f"ERROR test_it.py::test_leaves_*{kind} - *")


def test_under_xdist_every_process_counts_for_itself(suite: Suite) -> None:
    """What one worker's test has open, is no leftover of another's."""
    source = "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_it(process_census, n): pass\n"
    suite(source, "-n", "2", plugins="xdist").assert_outcomes(passed=8)
