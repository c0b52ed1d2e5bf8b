"""Which things and states a person's sentences speak of, and whether he says them as they are, or denies them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from heygem_core.diagnosis.logs import speech
from heygem_core.diagnosis.logs.concepts_states import STATES, State
from heygem_core.diagnosis.logs.concepts_things import THINGS, Thing
from heygem_core.diagnosis.logs.lines import Line

Concept = Thing | State
_LEXICON: tuple[tuple[Concept, re.Pattern[str]], ...] = tuple(
    (concept, re.compile(words, re.IGNORECASE | re.ASCII)) for concept, words in (*THINGS.items(), *STATES.items())
)
_MOST_MENTIONS = 4
"""Of one concept in one sentence."""


@dataclass(frozen=True)
class Mention:
    """Where a concept is spoken of in the sentence number ``sentence``."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A sentence of a person, the ``line`` on which it begins, and what it speaks of; ``weak`` where it is asked,
    supposed, tried already or over."""

    line: Line
    text: str
    mentions: dict[Concept, tuple[Mention, ...]]
    weak: bool


def understand(sentences: Iterable[tuple[Line, str]]) -> list[Sentence]:
    """Return the sentences with what they speak of; a state that is denied is not spoken of."""
    return [_read(number, line, text) for number, (line, text) in enumerate(sentences)]


def _read(number: int, line: Line, text: str) -> Sentence:
    mentions = {}
    for concept, regex in _LEXICON:
        found = [match.span() for match, _ in zip(regex.finditer(text), range(_MOST_MENTIONS), strict=False)]
        if isinstance(concept, State):
            found = [span for span in found if not speech.negated(text, span[0])]
        if found:
            mentions[concept] = tuple(Mention(number, *span) for span in found)
    return Sentence(line, text, mentions, speech.over(text) or speech.tried(text))


def windows(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """Yield each sentence alone, then each two that follow each other."""
    yield from ((one,) for one in sentences)
    yield from pairwise(sentences)


def spoken_of(needs: Sequence[Concept], window: Sequence[Sentence]) -> bool:
    """Tell whether ``window`` speaks of all that is needed, each in words of its own."""
    return _apart([[mention for one in window for mention in one.mentions.get(need, ())] for need in needs], [])


def _apart(choices: list[list[Mention]], taken: list[Mention]) -> bool:
    if not choices:
        return True
    return any(
        _apart(choices[1:], [*taken, one])
        for one in choices[0]
        if all(one.sentence != other.sentence or one.end <= other.start or other.end <= one.start for other in taken)
    )
