"""The workers of one pipeline and the channels between them: started, connected, replaced, ended."""

from __future__ import annotations

import pickle
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import wait

from heygem_core.errors import PipelineBroken
from heygem_core.pipeline import channel
from heygem_core.pipeline.logs import LogCollector
from heygem_core.pipeline.messages import Command, Configure, Stop
from heygem_core.pipeline.page import ControlPage, Reading
from heygem_core.pipeline.process import WorkerProcess, occupy_standard_descriptors
from heygem_core.pipeline.stage import Stage


class Crew:
    """Owns every process, descriptor and shared page of a pipeline."""

    def __init__(
        self,
        stages: Sequence[Stage],
        slots: int,
        slot_bytes: int,
        environment: Mapping[str, str],
        trace: bool,
    ) -> None:
        self.names = tuple(stage.name for stage in stages)
        self._pickles = [_pickled(stage) for stage in stages]
        self.slots = slots
        self._slot_bytes = slot_bytes
        self._environment = environment
        self._trace = trace
        occupy_standard_descriptors()
        self.page = ControlPage(len(stages))
        self.logs = LogCollector()
        self.workers: list[WorkerProcess] = []
        try:
            self.replace(range(len(stages)))
        except BaseException:
            self.close(0.0)
            raise

    def replace(self, indices: Collection[int]) -> None:
        """End these workers, start successors, and renew every channel that touches them.

        Their neighbours keep their process and what they loaded; they get the new ends over their control socket.
        """
        for index in indices:
            self._start(index)
        last = len(self._pickles) - 1
        edges = {edge for index in indices for edge in (index - 1, index) if 0 <= edge < last}
        with ExitStack() as ours:
            fresh = {edge: channel.create(self.slots, self._slot_bytes) for edge in edges}
            for ends in fresh.values():
                # Our copies must go in any case: only then is a dead peer seen as end-of-file.
                ours.callback(ends.close)
            for index, worker in enumerate(self.workers):
                incoming, outgoing = fresh.get(index - 1), fresh.get(index)
                if incoming or outgoing:
                    worker.attach(incoming, outgoing)

    def _start(self, index: int) -> None:
        former = self.workers[index : index + 1]
        for worker in former:
            worker.kill()
        self.page.reset(index)
        configuration = Configure(self.names[index], index, self._pickles[index], self._trace)
        worker = WorkerProcess(configuration, self.page.fd, self._environment)
        # Only now: had the launch failed, `close` would still need the former worker's descriptors.
        for ended in former:
            ended.release()
        self.workers[index : index + 1] = [worker]
        self.logs.add(worker.name, worker.log_fd)

    def readings(self) -> list[Reading]:
        """Return what every worker is doing now."""
        return [self.page.read(index) for index in range(len(self.names))]

    def pids(self) -> list[int]:
        """Return the workers' process ids, first stage to last."""
        return [worker.pid for worker in self.workers]

    def ended(self) -> set[int]:
        """Return the indices of workers whose process is gone."""
        return {index for index, worker in enumerate(self.workers) if not worker.alive()}

    def broadcast(self, command: Command) -> None:
        """Send ``command`` to every worker; one that is gone is found out by the next wait."""
        for worker in self.workers:
            worker.send(command)

    def close(self, grace_s: float) -> None:
        """Ask everybody to stop, wait ``grace_s`` in all, kill who is left, reap, release.

        May be called again, and goes on where an interrupted call (a second Ctrl-C) had stopped.
        """
        deadline = time.monotonic() + grace_s
        try:
            self.broadcast(Stop())
            pending = [worker.pidfd for worker in self.workers]
            while pending and (left := deadline - time.monotonic()) > 0:
                ended = wait(pending, left)
                pending = [fd for fd in pending if fd not in ended]
        finally:
            self._end()

    def _end(self) -> None:
        while self.workers:
            self.workers[-1].kill()
            self.workers[-1].release()
            self.workers.pop()
        self.logs.close()
        self.page.close()


def _pickled(stage: Stage) -> bytes:
    if type(stage).__module__ == "__main__":
        raise PipelineBroken(
            f"stage class {type(stage).__name__} is defined in __main__, which workers do not import; "
            "move it to a module"
        )
    return pickle.dumps(stage, pickle.HIGHEST_PROTOCOL)
