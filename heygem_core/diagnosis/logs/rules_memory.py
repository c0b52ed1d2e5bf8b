"""Rules about shared memory: full, or too small."""

from __future__ import annotations

import re

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs import tone
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause

_NOT_OPENED = re.compile(r"unable to open shared memory object", re.IGNORECASE)
_NO_DESCRIPTORS = re.compile(r"too many open files|ancdata", re.IGNORECASE)


@rule(
    "shared-memory-message",
    Cause.SHM_EXHAUSTED,
    "the message is about shared memory, or it is a bus error",
    "消息涉及共享内存，或出现 bus error",
)
def shared_memory_message(evidence: Evidence) -> Verdict | None:
    """Needs: a message about /dev/shm, no space where memory is shared, or a bus error.

    Against: the kernel killed for memory; then the host is full; no descriptors left, for which the same is printed.
    """
    facts = evidence.facts.of(Kind.SHM)
    if any(_NO_DESCRIPTORS.search(fact.words) for fact in evidence.facts.of(Kind.ELSEWHERE)):
        facts = [fact for fact in facts if not _NOT_OPENED.match(fact.words)]
    if facts:
        return verdict(Cause.SHM_EXHAUSTED, STATED, facts)
    if facts := evidence.shortly_after(Kind.SHARES_MEMORY, Kind.NO_SPACE):
        return verdict(Cause.SHM_EXHAUSTED, IMPLIED, facts)
    facts = evidence.facts.of(Kind.BUS_ERROR)
    if facts and not evidence.facts.has(Kind.HOST_MEMORY):
        return verdict(Cause.SHM_EXHAUSTED, IMPLIED, facts)
    return None


_SHM_OPTION = re.compile(r"--shm-size|--ipc\b", re.IGNORECASE)
_DISK = re.compile(r"(?<!plenty of )(?<!enough )\bdisk\b|\bdf -h\b|/tmp\b|磁盘|硬盘", re.IGNORECASE)
_CONTAINER = re.compile(r"\bdocker\b|\bcontainer\b|\bk8s\b|kubernetes|容器", re.IGNORECASE)
_NO_SPACE = re.compile(r"\bno space left\b|空间不足", re.IGNORECASE)


@rule(
    "no-space-with-workers",
    Cause.SHM_EXHAUSTED,
    "no space is left, in a container or only with workers, while the disk is not spoken of",
    "空间不足，发生在容器中或仅在使用 worker 时，且未提到磁盘",
)
def no_space_with_workers(evidence: Evidence) -> Verdict | None:
    """Needs: a person who tells of no space left, and of DataLoader workers; a container makes it likelier.

    Against: a file that could not be written, by its name; a disk."""
    lines = [line for line, _ in evidence.material.prose]
    told = next((line for line in lines if _NO_SPACE.search(line.text)), None)
    workers = evidence.claims(Claim.WORKERS, Claim.ZERO_WORKS, Claim.SHM_SMALL)
    option = next((line for line in lines if _SHM_OPTION.search(line.text)), None)
    if told is None or not (workers or option) or any(_DISK.search(line.text) for line in lines):
        return None
    contained = any(_CONTAINER.search(line.text) for line in lines)
    confidence = IMPLIED if contained and evidence.claimed(Claim.ZERO_WORKS) else HINTED
    return Verdict(
        Cause.SHM_EXHAUSTED, confidence, tuple(dict.fromkeys((told, *(one.line for one in workers[:1])))), 0, told=True
    )


_OF_GPU = re.compile(r"\bper block\b|\b(?:GPU|dedicated|static|kernel)\b|out of resource", re.IGNORECASE)
"""A GPU's blocks share a memory of their own."""


@rule(
    "shared-memory-said-to-be-small",
    Cause.SHM_EXHAUSTED,
    "the user says that shared memory is small, or is to be larger",
    "用户反映共享内存太小，或需要加大",
)
def shared_memory_said_to_be_small(evidence: Evidence) -> Verdict | None:
    """Needs: a person who speaks of the size of /dev/shm. Against: that it was tried already; the memory that a GPU's
    blocks share; an error of another kind."""
    told = [
        one
        for one in evidence.claims(Claim.SHM_SMALL)
        if not tone.tried(one.sentence) and not _OF_GPU.search(one.sentence)
    ]
    if not told or evidence.facts.has(Kind.ERROR, Kind.ELSEWHERE, Kind.TASK_FAILED):
        return None
    return Verdict(Cause.SHM_EXHAUSTED, HINTED, (told[0].line,), 0, told=True)
