"""Watching the DataLoader attempts from outside; imports no torch, and waits for nothing without a deadline."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes, stacks
from heygem_core.casebook.host import hosted, hosted_as
from heygem_core.casebook.stacks import Stack
from heygem_core.errors import EffectNotShown

_PROGRAM = (sys.executable, "-W", "ignore", "-m", "heygem_core.casebook.dataloader_program")
_ATTEMPTS_S = 70.0
_START_S = 40.0
_HOST_GRACE_S = 20.0
FLAT_SHARE = 0.1
"""Share of one core below which five processes together count as not computing."""


@dataclass(frozen=True)
class Attempt:
    """What became of one DataLoader that ended; ``no_gpu`` says that it was not even tried."""

    attempt: str
    loaded: int = 0
    error: str = ""
    seconds: float = 0.0
    no_gpu: bool = False


@dataclass(frozen=True)
class Hang:
    """A DataLoader that did not end: its process and its workers, watched for ``watched_s``, then for ``flat_s``."""

    ended: bool
    watched_s: float
    flat_s: float
    cpu_s: float
    """CPU time that all of them together burnt in the last ``flat_s``."""
    states: tuple[str, ...]
    """Letters in /proc, the workers' only."""
    wchans: tuple[str, ...]
    """Kernel function each worker sleeps in; empty strings where the kernel hides it."""
    main_stack: Stack
    worker_stack: Stack
    """Python stacks of the main process and of one worker."""


def attempts(names: list[str]) -> dict[str, Attempt]:
    """Make attempts that end by themselves, one after the other in one process."""
    found = hosted(f"{__name__}:attempted", {"names": names}, deadline_s=_ATTEMPTS_S + _HOST_GRACE_S)
    return {fields["attempt"]: Attempt(**fields) for fields in found["attempts"]}


def hang(name: str, *, watch_s: float, flat_s: float) -> Hang:
    """Make an attempt that should hang, watch it for ``watch_s`` from its first worker on, then until it takes no CPU.

    That is for ``flat_s``, and again as long as they take any, at most 40 s.
    """
    arguments = {"name": name, "watch_s": watch_s, "flat_s": flat_s}
    deadline = 2 * _START_S + watch_s + flat_s + _HOST_GRACE_S
    return hosted_as(Hang, watched, arguments, deadline_s=deadline)


def attempted(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `attempts` promises, inside the host."""
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as folder:
        done = subprocess.run(
            [*_PROGRAM, str(Path(folder) / "stack"), *arguments["names"]],
            stdout=subprocess.PIPE,
            text=True,
            timeout=_ATTEMPTS_S,
            check=True,
        )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {"attempts": [line for line in told if len(line) > 1]}


def watched(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `hang` promises, inside the host."""
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as folder:
        path = Path(folder) / "stack"
        with subprocess.Popen([*_PROGRAM, str(path), arguments["name"]], stdout=subprocess.PIPE) as program:
            try:
                return asdict(_watch(program, path, arguments["watch_s"], arguments["flat_s"]))
            finally:
                program.kill()


def _watch(program: subprocess.Popen[bytes], path: Path, watch_s: float, flat_s: float) -> Hang:
    _await_workers(program)
    began = time.monotonic()
    _burnt(program, watch_s)
    deadline = time.monotonic() + _START_S
    while (burnt := _burnt(program, flat_s)) > FLAT_SHARE * flat_s and time.monotonic() < deadline:
        # On a busy machine it takes longer until all of them stand where they stay.
        if program.poll() is not None:
            break
    workers = processes.below(program.pid)
    return Hang(
        ended=program.poll() is not None,
        watched_s=time.monotonic() - began - flat_s,
        flat_s=flat_s,
        cpu_s=burnt,
        states=tuple(worker.state for worker in workers),
        wchans=tuple(processes.wchan(worker.pid) for worker in workers),
        main_stack=stacks.main_thread(stacks.ask(program.pid, path)),
        worker_stack=stacks.main_thread(stacks.ask(workers[0].pid, path)) if workers else (),
    )


def _await_workers(program: subprocess.Popen[bytes]) -> None:
    """Wait until the program has workers; it imports torch first."""
    deadline = time.monotonic() + _START_S
    while not processes.below(program.pid):
        if program.poll() is not None or time.monotonic() > deadline:
            raise EffectNotShown(f"the DataLoader started no worker (exit code {program.poll()})")
        time.sleep(0.05)


def _burnt(program: subprocess.Popen[bytes], seconds: float) -> float:
    """Return the CPU time that the program and everything below it takes in that time, or until it ends."""
    before = _cpu_s(program.pid)
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(seconds)
    return _cpu_s(program.pid) - before


def _cpu_s(pid: int) -> float:
    """Return the CPU time of process ``pid`` and everything below it."""
    seen = [processes.look(pid), *processes.descendants(pid)]
    return sum(process.cpu_s for process in seen if process is not None)
