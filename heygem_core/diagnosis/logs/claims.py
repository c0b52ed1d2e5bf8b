"""What a person wrote between the lines of a log: read for a few statements only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from heygem_core.diagnosis.logs import speech, tone
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.claims_words import WORDS
from heygem_core.diagnosis.logs.lines import Line


@dataclass(frozen=True)
class Told:
    """One statement: ``line`` is where its sentence begins."""

    claim: Claim
    line: Line
    sentence: str


_COMPILED = tuple((claim, re.compile("|".join(words), re.IGNORECASE | re.ASCII)) for claim, words in WORDS.items())
_MAY_BE_DENIED = frozenset({Claim.HANGS, Claim.KILLED, Claim.SLOW, Claim.ON_CPU, Claim.LOW_FPS, Claim.BAD_FILE})
_MAY_BE_ASKED = frozenset({Claim.VRAM_SHORT, Claim.HOST_RAM, Claim.SHM_SMALL, Claim.VERSIONS_DIFFER})
_DENIAL = re.compile(
    r"\bwithout (?:\w+ ){0,2}$|\b(?:no|not|never|isn't|doesn't|didn't|wasn't|nothing)\b(?!\s+(?:only|just))|n't\b|"
    r"没有|不再|不会|并不|"
    r"没",
    re.IGNORECASE,
)
_SUPPOSITION = re.compile(
    r"\b(?:if|might|may|in case|whether|could|to avoid|prevents?)\b|如果|可能|是否|万一|避免", re.IGNORECASE
)
_WONDERED = re.compile(r"(?<!why )(?<!how )\b(?:will|would) (?:it|this|that) $", re.IGNORECASE)
"""Somebody fears what is not so yet."""
_COMPARED = re.compile(
    r"\b(?:compared (?:to|with)|than|versus|vs\.?|rather than|instead of) (?:\w+ ){0,2}$", re.IGNORECASE
)
_BREAK = re.compile(r"[,;:，；：]|\bbut\b|\band\b|但|\bbecause\b", re.IGNORECASE)


def read_claims(prose: Iterable[Line], *, in_a_log: bool) -> list[Told]:
    """Return what is claimed in the lines that a person may have written.

    Among a program's lines (``in_a_log``) terse notes count only where somebody evidently writes.
    """
    lines = list(prose)
    if in_a_log and not any(map(speech.is_prose, lines)):
        return []
    found = []
    for line, sentence in sentences_of(lines):
        for claim, regex in _COMPILED:
            match = regex.search(sentence)
            if match is None or (claim in _MAY_BE_DENIED and _is_denied(sentence, match.start())):
                continue
            if claim in _MAY_BE_ASKED and tone.wondered(sentence, *match.span()):
                continue
            found.append(Told(claim, line, sentence))
    return found


def _is_denied(sentence: str, start: int) -> bool:
    before = _BREAK.split(sentence[max(0, start - 30) : start])[-1]
    compared = _COMPARED.search(sentence[max(0, start - 30) : start])
    wondered = _WONDERED.search(sentence[:start])
    return bool(compared or wondered or _DENIAL.search(before) or _SUPPOSITION.search(before) or tone.over(sentence))


def _end(line: Line) -> str:
    """Return the mark that a title lacks at its end."""
    text = line.text.rstrip()
    return "." if line.number == 1 and text and text[-1] not in ".!?。！？,，:：" else ""


def sentences_of(prose: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    """Yield each sentence with the line on which it begins; one goes on over lines that follow each other."""
    paragraph: list[Line] = []
    for line in [*prose, None]:
        follows = paragraph and line and (line.source, line.number - 1) == (paragraph[-1].source, paragraph[-1].number)
        if line is not None and (follows or not paragraph):
            paragraph.append(line)
            continue
        text = "\n".join(one.text + _end(one) for one in paragraph)
        position = 0
        for sentence in speech.sentences(text):
            start = text.index(sentence, position)
            position = start + len(sentence)
            yield (
                paragraph[text[: start + len(sentence) - len(sentence.lstrip())].count("\n")],
                " ".join(sentence.split()),
            )
        paragraph = [line] if line is not None else []
