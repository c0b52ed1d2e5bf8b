"""Watching the reported topology from outside, with deadlines; the observer never waits without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes, stacks
from heygem_core.casebook.host import hosted
from heygem_core.casebook.stacks import Stack
from heygem_core.casebook.topology import Topology, Wiring, as_arguments, from_arguments

ROLES = ("service", "init_wh", "audio_transfer", "drivered_video", "write_video")
_HOST_GRACE_S = 40.0
_LEAVES_S = 10.0
"""A busy machine may need seconds to end a process that is not held by anything."""
_LEAVING = {"returns", "gives-up", "written", "raised"}
_HELD = {"queues.py:_finalize_join", "process.py:join"}


@dataclass(frozen=True)
class Witness:
    """One process of the topology when the observer looked; times in seconds."""

    role: str
    pid: int
    state: str
    """Its letter in /proc; "Z" is <defunct>, "" is gone and reaped."""
    state_before: str
    """The same when the observer began to let it settle."""
    exit_code: int | None
    """Of a <defunct> process, as subprocess gives it: negative for a signal."""
    cpu_s: float
    """CPU time burnt while the observer let it settle."""
    resident_kib: int
    descriptors: int
    """Open file descriptors; 0 for a <defunct> process."""
    wchans: tuple[str, ...]
    """Kernel function each thread sleeps in, main thread first; empty strings where the kernel hides it."""
    stacks: tuple[Stack, ...]
    """Python stacks, one per thread, main thread last; none once the task ended."""

    @property
    def alive(self) -> bool:
        """Whether it still executes: neither <defunct> nor gone."""
        return self.state not in ("Z", "")

    def waits_in(self, function: str) -> bool:
        """Tell whether any of its threads has ``function`` ("file:function") on its stack."""
        return any(function in stack for stack in self.stacks)


@dataclass(frozen=True)
class Observation:
    """What one run of the topology did; times in seconds."""

    put_timeout_s: float
    seconds: float
    ended: bool
    """Whether the task came to an end by itself."""
    ok: bool | None
    """Its result, when it ended."""
    sent: int
    taken: int
    full_after_s: float | None
    """How long the failing put waited; None when no put failed."""
    returned: bool
    """Whether the function drivered_video returned (its process is another matter)."""
    job_s: float
    """From the first item sent to the end of the task or of the observation."""
    settled_s: float
    raised: Mapping[str, str]
    """Role and class of what a process ended by."""
    log: tuple[str, ...]
    witnesses: Mapping[str, Witness]

    def waits(self, role: str, function: str) -> bool:
        """Tell whether the process of ``role`` is there and has ``function`` on a stack."""
        return role in self.witnesses and self.witnesses[role].waits_in(function)

    def alive(self) -> list[str]:
        """Return the roles that still execute."""
        return [role for role, witness in self.witnesses.items() if witness.alive]

    def defunct(self) -> list[str]:
        """Return the roles that ended and that nobody waited for."""
        return [role for role, witness in self.witnesses.items() if witness.state == "Z"]


def observe(topology: Topology, *, settle_s: float = 1.0, limit_s: float = 60.0) -> Observation:
    """Run one task through ``topology`` in a disposable interpreter and report what happened to it.

    The run is over when the task ended, or ``settle_s`` after the producer gave up and the task did not end,
    or after ``limit_s``. Raises `EffectNotShown` when the service did not even start.
    """
    arguments = {"topology": as_arguments(topology), "settle_s": settle_s, "limit_s": limit_s}
    found = hosted(f"{__name__}:observed", arguments, deadline_s=limit_s + settle_s + _HOST_GRACE_S)
    witnesses = {role: _witness(fields) for role, fields in found.pop("witnesses").items()}
    return Observation(**{**found, "log": tuple(found["log"])}, witnesses=witnesses)


def observed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `observe` promises, inside the host."""
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        run = _Run(from_arguments(arguments["topology"]), Path(name))
        try:
            run.follow(settle_s=arguments["settle_s"], limit_s=arguments["limit_s"])
            return asdict(run.report())
        finally:
            run.end()


