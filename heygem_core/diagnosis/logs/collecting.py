"""Read logs once, from end to end, and keep what they state: facts, events of the service, what a person wrote."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from heygem_core.diagnosis.logs import documents, speech, tone
from heygem_core.diagnosis.logs.events import BORDERS, EVENTS, Event
from heygem_core.diagnosis.logs.facts import Fact, Facts, Kind, Pattern
from heygem_core.diagnosis.logs.lines import Line, decode, take_apart
from heygem_core.diagnosis.logs.patterns import PATTERNS
from heygem_core.diagnosis.logs.reading import Block, read
from heygem_core.diagnosis.logs.scanning import Candidate, Scanner
from heygem_core.diagnosis.logs.timeline import Timeline

READ_CLOSELY_BYTES = 1 << 18
"""So much of a log's beginning is read line by line: there a person writes, and wrapped messages are mended."""
REPORT_BYTES = 1 << 14
"""What people paste of a log is shorter, and a log that is longer says little more about its kind."""
_WRAPPED_FROM = 20
"""Characters of a line that could have been broken because it was too long."""
_SUPPOSED_BY_PROGRAM = re.compile(
    r"\b(?:if\b|in case|to (?:avoid|prevent)|retry_?on|on_?error|may\b|might\b|could (?:be|cause)|"
    r"watch(?:ing)? for|will retry|no longer|patterns?\b)",
    re.IGNORECASE,
)
_MOST_PER_LINE = 6
_BAD_LEVELS = frozenset({"ERROR", "CRITICAL", "FATAL"})


@dataclass
class Material:
    """What logs state: ``facts``, the service's ``timeline``, what a person may have written, with its place, and how
    many lines are evidently ``by_programs``; a ``document`` only speaks of logs. ``report`` are the lines of the
    first log, up to its first `REPORT_BYTES` bytes.
    """

    facts: Facts = field(default_factory=Facts)
    timeline: Timeline = field(default_factory=Timeline)
    prose: list[tuple[Line, int]] = field(default_factory=list)
    by_programs: int = 0
    document: bool = False
    report: list[Line] = field(default_factory=list)
    lines: int = 0
    last: int = 0
    sources: tuple[str, ...] = ()


def collect(names: Sequence[str]) -> Material:
    """Read the logs ``names`` one after the other; raises `UnusableLog` for the first that cannot be read."""
    collector = _Collector(Material(sources=tuple(names)))
    for rank, name in enumerate(names):
        collector.read(name, rank)
    return collector.material


class _Collector:
    def __init__(self, material: Material) -> None:
        self.material = material
        index: dict[str, int] = {}
        self._patterns: dict[int, list[Pattern]] = defaultdict(list)
        self._events: dict[int, list[Event]] = defaultdict(list)
        for one in PATTERNS:
            for needle in one.needles:
                self._patterns[index.setdefault(needle, len(index))].append(one)
        for event in EVENTS:
            self._events[index.setdefault(event.needle, len(index))].append(event)
        self._scanner = Scanner(list(index), BORDERS)
        self._order = 0

    def read(self, name: str, rank: int) -> None:
        source = name if len(self.material.sources) > 1 else ""
        for block in read(name):
            self._order = (rank << 40) + block.first
            close = block.first == 1
            for candidate in self._scanner.candidates(block):
                line = take_apart(_text(candidate), source, candidate.number)
                self._look(line, candidate.needles, (rank << 40) + candidate.number)
            if close:
                self._read_closely(block, source, rank)
            self.material.lines += block.data.count(b"\n")
            self.material.last = (rank << 40) + block.first + block.data.count(b"\n")

    def _look(self, line: Line, needles: Iterable[int], order: int) -> None:
        for event in dict.fromkeys(event for needle in needles for event in self._events[needle]):
            if match := event.regex.search(line.text):
                self.material.timeline.add(event.name, line, match.groupdict(), order)
        patterns = dict.fromkeys(one for needle in needles for one in self._patterns[needle])
        for fact in _facts(line, patterns, order):
            self.material.facts.add(fact)

    def _read_closely(self, block: Block, source: str, rank: int) -> None:
        """Keep what a person wrote, and mend messages that were broken over two lines."""
        texts = decode(block.data[:READ_CLOSELY_BYTES], block.encoding).replace("\r\n", "\n").split("\n")
        lines = [take_apart(text, source, number) for number, text in enumerate(texts, block.first)]
        self.material.prose += [(line, (rank << 40) + line.number) for line in lines if speech.may_be_prose(line)]
        if rank == 0:
            self.material.report = lines[: block.data[:REPORT_BYTES].count(b"\n") + 1]
        self.material.by_programs += sum(map(speech.by_program, lines))
        self.material.document |= documents.is_document(lines)
        for first, second in pairwise(lines):
            if len(first.text) >= _WRAPPED_FROM and second.text and not second.prefixed:
                for glue in ("", " "):
                    self._mend(first, second, glue, (rank << 40) + first.number)

    def _mend(self, first: Line, second: Line, glue: str, order: int) -> None:
        joined = replace(first, text=first.text + glue + second.text.lstrip())
        encoded = joined.text.encode("utf-8", "replace") + b"\n"
        found = self._scanner.needles_in(encoded)
        patterns = dict.fromkeys(one for needle in found for one in self._patterns[needle])
        seam = len(first.text)
        for fact in _facts(joined, patterns, order):
            alone = any(
                one.regex.search(part)
                for one in patterns
                if one.kind is fact.kind
                for part in (first.text, second.text)
            )
            if fact.start < seam < fact.end and not alone:
                self.material.facts.add(fact)


def _text(candidate: Candidate) -> str:
    """Return the candidate's text; of a line that was cut, without its first word, which may be half a secret."""
    text = decode(candidate.raw, candidate.block.encoding)
    return re.sub(r"^\S*\s", "", text) if candidate.cut else text


def _facts(line: Line, patterns: Iterable[Pattern], order: int) -> list[Fact]:
    listed = (speech.is_code(line.text) and not speech.is_quoted_raise(line)) or speech.is_command(line.text)
    told = not listed and speech.is_prose(line)
    found: list[Fact] = []
    for one in patterns:
        if (listed and not one.in_lists) or (told and one.said_by_programs):
            continue
        for match in list(one.regex.finditer(line.text))[:_MOST_PER_LINE]:
            if told and not one.in_lists and tone.denied(line.text, *match.span()):
                continue
            if (
                not told
                and not one.in_lists
                and _SUPPOSED_BY_PROGRAM.search(line.text[max(0, match.start() - 60) : match.start()])
            ):
                continue
            what = {key.rstrip("23"): value for key, value in match.groupdict().items() if value}
            found.append(Fact(one.kind, line, order, match.start(), match.end(), told, what))
    if line.level in _BAD_LEVELS and not any(fact.kind is Kind.ERROR for fact in found):
        found.append(Fact(Kind.ERROR, line, order, 0, len(line.text)))
    return found
