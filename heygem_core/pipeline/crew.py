"""The workers of one pipeline and the channels between them: started, connected, replaced, ended."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import wait

from heygem_core.errors import PipelineBroken
from heygem_core.pipeline import channel, evidence
from heygem_core.pipeline.guardian import Guardian
from heygem_core.pipeline.logs import LogCollector
from heygem_core.pipeline.messages import Command, Configure, Stop
from heygem_core.pipeline.page import RESTING, ControlPage, Reading
from heygem_core.pipeline.process import WorkerProcess, occupy_standard_descriptors
from heygem_core.pipeline.stage import Stage


class Crew:
    """Owns every process, descriptor and shared page of a pipeline.

    In a forked copy of this process all of that still belongs to the process that made it: nothing is sent to a
    worker from there, none is ended, and what would need them is refused.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        slots: int,
        slot_bytes: int,
        environment: Mapping[str, str],
        trace: bool,
        groups: Sequence[range],
    ) -> None:
        self.names = tuple(stage.name for stage in stages)
        self.groups = tuple(groups)
        """The stages of each worker, first to last."""
        self.handing = frozenset(index for group in groups for index in group[:-1])
        """The stages whose output stays in their worker."""
        self._owner = os.getpid()
        self._pickles = [_pickled(stage) for stage in stages]
        self.slots = slots
        self._slot_bytes = slot_bytes
        self._environment = environment
        self._trace = trace
        self.workers: list[WorkerProcess] = []
        """The worker of each stage, first to last: a worker is there as often as it has stages."""
        self.baseline: list[Reading] = []
        occupy_standard_descriptors()
        with ExitStack() as opened:
            self.page = ControlPage(len(stages))
            opened.callback(self.page.close)
            self.logs = LogCollector()
            opened.callback(self.logs.close)
            self._guardian = Guardian()
            opened.callback(self._guardian.close)
            opened.callback(self.close, 0.0)
            self.replace(range(len(stages)))
            self.mark()
            opened.pop_all()

    def mark(self) -> None:
        """Remember where every worker stands: what it does from here on is the next job's."""
        self.oom_before = evidence.oom_kills()
        self.baseline = self.readings()

    def foreign(self) -> bool:
        """Return whether this process is a forked copy of the one that made the workers."""
        return os.getpid() != self._owner

    def check_owner(self) -> None:
        """Raise `PipelineBroken` in a forked copy."""
        if self.foreign():
            raise PipelineBroken(
                "the pipeline belongs to the process that made it, and this is a forked copy of that process; "
                "make another pipeline here"
            )

    def replace(self, indices: Collection[int]) -> None:
        """End these workers, start successors, and renew every channel that touches them.

        Their neighbours keep their process and what they loaded; they get the new ends over their control socket.
        """
        numbers = [number for number, group in enumerate(self.groups) if set(group) & set(indices)]
        for number in numbers:
            self._start(self.groups[number])
        last = len(self.groups) - 1
        edges = {edge for number in numbers for edge in (number - 1, number) if 0 <= edge < last}
        with ExitStack() as ours:
            fresh = {}
            for edge in edges:
                fresh[edge] = ends = channel.create(self.slots, self._slot_bytes)
                # Our copies must go in any case: only then is a dead peer seen as end-of-file.
                ours.callback(ends.close)
            for number, worker in enumerate(self.processes()):
                incoming, outgoing = fresh.get(number - 1), fresh.get(number)
                if incoming or outgoing:
                    worker.attach(incoming, outgoing)

    def _start(self, group: range) -> None:
        former = self.workers[group.start : group.stop]
        for worker in former:
            worker.kill()
        for index in group:
            self.page.reset(index)
        pickles = tuple(self._pickles[group.start : group.stop])
        configuration = Configure(self.label(group.start), group.start, pickles, self._slot_bytes, self._trace)
        log = self.logs.open(configuration.name)
        try:
            worker = WorkerProcess(configuration, self.page.fd, log, self._environment, self._guardian)
        finally:
            os.close(log)
        # Only now: had the launch failed, `close` would still need the former worker's descriptors.
        for ended in former:
            ended.release()
        self.workers[group.start : group.stop] = [worker] * len(group)
        self.baseline[group.start : group.stop] = [self.page.read(index) for index in group]

    def group(self, index: int) -> range:
        """Return the stages that share the worker of stage ``index``."""
        return next(group for group in self.groups if index in group)

    def whole(self, indices: Collection[int]) -> set[int]:
        """Return these stages and all that share a worker with one of them."""
        return {member for index in indices for member in self.group(index)}

    def label(self, index: int) -> str:
        """Return what the worker of stage ``index`` is called: its stages' names."""
        return "+".join(self.names[member] for member in self.group(index))

    def processes(self) -> list[WorkerProcess]:
        """Return each worker once."""
        return [self.workers[group.start] for group in self.groups if group.start < len(self.workers)]

    def at_work(self, index: int) -> int:
        """Return which of the stages in the worker of ``index`` was doing something of its own, else the first."""
        group = self.group(index)
        return next((member for member in group if self.page.read(member).state not in RESTING), group.start)

    def printed(self, index: int) -> tuple[str, ...]:
        """Return the last lines that the worker of stage ``index`` printed."""
        return self.logs.tail(self.label(index))

    def readings(self) -> list[Reading]:
        """Return what every stage is doing now."""
        return [self.page.read(index) for index in range(len(self.names))]

    def pids(self) -> list[int]:
        """Return the process id of each stage's worker, first stage to last."""
        return [worker.pid for worker in self.workers]

    def ended(self) -> set[int]:
        """Return the stages whose process is gone."""
        return {index for index, worker in enumerate(self.workers) if not worker.alive()}

    def broadcast(self, command: Command) -> None:
        """Send ``command`` to every worker; one that is gone is found out by the next wait."""
        for worker in self.processes():
            worker.send(command)

    def kill(self, indices: Collection[int]) -> None:
        """End these workers by force, all at once, for the end of a large process takes its time."""
        for index in indices:
            self.workers[index].send_kill()
        for index in indices:
            self.workers[index].kill()

    def close(self, grace_s: float, busy: Collection[int] = ()) -> None:
        """Ask everybody to stop, wait ``grace_s`` in all, kill who is left, reap, release.

        The ``busy`` ones would not hear it, and are not asked. May be called again, and goes on where an interrupted
        call (a second Ctrl-C) had stopped.
        """
        if self.foreign():
            return
        deadline = time.monotonic() + grace_s
        try:
            for index, worker in enumerate(self.workers):
                if index in busy:
                    worker.send_kill()
            self.broadcast(Stop())
            pending = [worker.pidfd for worker in self.processes()]
            while pending and (left := deadline - time.monotonic()) > 0:
                ended = wait(pending, left)
                pending = [fd for fd in pending if fd not in ended]
        finally:
            self._end()

    def _end(self) -> None:
        for worker in self.workers:
            worker.send_kill()
        while self.workers:
            self.workers[-1].kill()
            self.workers[-1].release()
            self.workers.pop()
        self._guardian.close()
        self.logs.close()
        self.page.close()


def _pickled(stage: Stage) -> bytes:
    if type(stage).__module__ == "__main__":
        raise PipelineBroken(
            f"stage class {type(stage).__name__} is defined in __main__, which workers do not import; "
            "move it to a module"
        )
    return pickle.dumps(stage, pickle.HIGHEST_PROTOCOL)
