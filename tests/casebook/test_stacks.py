"""Stacks of other processes: whole, of the moment, and none rather than a wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.casebook import stacks

PROGRAM = """
import sys, threading
from pathlib import Path
from heygem_core.casebook import stacks

def waits():
    threading.Event().wait()

def main():
    threading.Thread(target=waits, daemon=True).start()
    stacks.answer(Path(sys.argv[1]))
    print("up", flush=True)
    sys.stdin.read(1)

main()
"""


def test_stacks_are_read_per_thread() -> None:
    """A dump of two threads gives two stacks, innermost first, without line numbers."""
    text = (
        "Thread 0x00007f (most recent call first):\n"
        '  File "/usr/lib/python3.11/multiprocessing/queues.py", line 244 in _feed\n'
        "\n"
        "Current thread 0x00007e (most recent call first):\n"
        '  File "/somewhere/topology.py", line 3 in serve\n'
        '  File "<string>", line 1 in <module>\n'
    )
    assert stacks.parse(text) == (("queues.py:_feed",), ("topology.py:serve", "<string>:<module>"))
    assert stacks.main_thread(()) == ()


def test_a_process_tells_its_threads_each_time_it_is_asked(tmp_path: Path) -> None:
    """The main thread last; the second answer is not the first one; one that has ended gives none."""
    path = tmp_path / "stack"
    command = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        for _ in range(2):
            other, main = stacks.ask(program.pid, path)
            assert main[-1] == "<string>:<module>"
            assert "<string>:waits" in other
        program.kill()
        program.wait()
        assert stacks.ask(program.pid, path) == ()


def test_nobody_is_signalled_who_could_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its file a process would die of the signal: it is not sent."""
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    assert stacks.ask(1, tmp_path / "none") == ()


def test_a_process_that_is_stopped_gives_none_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for its answer has a deadline."""
    monkeypatch.setattr(stacks, "_ANSWER_S", 0.2)
    path = tmp_path / "stack"
    command = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.send_signal(signal.SIGSTOP)
        assert stacks.ask(program.pid, path) == ()
        program.kill()
