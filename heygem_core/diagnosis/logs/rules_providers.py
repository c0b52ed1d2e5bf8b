"""Rules about what computes: the CPU, though a GPU was wanted."""

from __future__ import annotations

import re

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause

_BOTH_IDLE = re.compile(r"\bCPUs?\W{0,3}(?:and|or|nor|和|与|及)?\W{0,3}(?:the )?GPU", re.IGNORECASE | re.ASCII)


@rule(
    "session-on-cpu",
    Cause.SILENT_CPU_FALLBACK,
    "what was applied is the CPU provider alone",
    "实际应用的只有 CPU provider",
)
def session_on_cpu(evidence: Evidence) -> Verdict | None:
    """Needs: applied providers, or available ones where a GPU is wanted, without CUDA.

    Against: CUDA was applied by another session, or the CPU was asked for. What is merely available, and the memory
    in use, are no evidence for the GPU.
    """
    facts = evidence.facts
    if facts.has(Kind.APPLIED_GPU):
        return None
    by_mistake = not asked_for_cpu(evidence)
    for kinds, confidence, holds in (
        ((Kind.NOT_AVAILABLE,), STATED, by_mistake),
        ((Kind.APPLIED_CPU,), STATED, by_mistake),
        ((Kind.LISTED_CPU,), STATED, by_mistake and evidence.gpu_wanted),
        ((Kind.RUNS_ON_CPU,), IMPLIED, by_mistake and evidence.gpu_wanted),
    ):
        if holds and (found := facts.of(*kinds)):
            return verdict(Cause.SILENT_CPU_FALLBACK, confidence, found, ends=False)
    return None


@rule(
    "provider-not-created",
    Cause.SILENT_CPU_FALLBACK,
    "the CUDA provider could not be created; onnxruntime then goes on with the CPU",
    "CUDA provider 创建失败，onnxruntime 随后改用 CPU 继续运行",
)
def provider_not_created(evidence: Evidence) -> Verdict | None:
    """Needs: onnxruntime's refusal, or its word that it falls back. Against: CUDA was applied after all."""
    facts = evidence.facts.of(Kind.FELL_BACK, Kind.PROVIDER_NOT_CREATED)
    if not facts or evidence.facts.has(Kind.APPLIED_GPU):
        return None
    return verdict(Cause.SILENT_CPU_FALLBACK, IMPLIED, facts, ends=False)


def asked_for_cpu(evidence: Evidence) -> bool:
    """Tell whether the CPU was asked for, or there is no GPU."""
    if evidence.claimed(Claim.CPU_WANTED):
        return True
    return evidence.facts.has(Kind.ASKED_CPU) and not evidence.facts.has(Kind.ASKED_GPU)


@rule(
    "gpu-idle-cpu-busy",
    Cause.SILENT_CPU_FALLBACK,
    "the user sees the CPU at work and the GPU idle",
    "用户观察到 CPU 在工作而 GPU 空闲",
)
def gpu_idle(evidence: Evidence) -> Verdict | None:
    """Needs: a person says that the GPU is idle or the CPU does the work, where a GPU is wanted.

    Against: CUDA was applied; the GPU works, though not fully; the CPU was asked for, or idles too; frames that nobody
    takes, for then nothing works.
    """
    if evidence.facts.has(Kind.APPLIED_GPU) or not evidence.gpu_wanted or asked_for_cpu(evidence):
        return None
    idle = [told for told in evidence.claims(Claim.GPU_IDLE) if not _BOTH_IDLE.search(told.sentence)]
    busy = evidence.claims(Claim.ON_CPU)
    if (not idle and not busy) or (evidence.claimed(Claim.GPU_LOW) and not idle):
        return None
    stalled = evidence.claimed(Claim.HANGS) and not busy
    confidence = IMPLIED if idle and busy else HINTED
    if stalled:
        return None
    lines = tuple(told.line for told in (*idle[:1], *busy[:1]))
    return Verdict(Cause.SILENT_CPU_FALLBACK, confidence, lines, 0, ends=False, told=True)
