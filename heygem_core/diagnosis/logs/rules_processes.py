"""Rules about processes: how they are started, and how they end."""

from __future__ import annotations

import re
from itertools import pairwise

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.facts import Fact, Kind
from heygem_core.diagnosis.logs.verdicts import TRACE_LINES, Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause

_FORKED = re.compile(r"re-initialize CUDA|fork", re.IGNORECASE)


@rule(
    "cuda-in-forked-child",
    Cause.FORK_AFTER_CUDA,
    "CUDA was used before the fork, and again in the child",
    "fork 之前已使用过 CUDA，子进程又再次使用",
)
def cuda_in_forked_child(evidence: Evidence) -> Verdict | None:
    """Needs: torch's or CUDA's refusal. Against: nothing for torch's; a bare initialization error is implied only."""
    facts = evidence.facts.of(Kind.FORK_CUDA)
    if not facts:
        return None
    stated = any(_FORKED.search(fact.words) for fact in facts)
    return verdict(Cause.FORK_AFTER_CUDA, STATED if stated else IMPLIED, facts)


_FORKS = re.compile(r"\b(?:gunicorn|uwsgi|workers?|sub-? ?process\w*|child\w*|fork\w*)\b|子进程", re.IGNORECASE)
_NOT_SHARED = re.compile(r"\bwithout\b|\bshar(?:e|ed|ing)\b|\b(?:not|n't) work|\bfail", re.IGNORECASE)


@rule(
    "loaded-before-the-fork",
    Cause.FORK_AFTER_CUDA,
    "a model is loaded before the workers are forked, and they cannot use it",
    "模型在 fork 工作进程之前加载，工作进程无法使用它",
)
def loaded_before_the_fork(evidence: Evidence) -> Verdict | None:
    """Needs: a person who speaks of preloading, of a model's library, and of workers that hang or do not share it.

    Against: another error, by the ranking.
    """
    preloaded = evidence.claims(Claim.PRELOADED)
    model = evidence.claimed(Claim.MODEL) or evidence.facts.has(Kind.TOOLKIT, Kind.TORCH_CUDA, Kind.CUDNN)
    forks = any(_FORKS.search(line.text) for line, _ in evidence.material.prose)
    if not preloaded or not model or not forks:
        return None
    if not evidence.claimed(Claim.HANGS) and not any(_NOT_SHARED.search(told.sentence) for told in preloaded):
        return None
    return Verdict(Cause.FORK_AFTER_CUDA, HINTED, (preloaded[0].line,), 0, told=True)


@rule(
    "daemonic-assertion",
    Cause.DAEMONIC_CHILDREN,
    "multiprocessing refuses to start a process from a daemonic one",
    "multiprocessing 拒绝从守护进程中启动子进程",
)
def daemonic_assertion(evidence: Evidence) -> Verdict | None:
    """Needs: the assertion's text. Against: nothing."""
    facts = evidence.facts.of(Kind.DAEMONIC)
    return verdict(Cause.DAEMONIC_CHILDREN, STATED, facts) if facts else None


@rule(
    "bootstrapping-phase",
    Cause.SPAWN_MAIN_GUARD,
    "a spawned child ran the main module again and tried to start processes",
    "spawn 出的子进程重新执行了主模块并试图再启动进程",
)
def bootstrapping_phase(evidence: Evidence) -> Verdict | None:
    """Needs: multiprocessing's text about the bootstrapping phase; or a child in the main module, and a word on
    freeze_support. Against: nothing."""
    if facts := evidence.facts.of(Kind.MAIN_GUARD):
        return verdict(Cause.SPAWN_MAIN_GUARD, STATED, facts)
    again, spoken = evidence.facts.of(Kind.SPAWN_MAIN), evidence.facts.of(Kind.FREEZE_SUPPORT)
    if again and spoken:
        return verdict(Cause.SPAWN_MAIN_GUARD, IMPLIED, [*again[:1], *spoken[:1]])
    return None


@rule(
    "killed",
    Cause.WORKER_DIED,
    "a process was killed with signal 9, or the host ran out of memory",
    "进程被信号 9 杀死，或主机内存不足",
)
def killed(evidence: Evidence) -> Verdict | None:
    """Needs: Killed, 137, SIGKILL, the kernel's line, or a refused allocation on the host.

    Against: somebody was stopping it just before; then it is what was asked for.
    """
    facts = evidence.facts.of(Kind.HOST_MEMORY, Kind.KILLED)
    stop = evidence.facts.first(Kind.STOP_ASKED)
    facts = [fact for fact in facts if stop is None or fact.order < stop.order or fact.kind is Kind.HOST_MEMORY]
    if not facts:
        return None
    only_told = all(fact.told for fact in facts)
    confidence = IMPLIED if only_told else STATED
    return verdict(Cause.WORKER_DIED, confidence, facts, culprit=facts[0].line.process, alone=True)


_ABORTED = re.compile(r"terminate called|Aborted|SIGABRT|core dumped|signal 6\b", re.IGNORECASE)


def _explained(crash: Fact, evidence: Evidence) -> bool:
    """Tell whether a program ended itself over an error of another kind that it had just printed."""
    before = [one for one in evidence.facts.of(Kind.ELSEWHERE) if 0 <= crash.order - one.order <= TRACE_LINES]
    return bool(before) and bool(_ABORTED.search(crash.words))


