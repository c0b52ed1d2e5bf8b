"""Follow the reported service through a log: one job after the other, who is how far, at what rate, who stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from heygem_core.diagnosis.logs.events import Name
from heygem_core.diagnosis.logs.lines import Line

MOST_JOBS = 200
"""Jobs kept of a log; of more, the last ones."""
_MOST_COSTS = 500


@dataclass
class Progress:
    """How far one side is: the frame ``index`` of its first and last batch, with their lines; ``seen`` is a minimum."""

    seen: int = 0
    first_index: int = 0
    index: int = 0
    first: Line | None = None
    last: Line | None = None

    def add(self, line: Line, index: int) -> None:
        """Note a batch that ends with frame ``index``."""
        if self.first is None:
            self.first, self.first_index = line, index
        self.seen += 1
        self.index, self.last = index, line

    @property
    def seconds(self) -> float | None:
        """Time from the first batch to the last, where the log tells times."""
        if self.first is None or self.last is None or self.first.time is None or self.last.time is None:
            return None
        return self.last.time - self.first.time


@dataclass
class Job:
    """One task as far as the log shows it; ``waited_after`` is the send after which the queue was found full."""

    task: str | None = None
    batch: int | None = None
    frames: int | None = None
    stages: dict[Name, tuple[Line, float | None]] = field(default_factory=dict)
    sent: Progress = field(default_factory=Progress)
    taken: Progress = field(default_factory=Progress)
    finished: Progress = field(default_factory=Progress)
    costs: list[float] = field(default_factory=list)
    message: str | None = None
    waited_after: Line | None = None
    polls: int = 0
    last_poll: Line | None = None
    last_time: float | None = None
    order: int = 0

    def at(self, name: Name) -> Line | None:
        """Return the line of the event ``name``, or None."""
        return self.stages[name][0] if name in self.stages else None

    def has(self, *names: Name) -> bool:
        """Tell whether any event of ``names`` was logged."""
        return any(name in self.stages for name in names)

    @property
    def moved(self) -> bool:
        """Tell whether any frame moved."""
        return bool(self.sent.seen or self.taken.seen or self.finished.seen)

    @property
    def batch_cost(self) -> float | None:
        """Median seconds per batch, the job's first one, which loads models, left out; None without any."""
        return median(self.costs) if self.costs else None

    @property
    def rate(self) -> float | None:
        """Frames per second, from the batches' own cost, else from the log's times."""
        cost = self.batch_cost
        if cost and self.batch:
            return self.batch / cost
        seconds = self.finished.seconds
        return (self.finished.index - self.finished.first_index) / seconds if seconds else None

    @property
    def ahead(self) -> int | None:
        """Frames by which the producer is ahead of what was taken last."""
        return max(0, self.sent.index - self.taken.index) if self.sent.seen and self.taken.seen else None

    @property
    def eta(self) -> float | None:
        """Seconds until all frames are drawn, at this rate; None when over or not known."""
        rate, over = self.rate, self.has(Name.DONE, Name.FULL, Name.FAILED, Name.DRAWN)
        if over or not rate or self.frames is None:
            return None
        return max(0.0, (self.frames - self.finished.index) / rate)


class Timeline:
    """The jobs of a log in their order; the same line is given once."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.restarts: list[int] = []
        self.loaded: list[tuple[Line, float | None]] = []
        self._last: tuple[Name, str, int] | None = None

    def add(self, name: Name, line: Line, told: dict[str, str | None], order: int) -> None:
        """Note the event ``name`` on ``line``; ``told`` are the groups of its pattern."""
        if self._last == (name, line.source, line.number):
            return
        self._last = (name, line.source, line.number)
        if name is Name.STARTED:
            self.restarts.append(order)
        elif name is Name.POLLED:
            self._poll(line, told.get("task"))
        elif name in {Name.CONSUMER, Name.MEASURING} and not self.jobs:
            self.loaded.append((line, _number(told.get("cost"))))
        else:
            self._note(name, line, told, order)

    def keep(self, counts: Callable[[Line], bool]) -> None:
        """Forget the stages whose line does not count."""
        for job in self.jobs:
            job.stages = {name: stage for name, stage in job.stages.items() if counts(stage[0])}

    def _poll(self, line: Line, task: str | None) -> None:
        for job in reversed(self.jobs):
            if job.task in {None, task}:
                job.polls += 1
                job.last_poll = line
                return

    def _note(self, name: Name, line: Line, told: dict[str, str | None], order: int) -> None:
        job = self._job_of(name, told, order)
        job.task = job.task or told.get("task")
        job.batch = int(told["batch"] or 0) or job.batch if told.get("batch") else job.batch
        job.frames = int(told["frames"] or 0) if told.get("frames") else job.frames
        job.last_time = line.time or job.last_time
        index = told.get("index")
        progress = {Name.SENT: job.sent, Name.TAKEN: job.taken, Name.FINISHED: job.finished}.get(name)
        cost = _number(told.get("cost"))
        if progress is None or index is None:
            if name is Name.FULL and not job.has(Name.FULL):
                job.waited_after = job.sent.last
            job.stages.setdefault(name, (line, cost))
            job.message = told.get("message") or job.message if name is Name.FAILED else job.message
            return
        progress.add(line, int(index))
        steady = int(index) > int(told.get("batch") or 0)
        if name is Name.FINISHED and cost is not None and steady and len(job.costs) < _MOST_COSTS:
            job.costs.append(cost)

    def _job_of(self, name: Name, told: dict[str, str | None], order: int) -> Job:
        """Return the job that the event belongs to, a new one where it cannot belong to the last."""
        task, index = told.get("task"), told.get("index")
        known = next((job for job in reversed(self.jobs) if task and job.task == task), None)
        if known is not None and not (name is Name.ACCEPTED and known.has(Name.ACCEPTED)):
            return known
        current = self.jobs[-1] if self.jobs else None
        if current is None or _another(current, name, task, int(index) if index else None):
            current = Job(order=order)
            self.jobs.append(current)
            del self.jobs[:-MOST_JOBS]
        return current


def _another(job: Job, name: Name, task: str | None, index: int | None) -> bool:
    if task and job.task and task != job.task:
        return True
    if name in {Name.ACCEPTED, Name.QUEUE} and name in job.stages:
        return True
    return name is Name.SENT and index is not None and bool(job.sent.seen) and index < job.sent.index


def _number(told: str | None) -> float | None:
    try:
        return float(told) if told else None
    except ValueError:
        return None
