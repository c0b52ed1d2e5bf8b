"""Tell causes from their consequences: what leads to another verdict comes before it."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.diagnosis import IMPLIED
from heygem_core.diagnosis.logs.verdicts import Verdict
from heygem_core.errors import Cause

_QUEUES = frozenset({Cause.QUEUE_FULL_NO_CONSUMER, Cause.QUEUE_EMPTY_NO_PRODUCER})
_ENDS = _QUEUES | {Cause.WORKER_DIED, Cause.DATALOADER_WORKER_DEADLOCK}
LEADS_TO: dict[Cause, frozenset[Cause]] = {
    Cause.CUDA_VERSION_MISMATCH: _ENDS | {Cause.MISSING_CUDA_LIBRARY, Cause.SILENT_CPU_FALLBACK, Cause.SLOW_CONSUMER},
    Cause.MISSING_CUDA_LIBRARY: _ENDS | {Cause.SILENT_CPU_FALLBACK, Cause.SLOW_CONSUMER},
    Cause.PACKAGE_CONFLICT: _QUEUES | {Cause.SILENT_CPU_FALLBACK, Cause.SLOW_CONSUMER},
    Cause.UNSUPPORTED_GPU_ARCH: _ENDS | {Cause.CUDA_VERSION_MISMATCH, Cause.SILENT_CPU_FALLBACK, Cause.SLOW_CONSUMER},
    Cause.GPU_OUT_OF_MEMORY: _ENDS | {Cause.STALE_TASK_STATE},
    Cause.SHM_EXHAUSTED: _ENDS,
    Cause.FORK_AFTER_CUDA: _ENDS,
    Cause.DAEMONIC_CHILDREN: _ENDS,
    Cause.SPAWN_MAIN_GUARD: _ENDS,
    Cause.WORKER_DIED: _QUEUES | {Cause.DATALOADER_WORKER_DEADLOCK, Cause.STALE_TASK_STATE},
    Cause.DATALOADER_WORKER_DEADLOCK: _QUEUES | {Cause.SLOW_CONSUMER},
    Cause.BAD_INPUT: _ENDS,
    Cause.STALE_TASK_STATE: _QUEUES,
    Cause.SLOW_CONSUMER: frozenset({Cause.QUEUE_FULL_NO_CONSUMER}),
    Cause.SILENT_CPU_FALLBACK: frozenset({Cause.SLOW_CONSUMER, Cause.QUEUE_EMPTY_NO_PRODUCER}),
}
"""What each cause brings about; for `Verdict.alone` only what ends a process does."""
ENVIRONMENT = frozenset(
    {
        Cause.CUDA_VERSION_MISMATCH,
        Cause.MISSING_CUDA_LIBRARY,
        Cause.PACKAGE_CONFLICT,
        Cause.UNSUPPORTED_GPU_ARCH,
        Cause.SILENT_CPU_FALLBACK,
        Cause.BAD_INPUT,
        Cause.GPU_OUT_OF_MEMORY,
    }
)


def rank(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return one verdict per cause, the one to act on first, then those that it explains or that stand beside it."""
    best: dict[Cause, Verdict] = {}
    for one in verdicts:
        known = best.get(one.cause)
        if known is None or (one.confidence, one.agreeing) > (known.confidence, known.agreeing):
            best[one.cause] = one
    found = list(best.values())
    return sorted(
        found, key=lambda one: (_explained(one, found), -one.confidence, -one.agreeing, not one.ends, one.order)
    )


def _explained(verdict: Verdict, among: list[Verdict]) -> bool:
    return any(_leads(other, verdict) for other in among if other is not verdict)


def _leads(deeper: Verdict, verdict: Verdict) -> bool:
    # Somebody who tells of a death and of what it left behind complains of what is left.
    if deeper.cause is Cause.STALE_TASK_STATE and verdict.cause is Cause.WORKER_DIED and deeper.told and verdict.told:
        return deeper.agreeing >= verdict.agreeing
    if verdict.cause not in LEADS_TO.get(deeper.cause, ()) or deeper.confidence < min(IMPLIED, verdict.confidence):
        return False
    # What a single word points to explains nothing of which more is said.
    if deeper.told and verdict.told and deeper.agreeing < verdict.agreeing:
        return False
    if deeper.cause is Cause.WORKER_DIED and verdict.cause is Cause.STALE_TASK_STATE and deeper.told and verdict.told:
        return False
    # What a person makes of a stall is a theory; that an earlier task went wrong is something only people tell.
    theory = (
        deeper.told and not verdict.told and verdict.cause in _QUEUES and deeper.cause is not Cause.STALE_TASK_STATE
    )
    return not theory and not (verdict.alone and deeper.cause in ENVIRONMENT)
