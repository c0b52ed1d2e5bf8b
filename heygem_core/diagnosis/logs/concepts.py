"""Which things and states a person's sentences speak of, and whether he says them as they are, or denies them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from heygem_core.diagnosis.logs import tone
from heygem_core.diagnosis.logs.concepts_kinds import State
from heygem_core.diagnosis.logs.concepts_states import STATES
from heygem_core.diagnosis.logs.concepts_things import RIVALS, THINGS, Thing
from heygem_core.diagnosis.logs.lines import Line

Concept = Thing | State
Group = tuple[tuple[Concept, ...], ...]
"""What must stand near each other; of each, alternatives."""
NEAR = 50
"""Characters between two mentions that belong together; one of Chinese counts as three."""
_CJK = re.compile(r"[\u4e00-\u9fff]")
_OF_A_MANUAL = re.compile(r"[-*] (?:If|In case|When|如果|若)\b", re.ASCII)
_MOST_MENTIONS = 4
"""Of one concept in one sentence."""
_LEXICON: dict[Concept, re.Pattern[str]] = {}
for _words in (THINGS, STATES):
    _LEXICON.update((one, re.compile(words, re.IGNORECASE | re.ASCII)) for one, words in _words.items())


@dataclass(frozen=True)
class Mention:
    """Where a concept is spoken of in the sentence number ``sentence``."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A sentence of a person, the ``line`` on which it begins, and what it speaks of; ``weak`` where it tells of what
    was tried already or is over."""

    line: Line
    text: str
    mentions: dict[Concept, tuple[Mention, ...]]
    weak: bool


def concept(name: str) -> Concept:
    """Return the thing or state called ``name`` in lower case."""
    return Thing[name.upper()] if name.upper() in Thing.__members__ else State[name.upper()]


def read_needs(needs: str) -> tuple[Group, ...]:
    """Return the groups that ``needs`` writes as "a~b/c, d"."""
    return tuple(
        tuple(tuple(map(concept, one.split("/"))) for one in group.strip().split("~")) for group in needs.split(",")
    )


def understand(sentences: Iterable[tuple[Line, str]]) -> list[Sentence]:
    """Return the sentences with what they speak of; a state that is denied is not spoken of."""
    return [_read(number, line, text) for number, (line, text) in enumerate(sentences)]


def _read(number: int, line: Line, text: str) -> Sentence:
    mentions: dict[Concept, tuple[Mention, ...]] = {}
    for one, regex in _LEXICON.items():
        found = [match.span() for match, _ in zip(regex.finditer(text), range(_MOST_MENTIONS), strict=False)]
        if isinstance(one, State):
            found = [span for span in found if not tone.negated(text, *span)]
        if found:
            mentions[one] = tuple(Mention(number, *span) for span in found)
    return Sentence(line, text, mentions, bool(_OF_A_MANUAL.match(text)) or tone.over(text) or tone.tried(text))


def windows(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """Yield each sentence alone, then each two that follow each other."""
    yield from ((one,) for one in sentences)
    yield from pairwise(sentences)


def spoken_of(needs: Sequence[Group], window: Sequence[Sentence]) -> bool:
    """Tell whether ``window`` speaks of all that is needed, each in words of its own."""
    return any(True for _ in _found(list(needs), window, ()))


def _found(groups: list[Group], window: Sequence[Sentence], taken: tuple[Mention, ...]) -> Iterator[None]:
    if not groups:
        yield None
        return
    for sentence in window:
        for mentions in _together(groups[0], sentence, taken):
            yield from _found(groups[1:], window, (*taken, *mentions))


def _together(group: Group, sentence: Sentence, taken: tuple[Mention, ...]) -> Iterator[tuple[Mention, ...]]:
    """Yield mentions of all in ``group`` that stand near each other in ``sentence``, apart from those ``taken``."""
    choices = [[(one, mention) for one in need for mention in sentence.mentions.get(one, ())] for need in group]
    if not all(choices):
        return
    for thing, first in choices[0]:
        if not _apart(first, taken):
            continue
        if len(choices) == 1:
            yield (first,)
            continue
        for _, second in choices[1]:
            if _apart(second, (*taken, first)) and _near(thing, first, second, sentence):
                yield (first, second)


def _apart(one: Mention, others: Iterable[Mention]) -> bool:
    return all(one.sentence != other.sentence or one.end <= other.start or other.end <= one.start for other in others)


def _near(thing: Concept, first: Mention, second: Mention, sentence: Sentence) -> bool:
    """Tell whether what is said in ``second`` is said of ``first``, and not of another thing between them."""
    start, end = min(first.end, second.end), max(first.start, second.start)
    text = sentence.text[start:end]
    rivals = [other for rival in RIVALS.get(thing, ()) for other in sentence.mentions.get(rival, ())]
    between = any(start <= other.start and other.end <= end for other in rivals)
    return len(text) + 2 * len(_CJK.findall(text)) <= NEAR and not between
