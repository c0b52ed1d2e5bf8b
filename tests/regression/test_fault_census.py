"""The fault table's census: it notices each kind of thing that a fault can leave behind."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from heygem_core.faults import census


@contextmanager
def a_child(_: Path) -> Iterator[None]:
    """Have a process more."""
    with subprocess.Popen(["sleep", "1000"]) as child:
        yield
        child.kill()


@contextmanager
def a_zombie(_: Path) -> Iterator[None]:
    """Have a process that has ended and was not reaped."""
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        yield


@contextmanager
def a_descriptor(_: Path) -> Iterator[None]:
    """Have a file open."""
    with Path("/dev/null").open():
        yield


@contextmanager
def a_pipe(_: Path) -> Iterator[None]:
    """Have a pipe open."""
    reader, writer = os.pipe()
    yield
    os.close(reader)
    os.close(writer)


@contextmanager
def a_region(_: Path) -> Iterator[None]:
    """Have a nameless region mapped whose descriptor is closed."""
    fd = os.memfd_create("heygem-left")
    os.ftruncate(fd, 4096)
    mapping = mmap.mmap(fd, 4096)
    os.close(fd)
    yield
    mapping.close()


@contextmanager
def a_file(folder: Path) -> Iterator[None]:
    """Have a file in the folder."""
    (folder / ".out.mp4.part").touch()
    yield
    (folder / ".out.mp4.part").unlink()


@pytest.mark.parametrize(
    ("left", "noticed"),
    [
        (a_child, {"children"}),
        (a_zombie, {"zombies"}),
        (a_descriptor, {"descriptors"}),
        (a_pipe, {"descriptors", "channels"}),
        (a_region, {"regions", "descriptors"}),
        (a_file, {"files"}),
    ],
)
def test_what_is_left_is_noticed(
    left: Callable[[Path], AbstractContextManager[None]], noticed: set[str], tmp_path: Path
) -> None:
    """Each kind shows in its own count (a mapping keeps a descriptor in Python), and is gone with its cause."""
    before = census.take((), (), [tmp_path])
    with left(tmp_path):
        changes = census.take((), (), [tmp_path]).changes(before)
        assert {change.split(":")[0] for change in changes} == noticed
    assert census.settled(lambda: census.take((), (), [tmp_path]), before).changes(before) == []


def test_what_a_worker_left_is_noticed() -> None:
    """A process in the session of a worker that is gone is a stray; the worker itself, while it is there, is none."""
    program = ["sh", "-c", "sleep 1000 & echo $!; read end"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(program, text=True, start_new_session=True, **pipes) as worker:  # type: ignore[call-overload]
        stray = int(worker.stdout.readline())
        assert census.take({worker.pid, stray}, {worker.pid}, []).strays == 0
        worker.stdin.close()
        worker.wait(30)
        left = census.take((), {worker.pid}, [])
        assert left.strays == 1
        os.kill(stray, signal.SIGKILL)
        assert census.settled(lambda: census.take((), {worker.pid}, []), replace(left, strays=0)).strays == 0