@rule(
    "crashed",
    Cause.WORKER_DIED,
    "a process crashed in native code, or ended without being asked to",
    "进程在原生代码中崩溃，或自行退出",
)
def crashed(evidence: Evidence) -> Verdict | None:
    """Needs: a signal, a core dump, or a parent that missed its worker. Against: a message that explains the crash."""
    facts = [fact for fact in evidence.facts.of(Kind.CRASHED, Kind.WORKER_GONE) if not _explained(fact, evidence)]
    if facts:
        return verdict(Cause.WORKER_DIED, STATED, facts, culprit=facts[0].line.process)
    if facts := evidence.facts.of(Kind.WORKER_TIMEOUT):
        return verdict(Cause.WORKER_DIED, HINTED, facts, culprit=facts[0].line.process)
    return None


RESTARTS = 4
RESTARTS_S = 0.9
"""So many workers started so long after the one before are replacements; first ones start within milliseconds."""


@rule(
    "workers-start-over",
    Cause.WORKER_DIED,
    "workers are started again and again",
    "工作进程一再被重新启动",
)
def workers_start_over(evidence: Evidence) -> Verdict | None:
    """Needs: a server that goes on booting workers, long after its first ones. Against: a reload was asked for."""
    facts = evidence.facts.of(Kind.BOOTING)
    times = [fact.line.time for fact in facts if fact.line.time is not None]
    late = [now for before, now in pairwise(times) if now - before > RESTARTS_S]
    if len(late) < RESTARTS or evidence.facts.has(Kind.STOP_ASKED):
        return None
    return verdict(Cause.WORKER_DIED, IMPLIED, facts)


_NAMED = re.compile(r"^[\w.]*(?:Error|Exception)\b")


@rule(
    "exception-in-worker",
    Cause.WORKER_DIED,
    "an exception ended a thread or process, and afterwards a queue was no longer served",
    "某个线程或进程因异常而结束，此后队列无人处理",
)
def exception_in_worker(evidence: Evidence) -> Verdict | None:
    """Needs: an unhandled exception in a worker, and a queue's complaint after it.

    Against: the exception is that complaint itself.
    """
    complaint = evidence.facts.last(Kind.QUEUE_FULL, Kind.QUEUE_EMPTY)
    raised = evidence.facts.first(Kind.WORKER_RAISED)
    if complaint is None or raised is None:
        return None
    errors = evidence.facts.of(Kind.ERROR)
    between = [one for one in errors if raised.order < one.order < complaint.order and _NAMED.match(one.words)]
    if not between:
        return None
    return verdict(Cause.WORKER_DIED, IMPLIED, [raised, between[0], complaint], culprit=raised.line.process)


@rule(
    "said-to-be-killed",
    Cause.WORKER_DIED,
    "the user says that the process dies",
    "用户反映进程会退出",
)
def said_to_be_killed(evidence: Evidence) -> Verdict | None:
    """Needs: a person who says so, or what happens where one dies, or that memory grows until none is left.

    Against: an error that would be the reason.
    """
    told, full = (
        evidence.claims(Claim.KILLED, Claim.RAM_GROWS, Claim.DIES_AND_HANGS),
        evidence.claims(Claim.HOST_RAM, Claim.RAM_GROWS),
    )
    if not told or evidence.facts.has(Kind.ERROR, Kind.ELSEWHERE, Kind.TASK_FAILED):
        return None
    lines = tuple(dict.fromkeys(one.line for one in (*told[:1], *full[:1])))
    certain = bool(full) and evidence.claimed(Claim.KILLED)
    return Verdict(Cause.WORKER_DIED, IMPLIED if certain else HINTED, lines, 0, told=True)


@rule(
    "workers-hang",
    Cause.DATALOADER_WORKER_DEADLOCK,
    "it hangs with DataLoader workers and works without",
    "带 DataLoader worker 时卡住，不带则正常",
)
def workers_hang(evidence: Evidence) -> Verdict | None:
    """Needs: the DataLoader's own timeout, a main process interrupted while it waits for workers, or a person who
    says that it hangs with workers, better still: and works with none.

    Against: a worker that died, memory, shared memory; num_workers=0 makes no difference; a broker, whose workers these
    are.
    """
    facts = evidence.facts
    if evidence.claimed(Claim.ZERO_DOES_NOT) or evidence.claimed(Claim.RAM_GROWS):
        return None
    if facts.has(Kind.WORKER_GONE, Kind.SHM, Kind.BUS_ERROR, Kind.KILLED):
        return None
    if found := facts.of(Kind.LOADER_TIMEOUT):
        return verdict(Cause.DATALOADER_WORKER_DEADLOCK, IMPLIED, found)
    hangs, workers, zero = (evidence.claims(one) for one in (Claim.HANGS, Claim.WORKERS, Claim.ZERO_WORKS))
    waiting = facts.of(Kind.LOADER_WAIT)
    if waiting and (facts.has(Kind.INTERRUPTED) or hangs):
        return verdict(Cause.DATALOADER_WORKER_DEADLOCK, IMPLIED, waiting)
    if not hangs or not (workers or zero) or (facts.has(Kind.OTHERS_QUEUE) and not zero):
        return None
    lines = tuple(dict.fromkeys(told.line for told in (*hangs[:1], *zero[:1], *workers[:1])))
    return Verdict(Cause.DATALOADER_WORKER_DEADLOCK, IMPLIED if zero else HINTED, lines, 0, told=True)