class _Run:
    """One run of the service, followed through its event pipe."""

    def __init__(self, topology: Topology, directory: Path) -> None:
        self._topology = topology
        read, write = os.pipe()
        self._events = Connection(read, writable=False)
        self._wiring = Wiring(directory, self._events)
        self._told: list[dict[str, Any]] = []
        self._before: dict[str, processes.Seen] = {}
        self._settled_s = 0.0
        self._began = time.monotonic()
        command = [sys.executable, "-m", "heygem_core.casebook.topology_service"]
        self._service = subprocess.Popen(
            [*command, json.dumps(as_arguments(topology)), str(directory), str(write)],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)

    def follow(self, *, settle_s: float, limit_s: float) -> None:
        """Read events until the task ended, or somebody gave up and nothing came of it."""
        deadline = self._began + limit_s
        while not self._told_of("task-ended"):
            if not self._settled_s and self._gave_up():
                deadline = min(deadline, time.monotonic() + settle_s)
                self._settled_s = settle_s
                self._before = self._look()
            left = deadline - time.monotonic()
            if left <= 0 or not wait([self._events], left):
                return
            try:
                self._told.append(json.loads(self._events.recv_bytes()))
            except EOFError:
                # Nobody is left who could tell anything; the service itself may still be on its way out.
                processes.await_end([self._service.pid], settle_s)
                return

    def report(self) -> Observation:
        """Look at every process and sum up; what has left its function gets the time to end, unless it is held."""
        self._let_leave()
        full = self._told_of("full")
        ended = self._told_of("task-ended")
        over = ended["at"] if ended else time.monotonic()
        first = next((event["at"] for event in self._told if event["event"] == "sent"), over)
        log = self._wiring.log
        return Observation(
            put_timeout_s=self._topology.put_timeout_s,
            seconds=time.monotonic() - self._began,
            ended=ended is not None,
            ok=ended["ok"] if ended else None,
            sent=self._count("sent"),
            taken=self._count("taken"),
            full_after_s=full["waited_s"] if full else None,
            returned=self._told_of("returns") is not None,
            job_s=over - first,
            settled_s=self._settled_s,
            raised=self._raised(),
            log=tuple(log.read_text(encoding="utf-8").splitlines()) if log.exists() else (),
            witnesses=self._witnesses(),
        )

    def _let_leave(self) -> None:
        pids = self._pids()
        for role in {told["role"] for told in self._told if told["event"] in _LEAVING}:
            seen = processes.look(pids[role])
            if seen is None or seen.state == "Z":
                continue
            held = {frame for stack in stacks.ask(pids[role], self._wiring.stack(role)) for frame in stack}
            if not held & _HELD:
                processes.await_end([pids[role]], _LEAVES_S)

    def end(self) -> None:
        """Kill the service, and close; what is below it the host ends."""
        self._service.kill()
        self._service.wait()
        self._events.close()

    def _gave_up(self) -> bool:
        """Tell whether a put failed and the producer has done what it does about that, or the service raised."""
        left = self._told_of("returns") or self._told_of("puts-marker")
        return (self._told_of("full") is not None and left is not None) or "service" in self._raised()

    def _raised(self) -> dict[str, str]:
        return {told["role"]: told["error"] for told in self._told if told["event"] == "raised"}

    def _told_of(self, event: str) -> dict[str, Any] | None:
        return next((told for told in reversed(self._told) if told["event"] == event), None)

    def _count(self, event: str) -> int:
        return sum(told["event"] == event for told in self._told)

    def _pids(self) -> dict[str, int]:
        return {told["role"]: told["pid"] for told in self._told if told["event"] == "started"}

    def _look(self) -> dict[str, processes.Seen]:
        seen = {role: processes.look(pid) for role, pid in self._pids().items()}
        return {role: process for role, process in seen.items() if process is not None}

    def _witnesses(self) -> dict[str, Witness]:
        pids = self._pids()
        now = self._look()
        running = [role for role in now if now[role].state != "Z"]
        stuck = self._told_of("task-ended") is None
        asked = running if stuck else []
        found = {role: stacks.ask(pids[role], self._wiring.stack(role)) for role in asked}
        return {role: self._testify(role, pids[role], now.get(role), found) for role in ROLES if role in pids}

    def _testify(
        self,
        role: str,
        pid: int,
        seen: processes.Seen | None,
        found: dict[str, tuple[Stack, ...]],
    ) -> Witness:
        if seen is None:
            return Witness(role, pid, "", "", None, 0.0, 0, 0, (), ())
        defunct = seen.state == "Z"
        before = self._before.get(role, seen)
        return Witness(
            role=role,
            pid=pid,
            state=seen.state,
            state_before=before.state,
            exit_code=os.waitstatus_to_exitcode(seen.wait_status) if defunct else None,
            cpu_s=seen.cpu_s - before.cpu_s,
            resident_kib=seen.resident_kib,
            descriptors=0 if defunct else processes.descriptors(pid),
            wchans=processes.thread_wchans(pid),
            stacks=found.get(role, ()),
        )


def _witness(fields: dict[str, Any]) -> Witness:
    told = tuple(tuple(stack) for stack in fields["stacks"])
    return Witness(**{**fields, "wchans": tuple(fields["wchans"]), "stacks": told})
