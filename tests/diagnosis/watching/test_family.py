"""Which processes belong together, what they are called, and who is left out."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from heygem_core.diagnosis.watching import clients, family, peers, proc
from tests.diagnosis.watching.services import running, settle, tree

ORPHANING = """
import subprocess, sys, time
starts_one = "import subprocess; subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL)"
subprocess.run([sys.executable, "-c", starts_one], check=True)
print("ready", flush=True)
time.sleep(600)
"""


def test_an_orphan_of_the_service_is_found_by_its_process_group() -> None:
    """Its parent has ended and the first process has adopted it; what another session started is not in."""
    with running(sys.executable, "-c", ORPHANING) as service, running("sleep", "600", ready=False) as stranger:
        (orphan,) = [
            process
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "sleep" and os.getpgid(process.pid) == service.pid
        ]
        found = family.members(service.pid, proc.everyone())
        orphan.kill()
        wait_until(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
    assert found == (service.pid, orphan.pid)
    assert stranger.pid not in found


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for ``true``."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_root_that_has_ended_has_no_members() -> None:
    """It ends while it is watched, and the process table no longer knows it."""
    assert family.members(2**22 + 1, proc.everyone()) == ()


def test_who_looks_is_never_part_of_what_is_looked_at() -> None:
    """Seen from above this process the tree does not hold it, nor what it started."""
    everyone = proc.everyone()
    found = family.members(everyone[os.getpid()].parent, everyone)
    assert everyone[os.getpid()].parent in found
    assert os.getpid() not in found


def test_a_forked_worker_leads_to_the_service_and_another_program_does_not() -> None:
    """A fork has its parent's command line; a shell that started the service has its own."""
    forking = "import os, time; print('ready', flush=True); os.fork(); time.sleep(600)"
    with running("sh", "-c", f'{sys.executable} -c "{forking}"; true') as shell:
        wait_until(lambda: len(tree(shell.pid)) == 3)
        settle(shell.pid)
        _, service, worker = (process.pid for process in tree(shell.pid))
        everyone = proc.everyone()
        assert family.top(worker, everyone) == family.top(service, everyone) == service


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("/usr/bin/python3", "-u", "/app/run.py", "--port", "80"), "run.py"),
        (("python3.8", "-m", "trans.service"), "service"),
        (("python", "-W", "ignore", "-X", "dev", "app.py"), "app.py"),
        (("python", "-mpytest", "-q", "tests"), "pytest"),
        (("python3", "-Bum", "trans.service", "-x"), "service"),
        (("python", "-Wignore", "-Xdev", "app.py", "-m", "x"), "app.py"),
        (("python", "--check-hash-based-pycs", "never", "app.py"), "app.py"),
        (("python", "-uc", "print()"), "python -c"),
        (("python", "-"), "python"),
        (("python", "-c", "print()"), "python -c"),
        (("python", "-c", "main()", "x", "heygem-core:face"), "face"),
        (("python",), "python"),
        (("/usr/bin/ffmpeg", "-i", "x"), "ffmpeg"),
        ((), "kept"),
    ],
)
def test_a_process_is_called_what_its_user_calls_it(command: tuple[str, ...], name: str) -> None:
    """The script, the module or the program; the kernel's name for one without a command line."""
    assert family.program_name(command, "kept") == name


def test_the_ends_of_a_pair_of_sockets_find_each_other() -> None:
    """By inode, both ways, as ss -xp shows it."""
    one, other = socket.socketpair()
    with one, other:
        inodes = [os.fstat(end.fileno()).st_ino for end in (one, other)]
        known = peers.unix_peers()
        assert (known[inodes[0]], known[inodes[1]]) == (inodes[1], inodes[0])


@pytest.mark.parametrize("family_", ["AF_UNIX", "AF_INET"])
def test_only_connections_made_to_a_process_are_its_clients(family_: str, tmp_path: Path) -> None:
    """Of both ends of one connection the accepted one counts; neither the listening socket nor the caller's."""
    kind = getattr(socket, family_)
    with socket.socket(kind) as server, socket.socket(kind) as caller:
        server.bind(str(tmp_path / "socket") if family_ == "AF_UNIX" else ("127.0.0.1", 0))
        server.listen()
        caller.connect(server.getsockname())
        before = clients.connections(os.getpid(), proc.descriptors(os.getpid()) or {})
        accepted, _ = server.accept()
        with accepted:
            after = clients.connections(os.getpid(), proc.descriptors(os.getpid()) or {})
    assert (before, after) == (0, 1)


def test_a_program_of_another_name_is_not_matched() -> None:
    """Neither this process nor those above it count, whose command lines hold the name as well."""
    name = f"a-name-of-{os.getpid()}"
    with running(sys.executable, "-c", "import time; time.sleep(600)", name, ready=False) as service:
        wait_until(lambda: name in proc.command(service.pid))
        assert family.matching(name) == (service.pid,)
    assert family.matching(name) == ()
    own = Path(proc.command(os.getpid())[0]).name
    assert os.getpid() not in family.matching(own)
