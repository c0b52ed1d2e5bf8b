"""What a rule answers with, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from heygem_core.diagnosis.logs.claims import Told
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.collecting import Material
from heygem_core.diagnosis.logs.concepts import Sentence
from heygem_core.diagnosis.logs.facts import Fact, Facts, Kind
from heygem_core.diagnosis.logs.lines import Line
from heygem_core.diagnosis.logs.timeline import Job
from heygem_core.errors import Cause
from heygem_core.text import Text

TRACE_LINES = 24
"""A traceback's frames and its error stand so near to each other."""


@dataclass(frozen=True)
class Verdict:
    """One cause that a rule has found, with the lines that show it.

    ``ends`` says that what was found ends the job by itself; ``alone`` that no trouble of the environment leads to it;
    ``told`` that only a person says so; ``agreeing`` how much of what he says does.
    """

    cause: Cause
    confidence: float
    lines: tuple[Line, ...]
    order: int
    rule: str = ""
    why: Text | None = None
    notes: tuple[Text, ...] = ()
    culprit: str | None = None
    remedy: Text | None = None
    ends: bool = True
    told: bool = False
    alone: bool = False
    agreeing: int = 3


class Evidence:
    """All that a log says, as the rules see it."""

    def __init__(self, material: Material, told: list[Told], sentences: Sequence[Sentence] = ()) -> None:
        self.material = material
        self.sentences = sentences
        self.facts: Facts = material.facts
        self.jobs: list[Job] = material.timeline.jobs
        self.told = told

    def claims(self, *claims: Claim) -> list[Told]:
        """Return what a person claimed of ``claims``."""
        return [told for told in self.told if told.claim in claims]

    def claimed(self, claim: Claim) -> bool:
        """Tell whether a person claims ``claim``."""
        return any(told.claim is claim for told in self.told)

    @cached_property
    def gpu_wanted(self) -> bool:
        """Tell whether anything shows that a GPU was meant to be used."""
        kinds = (Kind.ASKED_GPU, Kind.GPU_WHEEL, Kind.DRIVER_CUDA, Kind.TORCH_CUDA, Kind.NOT_AVAILABLE)
        return self.facts.has(*kinds) or self.claimed(Claim.GPU_WANTED)

    def shortly_after(self, before: Kind, after: Kind) -> list[Fact]:
        """Return a fact of each kind, where one of ``after`` follows one of ``before`` within a traceback."""
        for error in self.facts.of(after):
            near = [one for one in self.facts.of(before) if 0 <= error.order - one.order <= TRACE_LINES]
            if near:
                return [near[-1], error]
        return []

    def done_after(self, order: int) -> bool:
        """Tell whether the log shows success after ``order`` and no error after that."""
        last = self.facts.last(Kind.DONE)
        error = self.facts.last(Kind.ERROR, Kind.TASK_FAILED)
        return last is not None and last.order > order and (error is None or error.order < last.order)


@dataclass(frozen=True)
class Rule:
    """One way to conclude ``cause``: ``why`` is the reason given to the user, ``judge`` says when it holds."""

    name: str
    cause: Cause
    why: Text
    judge: Callable[[Evidence], Verdict | None] = field(repr=False)

    def __call__(self, evidence: Evidence) -> Verdict | None:
        """Return the verdict with this rule's name and reason, or None."""
        found = self.judge(evidence)
        return replace(found, rule=self.name, why=self.why) if found else None


RULES: list[Rule] = []
"""All rules, in the order in which their modules are imported; the ranking does not depend on it."""

Judge = Callable[[Evidence], Verdict | None]


def rule(name: str, cause: Cause, en: str, zh: str) -> Callable[[Judge], Judge]:
    """Register the function below as the rule ``name``; its docstring says what it needs and what speaks against it."""

    def register(judge: Judge) -> Judge:
        RULES.append(Rule(name, cause, Text(en, zh), judge))
        return judge

    return register


def verdict(cause: Cause, confidence: float, facts: list[Fact], **more: object) -> Verdict:
    """Return a verdict that rests on ``facts``: their first lines are quoted."""
    lines = tuple(dict.fromkeys(fact.line for fact in facts))[:3]
    told = all(fact.told for fact in facts)
    return Verdict(cause, confidence, lines, facts[0].order, told=told, **more)  # type: ignore[arg-type]
