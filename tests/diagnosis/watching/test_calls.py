"""What a thread waits for, read from its system call: one real thread for each way to wait."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heygem_core.diagnosis.watching import peers, proc
from heygem_core.diagnosis.watching.calls import Surroundings, understand
from heygem_core.diagnosis.watching.model import Kind, Wait
from tests.diagnosis.watching.services import end

PROGRAM = Path(__file__).with_name("waiting.py")


class Waiting:
    """The program, with the numbers that it told: threads by name, and "=name" for inodes and processes."""

    def __init__(self, service: subprocess.Popen[bytes]) -> None:
        self.pid = service.pid
        assert service.stdout is not None
        lines = iter(lambda: service.stdout.readline().decode().split(), ["ready"])  # type: ignore[union-attr]
        self.numbers = {name: int(number) for name, number in lines}

    def around(self) -> Surroundings:
        """Return what the program has open and mapped."""
        descriptors = proc.descriptors(self.pid)
        assert descriptors is not None
        return Surroundings(self.pid, descriptors, proc.mappings(self.pid), peers.unix_peers())

    def wait(self, name: str, *, refused: bool = False) -> Wait:
        """Return what the thread called ``name`` waits for, once it does."""
        tid = self.numbers[name]
        deadline = time.monotonic() + 20
        while proc.thread_state(self.pid, tid)[1] != "S":
            assert time.monotonic() < deadline
        line = None if refused else proc.call(self.pid, tid)
        return understand(line, proc.kernel_function(self.pid, tid), "S", self.around())


@pytest.fixture(scope="module")
def program() -> Iterator[Waiting]:
    """Run the program."""
    service = subprocess.Popen([sys.executable, PROGRAM], stdout=subprocess.PIPE, start_new_session=True)
    try:
        yield Waiting(service)
    finally:
        end(service)


@pytest.mark.parametrize(
    ("name", "kind", "waited_for", "timed"),
    [
        ("read", Kind.READS, "=read", False),
        ("write", Kind.WRITES, "=full", False),
        ("recv", Kind.READS, "=here", False),
        ("accept", Kind.OUTSIDE, None, False),
        ("lock", Kind.LOCK, "", False),
        ("lock-timed", Kind.LOCK, "", True),
        ("semaphore", Kind.SEMAPHORE, "", False),
        ("semaphore-timed", Kind.SEMAPHORE, "", True),
        ("sleep", Kind.SLEEPS, None, True),
        ("child", Kind.CHILD, "=child", False),
        ("child4", Kind.CHILD, "=child", False),
        ("poll", Kind.READS, "=read", False),
        ("poll-timed", Kind.READS, "=read", True),
        ("poll-server", Kind.OUTSIDE, None, False),
        ("select", Kind.READS, "=read", False),
        ("select-timed", Kind.READS, "=read", True),
        ("select-nothing", Kind.SLEEPS, None, False),
        ("epoll", Kind.READS, "=read", False),
        ("signal", Kind.OUTSIDE, None, False),
    ],
)
def test_the_call_names_what_is_waited_for(
    program: Waiting, name: str, kind: Kind, waited_for: str | None, timed: bool
) -> None:
    """Kind, whether the call ends by itself, and the very pipe, socket, semaphore or process."""
    wait = program.wait(name)
    assert (wait.kind, wait.timed) == (kind, timed)
    if waited_for:
        assert wait.objects == (program.numbers[waited_for],)
    else:
        assert bool(wait.objects) == (waited_for == "")


def test_a_sleep_says_how_long_it_lasts(program: Waiting) -> None:
    """From the deadline in the sleeper's memory; one that waits for nothing lasts for ever."""
    left = program.wait("sleep").left_s
    assert left is not None
    assert 400 < left <= 600
    assert program.wait("select-nothing").left_s == float("inf")


def test_both_ways_to_wait_for_a_semaphore_mean_the_same_one(program: Waiting) -> None:
    """Its inode is its identity, in every process; its value says that it is taken."""
    (inode,) = program.wait("semaphore").objects
    assert program.wait("semaphore-timed").objects == (inode,)
    address = proc.semaphores(program.around().mapped)[inode]
    memory = proc.memory(program.pid, address, 4)
    assert memory == bytes(4)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("read", Kind.READS),
        ("write", Kind.WRITES),
        ("lock", Kind.LOCK),
        ("sleep", Kind.SLEEPS),
        ("child", Kind.CHILD),
        ("accept", Kind.OUTSIDE),
        ("poll", Kind.OUTSIDE),
    ],
)
def test_the_kernel_s_function_tells_the_kind_where_the_call_is_refused(
    program: Waiting, name: str, kind: Kind
) -> None:
    """Then a pipe may be any of those that the process has open for it."""
    wait = program.wait(name, refused=True)
    assert wait.kind is kind
    if kind in {Kind.READS, Kind.WRITES}:
        assert {program.numbers["=read"], program.numbers["=full"]} <= set(wait.objects)


def test_asking_what_lies_in_a_pipe_disturbs_nobody(program: Waiting) -> None:
    """The bytes are counted and stay; a pipe of which the last writer goes still ends for its reader."""
    around = program.around()
    number = next(n for n, d in around.descriptors.items() if d.inode == program.numbers["=full"] and "r" in d.mode)
    assert proc.unread(program.pid, number) == proc.unread(program.pid, number) == 65536
    read, write = os.pipe()
    os.write(write, b"abc")
    assert proc.unread(os.getpid(), read) == 3
    os.close(write)
    assert os.read(read, 10) == b"abc"
    assert proc.unread(os.getpid(), read) == 0
    assert os.read(read, 10) == b""
    os.close(read)


def test_nothing_is_learnt_of_a_process_that_is_gone() -> None:
    """No answer raises: processes end while they are looked at."""
    gone = 2**22 + 1
    assert proc.entry(gone) is None
    assert (proc.command(gone), proc.tasks(gone), proc.mappings(gone)) == ((), (), ())
    assert proc.environment(gone) == {}
    assert (proc.descriptors(gone), proc.counters(gone, gone), proc.memory(gone, 0, 1)) == (None, None, None)
    assert (proc.call(gone, gone), proc.kernel_function(gone, gone), proc.unread(gone, 0)) == (None, "", None)
    assert proc.owner(gone) is None
