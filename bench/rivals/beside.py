"""As many plain loops as there are cores, side by side, each on its own job: what this machine gives at all.

They exchange nothing and wait for nobody. What they lose against one loop alone is the machine's: shared caches, memory
bandwidth, a hypervisor that does not grant every core all the time.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from bench.peers import spawn
from bench.rivals.job import Clocked, Ran, Task
from bench.rivals.runners import Loop, Runner

_WAIT_S = 120.0


class SideBySide(Runner):
    """One process per core, each with its loop."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.jobs = len(os.sched_getaffinity(0))

    def start(self) -> None:
        """Start the processes and wait until the stages of all are open."""
        self._ends: list[Any] = []
        self._processes: list[Any] = []
        for index in range(self.jobs):
            task = self.task if not index else replace(self.task, output=f"{self.task.output}.{index}.mp4")
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_loop, args=(task, theirs), daemon=True)
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)
        self._answers()

    def run(self) -> Ran:
        """Have all of them do their job at once; told are the frames of one job, and when the last was done."""
        clock = Clocked()
        for end in self._ends:
            end.send(True)
        jobs: list[Ran] = self._answers()
        return replace(clock.ran([{"frames": jobs[0].frames}]), first_s=max(job.first_s for job in jobs))

    def close(self) -> None:
        """End them."""
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(_WAIT_S)

    def _answers(self) -> list[Any]:
        answers = []
        for end in self._ends:
            if not end.poll(_WAIT_S):
                raise TimeoutError(f"a loop has not answered within {_WAIT_S:.0f} s")
            answers.append(end.recv())
        return answers


def _loop(task: Task, end: Any) -> None:
    running = Loop(task)
    running.start()
    end.send(None)
    while _asked(end):
        end.send(running.run())


def _asked(end: Any) -> bool:
    try:
        return bool(end.recv())
    except EOFError:
        return False
