"""Rules about the two wheels of onnxruntime: both installed, one in the other's way."""

from __future__ import annotations

import re

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs import tone
from heygem_core.diagnosis.logs.claims import Told
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.claims_words_install import CPU_WHEEL, GPU_WHEEL
from heygem_core.diagnosis.logs.concepts_kinds import State
from heygem_core.diagnosis.logs.concepts_things import Thing
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause

_GPU_TROUBLE = {Thing.GPU, State.TROUBLE}


@rule(
    "both-wheels",
    Cause.PACKAGE_CONFLICT,
    "onnxruntime and onnxruntime-gpu are installed together, and CUDA is not offered",
    "onnxruntime 与 onnxruntime-gpu 同时安装，且没有可用的 CUDA",
)
def both_wheels(evidence: Evidence) -> Verdict | None:
    """Needs: both wheels, listed or installed in one command, and a sign that the CPU's is the one in use.

    Against: the CUDA provider was applied, or its library was at least looked for: then the GPU wheel is in use.
    """
    facts = evidence.facts
    both = facts.of(Kind.TWO_WHEELS)
    listed = [facts.first(Kind.CPU_WHEEL), facts.first(Kind.GPU_WHEEL)]
    if not both and any(_GPU.search(line.text) for line, _ in evidence.material.prose):
        both = facts.of(Kind.CPU_WHEEL_ADDED)
    if not both and all(listed):
        both = [fact for fact in listed if fact]
    lines = tuple(fact.line for fact in both) or tuple(told.line for told in evidence.claims(Claim.BOTH_WHEELS))
    if not lines or facts.has(Kind.APPLIED_GPU):
        return None
    signs = facts.of(Kind.LISTED_CPU, Kind.NOT_AVAILABLE, Kind.APPLIED_CPU, Kind.RUNS_ON_CPU, Kind.FELL_BACK)
    complained = evidence.claimed(Claim.GPU_IDLE) or evidence.claimed(Claim.ON_CPU) or evidence.claimed(Claim.SLOW)
    gone = any(State.GONE in one.mentions and Thing.PROVIDER in one.mentions for one in evidence.sentences)
    # A list of both is not given without a reason, where the GPU gives trouble.
    gone |= all(listed) and any(set(one.mentions) >= _GPU_TROUBLE for one in evidence.sentences)
    if not signs and not complained and not gone:
        return None
    order = both[0].order if both else 0
    shown = (*lines[:2], *(fact.line for fact in signs[:1]))
    loaded = facts.has(Kind.MISSING_LIBRARY, Kind.PROVIDER_NOT_CREATED)
    confidence = HINTED if loaded else STATED if signs else IMPLIED
    return Verdict(Cause.PACKAGE_CONFLICT, confidence, shown, order, culprit="onnxruntime", ends=False)


@rule(
    "wheel-broken",
    Cause.PACKAGE_CONFLICT,
    "onnxruntime's folder lacks a part: the two packages share it, and removing one breaks the other",
    "onnxruntime 目录缺少文件：两个包共用该目录，卸载其中一个会破坏另一个",
)
def wheel_broken(evidence: Evidence) -> Verdict | None:
    """Needs: the module without what it always has, and a word on both packages or on one being removed; without that
    a hint. Against: nothing; but a file of that name has the same effect.
    """
    facts = evidence.facts.of(Kind.WHEEL_BROKEN)
    if not facts:
        return None
    both = _named_together(evidence) or evidence.facts.has(Kind.TWO_WHEELS)
    removed = any(_REMOVED.search(line.text) for line, _ in evidence.material.prose)
    confidence = STATED if both and removed else IMPLIED if both or removed else HINTED
    return verdict(Cause.PACKAGE_CONFLICT, confidence, facts, culprit="onnxruntime")


_REMOVED = re.compile(r"\buninstall\w*|\bremov(?:e|ed|ing)\b|卸载|删(?:除|掉|了)", re.IGNORECASE)
_CPU = re.compile(CPU_WHEEL, re.IGNORECASE | re.ASCII)
_GPU = re.compile(GPU_WHEEL, re.IGNORECASE | re.ASCII)


_GUESSED = re.compile(r"\b(?:likely|probably|perhaps|maybe|might|suspect|guess|wonder)\b|可能|怀疑|猜", re.IGNORECASE)


def _untried(claims: list[Told]) -> list[Told]:
    return [told for told in claims if not tone.tried(told.sentence)]


def _named_together(evidence: Evidence) -> bool:
    """Tell whether the report speaks of both wheels."""
    texts = [line.text for line, _ in evidence.material.prose]
    listed = evidence.facts.has
    return (listed(Kind.CPU_WHEEL) or any(map(_CPU.search, texts))) and (
        listed(Kind.GPU_WHEEL) or any(map(_GPU.search, texts))
    )


@rule(
    "wheels-in-each-others-way",
    Cause.PACKAGE_CONFLICT,
    "the user says that onnxruntime and onnxruntime-gpu get in each other's way",
    "用户反映 onnxruntime 与 onnxruntime-gpu 相互冲突",
)
def wheels_in_each_others_way(evidence: Evidence) -> Verdict | None:
    """Needs: a person who names both wheels and says that one overwrites, breaks or comes before the other; that both
    are there at once is a hint where nothing else is wrong.

    Against: both were removed already; a list that shows one alone; the CUDA provider was applied; its library was at
    least looked for.
    """
    facts = evidence.facts
    clashes = _untried(evidence.claims(Claim.WHEELS_CLASH))
    commands = [fact.line for fact in facts.of(Kind.TWO_WHEELS) if not (fact.told and tone.tried(fact.line.text))]
    together = commands + [told.line for told in _untried(evidence.claims(Claim.BOTH_WHEELS))]
    only_gpu = facts.has(Kind.GPU_WHEEL) and not facts.has(Kind.CPU_WHEEL) and not together
    if not (clashes or together) or only_gpu or not _named_together(evidence) or facts.has(Kind.APPLIED_GPU):
        return None
    if not clashes and facts.has(Kind.ERROR, Kind.ELSEWHERE, Kind.TASK_FAILED):
        return None
    certain = [told for told in clashes if not _GUESSED.search(told.sentence)]
    loaded = facts.has(Kind.MISSING_LIBRARY, Kind.PROVIDER_NOT_CREATED)
    confidence = IMPLIED if certain and not loaded else HINTED
    lines = tuple(dict.fromkeys([*(told.line for told in clashes), *together]))[:2]
    return Verdict(Cause.PACKAGE_CONFLICT, confidence, lines, 0, culprit="onnxruntime", ends=False, told=True)
