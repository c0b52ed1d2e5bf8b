"""Turns what happened to a worker into the one error that names stage, cause and evidence."""

from __future__ import annotations

from collections.abc import Sequence

from heygem_core.errors import (
    Cause,
    HeygemError,
    StageExited,
    StageFailed,
    StageNeverReady,
    StageRaised,
    StageStalled,
)
from heygem_core.pipeline import evidence, reports
from heygem_core.pipeline.crew import Crew
from heygem_core.pipeline.messages import Exiting, Raised
from heygem_core.pipeline.page import Reading, State
from heygem_core.pipeline.standstill import Stall

_STACK_WAIT_S = 0.1
_LOG_LINES = 8
_DETAIL_CHARACTERS = 1000


def raised(crew: Crew, index: int, message: Raised) -> StageFailed:
    """Return the error for an exception in the stage's own code, the original attached where it crossed."""
    original = reports.original(message)
    if isinstance(original, StageFailed):
        return original
    cause = original.cause if isinstance(original, HeygemError) else Cause.RAISED
    detail = str(original) if isinstance(original, HeygemError) else f"{message.summary} (in {message.where})"
    detail = " ".join(detail.split())[:_DETAIL_CHARACTERS]
    lines = tuple(message.traceback.rstrip().splitlines())
    error = StageRaised(crew.names[index], cause, detail, (*lines, *_printed(crew, index)))
    error.__cause__ = original
    return error


def unreadable(crew: Crew, index: int, error: Exception) -> StageFailed:
    """Return the error for a summary that exists only in its worker."""
    detail = f"what its finish returned cannot be read here: {type(error).__name__}: {error}"
    return StageRaised(crew.names[index], Cause.RAISED, detail)


def exiting(crew: Crew, index: int, message: Exiting) -> StageFailed:
    """Return the error for a process that has said that it ends: its code called ``sys.exit``."""
    how = f"{evidence.describe_exit(message.code)} while {_doing(crew.page.read(index))}"
    detail = " ".join(f"its process {how}: {message.summary} (in {message.where})".split())[:_DETAIL_CHARACTERS]
    lines = message.traceback.rstrip().splitlines()
    return StageExited(crew.names[index], Cause.WORKER_DIED, detail, (*lines, *_printed(crew, index)))


def exited(crew: Crew, index: int) -> StageFailed:
    """Return the error for a process that ended by itself or by a signal."""
    worker, reading = crew.workers[index], crew.page.read(index)
    how = evidence.describe_exit(worker.exit_code())
    facts = [f"process {worker.pid} {how} while {_doing(reading)}"]
    killed = evidence.oom_kills() - crew.oom_before
    if killed > 0:
        facts.append(f"the kernel's out-of-memory killer ended {killed} process(es) of its control group meanwhile")
    facts.extend(_printed(crew, index))
    return StageExited(crew.names[index], Cause.WORKER_DIED, f"its process {how} while {_doing(reading)}", tuple(facts))


def stalled(crew: Crew, stall: Stall) -> StageFailed:
    """Return the error for a live worker that does not progress."""
    worker = crew.workers[stall.index]
    facts = [
        f"process {worker.pid} is in state {evidence.process_state(worker.pid)!r}, "
        f"running or runnable for {stall.busy_share:.0%} of the time it was watched",
    ]
    if channel := evidence.wait_channel(worker.pid):
        facts.append(f"it sleeps in the kernel function {channel}")
    facts.extend(_neighbours(crew, stall.index))
    # Before it is opening, its interpreter has no handler for the request yet and would die of it.
    if stall.cause is not Cause.STOPPED and stall.state is not State.LAUNCHED:
        facts.extend(worker.stacks(_STACK_WAIT_S).rstrip().splitlines())
    facts.extend(_printed(crew, stall.index))
    name, reading = crew.names[stall.index], crew.page.read(stall.index)
    if stall.cause is not Cause.STOPPED and stall.state in (State.LAUNCHED, State.OPENING):
        detail = f"not ready after {stall.seconds:.1f} s (budget {stall.budget:.1f} s), {stall.cause}"
        return StageNeverReady(name, Cause.NEVER_READY, detail, tuple(facts))
    detail = f"no progress for {stall.seconds:.1f} s while {_doing(reading)} (budget {stall.budget:.1f} s)"
    return StageStalled(name, stall.cause, detail, tuple(facts))


def _doing(reading: Reading) -> str:
    activity = reading.state.name.lower().replace("_", " ")
    return f"{activity} at frame {reading.frame}" if reading.frame >= 0 and reading.job else activity


def _neighbours(crew: Crew, culprit: int) -> list[str]:
    """Say what the victims wait for: it shows that they are victims."""
    return [
        f"stage {name!r} is {_doing(reading)}"
        for index, (name, reading) in enumerate(zip(crew.names, crew.readings(), strict=True))
        if index != culprit
    ]


def _printed(crew: Crew, index: int) -> Sequence[str]:
    return [f"it printed: {line}" for line in crew.printed(index)[-_LOG_LINES:]]
