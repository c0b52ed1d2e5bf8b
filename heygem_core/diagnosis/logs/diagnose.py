"""From logs to the answer: what is wrong, why, where it says so, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heygem_core.diagnosis.causes import CAUSES
from heygem_core.diagnosis.diagnosis import HINTED, Diagnosis, Finding
from heygem_core.diagnosis.logs import (
    documents,
    likeness,
    rules_environment,  # noqa: F401 - it registers its rules
    rules_input,  # noqa: F401 - it registers its rules
    rules_memory,  # noqa: F401 - it registers its rules
    rules_packages,  # noqa: F401 - it registers its rules
    rules_processes,  # noqa: F401 - it registers its rules
    rules_providers,  # noqa: F401 - it registers its rules
    rules_service,  # noqa: F401 - it registers its rules
    speech,
    wording,
)
from heygem_core.diagnosis.logs.claims import Told, read_claims, sentences_of
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.collecting import Material, collect
from heygem_core.diagnosis.logs.concepts import Sentence, understand
from heygem_core.diagnosis.logs.facts import VERSIONS, Facts, Kind
from heygem_core.diagnosis.logs.lines import Line
from heygem_core.diagnosis.logs.ranking import rank
from heygem_core.diagnosis.logs.redaction import quote, redact
from heygem_core.diagnosis.logs.verdicts import RULES, Evidence, Judge, Verdict
from heygem_core.errors import Cause
from heygem_core.text import Text

_MOST_SYMPTOMS = 3


@dataclass(frozen=True)
class Reading:
    """The ``diagnosis`` of some logs, the rules that led to its findings, and the ``material`` that they rest on."""

    diagnosis: Diagnosis
    rules: tuple[str, ...]
    material: Material


def diagnose(names: Sequence[str]) -> Reading:
    """Read the logs ``names`` ("-" is stdin) as one story and say what is wrong; raises `UnusableLog`."""
    evidence = read(names)
    material = evidence.material
    judges: list[Judge] = [*RULES, wording.judge]
    found = rank(verdict for judge in judges if (verdict := judge(evidence)))
    content = any(documents.satisfied(line.text) for line, _ in material.prose)
    if content:
        found = [verdict for verdict in found if not verdict.told or verdict.confidence > HINTED]
    shown = [*(line for verdict in found for line in verdict.lines), *_symptoms(evidence)]
    if not content or evidence.claims(*_STILL):
        found = likeness.second_opinion(found, evidence, trouble=bool(shown))
    quoting = _Quoting(material)
    if found:
        findings = tuple(_finding(verdict, quoting) for verdict in found)
        diagnosis = Diagnosis(findings, True, collect=_next_step(found[0]))
    else:
        diagnosis = _undecided(shown, quoting)
    return Reading(diagnosis, tuple(verdict.rule for verdict in found), material)


def read(names: Sequence[str]) -> Evidence:
    """Read the logs ``names`` as one story; raises `UnusableLog`."""
    material = collect(names)
    material.facts = _counting(material)
    return Evidence(material, _claims(material), _understood(material))


def _counting(material: Material) -> Facts:
    """Return the facts that count.

    Of a document those that a program has evidently written; elsewhere those that nobody calls settled, where the log
    goes on to something else.
    """
    every = material.facts.of(*Kind)
    if material.document:
        material.timeline.keep(speech.by_program)
        return material.facts.without(fact for fact in every if not speech.by_program(fact.line))
    settled = max((order for line, order in material.prose if speech.settles(line)), default=-1)
    goes_on = any(fact.order > settled and fact.kind not in VERSIONS for fact in every)
    if not goes_on:
        return material.facts
    return material.facts.without(fact for fact in every if fact.order < settled and fact.kind not in VERSIONS)


def _claims(material: Material) -> list[Told]:
    if material.document:
        return []
    return read_claims((line for line, _ in material.prose), in_a_log=material.by_programs > 0)


def _understood(material: Material) -> list[Sentence]:
    if material.document:
        return []
    return understand(
        sentences_of(line for line, _ in material.prose if not material.by_programs or speech.is_prose(line))
    )


def _next_step(first: Verdict) -> Text | None:
    """Say what to collect where the first finding is only one that would fit."""
    return CAUSES[first.cause].collect if first.confidence <= HINTED else None


def _finding(verdict: Verdict, quoting: _Quoting) -> Finding:
    reason = verdict.why or Text("", "")
    why = Text(f"{reason.en} ({verdict.rule})", f"{reason.zh}（{verdict.rule}）")
    culprit = redact(verdict.culprit) if verdict.culprit else None
    evidence = (why, *verdict.notes, *map(quoting, verdict.lines))
    return Finding(verdict.cause, verdict.confidence, evidence, verdict.remedy, culprit)


class _Quoting:
    """Turns a line into evidence: where it stands, and what it says, around what was found in it."""

    def __init__(self, material: Material) -> None:
        self._starts = {fact.line: fact.start for fact in reversed(material.facts.of(*Kind))}

    def __call__(self, line: Line) -> Text:
        """Return ``line`` as evidence."""
        text = quote(line.text, self._starts.get(line, 0))
        if line.source:
            return Text(f"{line.source}:{line.number}: {text}", f"{line.source}:{line.number}：{text}")
        return Text(f"line {line.number}: {text}", f"第 {line.number} 行：{text}")


_STILL = (Claim.HANGS, Claim.KILLED, Claim.TASK_STUCK, Claim.TROUBLE)
"""Complaints that who is content otherwise still has."""
_COMPLAINTS = (Claim.SLOW, *_STILL)
_SYMPTOMS = (
    Kind.ELSEWHERE,
    Kind.TASK_FAILED,
    Kind.BLOCKED_RESTART,
    Kind.NO_SUCH_TASK,
    Kind.ERROR,
    Kind.EXIT,
)


def _symptoms(evidence: Evidence) -> list[Line]:
    """Return the lines that show that something is wrong, whatever it is; none where the log ends well after them."""
    stop = evidence.facts.first(Kind.STOP_ASKED)
    facts = [
        fact
        for fact in evidence.facts.of(*_SYMPTOMS)
        if fact.kind is not Kind.EXIT or (fact.what["code"] != "0" and (stop is None or fact.order < stop.order))
    ]
    if facts and evidence.done_after(facts[-1].order):
        return []
    complaints = [told for told in evidence.claims(*_COMPLAINTS) if speech.is_prose(told.line)]
    return [*(fact.line for fact in facts), *(told.line for told in complaints)]


def _undecided(shown: Sequence[Line], quoting: _Quoting) -> Diagnosis:
    """Return what is to be said where no cause is named: that something is wrong, if any lines have ``shown`` it."""
    if not shown:
        return Diagnosis()
    evidence = tuple(map(quoting, list(dict.fromkeys(shown))[:_MOST_SYMPTOMS]))
    return Diagnosis(trouble=True, evidence=evidence, collect=CAUSES[Cause.OTHER].collect)
