"""Reading /proc: what is told about a process is what really happened to it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from heygem_core.casebook import processes


def test_a_process_is_seen_with_its_parent_and_what_it_waits_for() -> None:
    """A sleeping child shows its parent, state, threads and descriptors, and no CPU time while it sleeps."""
    program = "import time, sys; print('up', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        seen = processes.look(child.pid)
        assert seen is not None
        assert (seen.pid, seen.parent, seen.threads) == (child.pid, os.getpid(), 1)
        assert seen.state in "SR"
        assert seen.resident_kib > 1000
        assert processes.descriptors(child.pid) == 3
        assert len(processes.thread_wchans(child.pid)) == 1
        assert child.pid in [below.pid for below in processes.descendants(os.getpid())]
        child.kill()


def test_a_zombie_shows_how_it_ended_and_holds_nothing() -> None:
    """A child that nobody waited for is in state Z, with its exit status, without memory or descriptors."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(3)"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        seen = processes.look(child.pid)
        assert seen is not None
        assert seen.state == "Z"
        assert os.waitstatus_to_exitcode(seen.wait_status) == 3
        assert seen.resident_kib == 0
        assert processes.descriptors(child.pid) == 0


def test_a_process_that_is_gone_is_none() -> None:
    """A reaped process is not seen, has no threads and no descriptors."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert processes.look(child.pid) is None
    assert processes.thread_wchans(child.pid) == ()
    assert processes.descriptors(child.pid) == 0


def test_no_other_process_can_be_ended_by_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ending the descendants kills nothing when there are none."""
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _signal: killed.append(pid))
    monkeypatch.setattr(processes, "descendants", lambda _pid: [])
    assert processes.end_descendants() == 0
    assert killed == []


def test_an_end_is_waited_for_and_a_life_is_not() -> None:
    """One of several that ended is enough for one, all for all; who has been reaped has ended; time can run out."""
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(sleeper) as alive, subprocess.Popen([sys.executable, "-c", ""]) as ends:
        assert processes.await_end([alive.pid, ends.pid], 30.0)
        assert not processes.await_end([alive.pid], 0.1)
        assert not processes.await_all_ended([ends.pid, alive.pid], 0.1)
        ends.wait()
        assert processes.await_end([ends.pid], 0.0)
        alive.kill()
        assert processes.await_all_ended([ends.pid, alive.pid], 30.0)
        assert not processes.await_end([], 0.0)


def test_the_tracker_is_not_counted_below() -> None:
    """It ends by itself; everything else is counted, a zombie too."""
    program = (
        "import multiprocessing, os\n"
        "from heygem_core.casebook import processes\n"
        "queue = multiprocessing.get_context('spawn').Queue()\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0)\n"
        "processes.await_end([pid], 30)\n"
        "print(len(processes.descendants(os.getpid())), [seen.pid == pid for seen in processes.below(os.getpid())])\n"
        "os.waitpid(pid, 0)\n"
        "print(processes.left())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["2 [True]", "[]"]
