"""What a report says in words alone: the cause to which most of its combinations of things and states point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from heygem_core.diagnosis.diagnosis import HINTED
from heygem_core.diagnosis.logs import tone
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.combinations import COMBINATIONS, Combination
from heygem_core.diagnosis.logs.concepts import Sentence, spoken_of, windows
from heygem_core.diagnosis.logs.concepts_kinds import State
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.ranking import LEADS_TO
from heygem_core.diagnosis.logs.rules_providers import asked_for_cpu
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict
from heygem_core.errors import Cause

Hit = tuple[Combination, tuple[Sentence, ...]]


_CONTRADICTED_BY: dict[Cause, tuple[Kind, ...]] = {
    Cause.SILENT_CPU_FALLBACK: (Kind.APPLIED_GPU,),
    Cause.PACKAGE_CONFLICT: (Kind.APPLIED_GPU,),
    Cause.MISSING_CUDA_LIBRARY: (Kind.APPLIED_GPU,),
    Cause.CUDA_VERSION_MISMATCH: (Kind.APPLIED_GPU,),
    Cause.SLOW_CONSUMER: (Kind.OTHERS_QUEUE,),
    Cause.BAD_INPUT: (Kind.DONE,),
    Cause.QUEUE_FULL_NO_CONSUMER: (Kind.OTHERS_QUEUE,),
    Cause.QUEUE_EMPTY_NO_PRODUCER: (Kind.OTHERS_QUEUE,),
}
"""What a program says that contradicts what a person's words point to."""


def _contradicted(cause: Cause, evidence: Evidence) -> bool:
    has = evidence.facts.has
    if cause is Cause.PACKAGE_CONFLICT and has(Kind.GPU_WHEEL) and not has(Kind.CPU_WHEEL):
        return True
    if cause is Cause.SILENT_CPU_FALLBACK and (asked_for_cpu(evidence) or evidence.claimed(Claim.GPU_LOW)):
        return True
    if cause is Cause.DATALOADER_WORKER_DEADLOCK and evidence.claimed(Claim.ZERO_DOES_NOT):
        return True
    if cause is Cause.SLOW_CONSUMER and _slow_at_first_only(evidence.sentences):
        return True
    if cause is Cause.STALE_TASK_STATE and has(Kind.OTHERS_QUEUE) and not evidence.claimed(Claim.OLD_TASK):
        return True
    return has(*_CONTRADICTED_BY.get(cause, ()))


def _slow_at_first_only(sentences: Sequence[Sentence]) -> bool:
    """Tell whether somebody calls it fast, or all that he calls slow is the first run."""
    slow = [one for one in sentences if State.SLOW in one.mentions]
    return any(tone.fast(one.text) for one in sentences) or (
        bool(slow) and all(tone.warming_up(one.text) for one in slow)
    )


def judge(evidence: Evidence) -> Verdict | None:
    """Return the cause to which the words point, as a hint; None where they point nowhere, or to several alike.

    Against: an error that nobody's words explain.
    """
    if evidence.facts.has(Kind.ERROR, Kind.ELSEWHERE, Kind.TASK_FAILED):
        return None
    hits = {cause: rows for cause, rows in hits_in(evidence.sentences).items() if not _contradicted(cause, evidence)}
    first = _first(hits)
    if first is None:
        return None
    rows = hits[first]
    best, window = max(rows, key=lambda hit: hit[0].weight)
    lines = tuple(dict.fromkeys(one.line for one in window))
    return Verdict(first, HINTED, lines, 0, best.name, best.why, told=True, agreeing=_weight(rows))


def hits_in(sentences: Sequence[Sentence]) -> dict[Cause, list[Hit]]:
    """Return what of the table is said, by cause; each row once, where it is said most closely."""
    found: dict[Cause, list[Hit]] = defaultdict(list)
    spans = list(windows(sentences))
    for row in COMBINATIONS:
        window = next((one for one in spans if spoken_of(row.needs, one)), None)
        if window and not any(other in one.mentions for one in window for other in row.unless):
            found[row.cause].append((row, window))
    return found


def _weight(rows: list[Hit]) -> int:
    """Return how much was said: a row that needs more says more."""
    return sum(row.weight for row, window in rows if not all(one.weak for one in window))


def _first(hits: dict[Cause, list[Hit]]) -> Cause | None:
    """Return the cause with most weight, unless another has as much that it does not lead to."""
    weights = {cause: weight for cause, rows in hits.items() if (weight := _weight(rows))}
    if not weights:
        return None
    most = max(weights.values())
    top = [cause for cause, weight in weights.items() if weight == most]
    deeper = [cause for cause in top if all(other is cause or other in LEADS_TO.get(cause, ()) for other in top)]
    return deeper[0] if deeper else None
