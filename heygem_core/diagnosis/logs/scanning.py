"""Find in a block of a log the lines that can matter, at hundreds of MB/s, and number them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ahocorasick_rs import BytesAhoCorasick, Implementation

from heygem_core.diagnosis.logs.reading import Block

DENSE = 3000
"""A needle that was found so often is from then on looked for at the beginning and the end of each stretch only."""
_REACH = 1536
"""A line that is longer is cut so many bytes from what was found in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of ``block`` from byte ``start`` to ``end``; ``needles`` are the indices of those that it contains.

    ``cut`` says that the line begins before ``start``.
    """

    block: Block
    number: int
    start: int
    end: int
    needles: frozenset[int]
    cut: bool = False

    @property
    def raw(self) -> bytes:
        """The line itself."""
        return self.block.data[self.start : self.end]


class Scanner:
    """Looks for ``needles``, given in lower case; those in ``borders`` divide a log into stretches."""

    def __init__(self, needles: Sequence[str], borders: Iterable[str] = ()) -> None:
        self._needles: list[tuple[int, bytes]] = []
        for index, needle in enumerate(needles):
            for encoding in ("utf-8",) if needle.isascii() else ("utf-8", "gb18030"):
                # Bytes that look like capitals inside GB18030 are lowered in the haystack too.
                self._needles.append((index, needle.encode(encoding).lower()))
        self._borders = {index for index, needle in enumerate(needles) if needle in set(borders)}
        self._seen: Counter[int] = Counter()
        self._dense: list[tuple[int, bytes]] = []
        self._build()

    def _build(self) -> None:
        dense = {index for index, count in self._seen.items() if count >= DENSE}
        self._dense = [(index, needle) for index, needle in self._needles if index in dense]
        self._sparse = [(index, needle) for index, needle in self._needles if index not in dense]
        self._matcher = BytesAhoCorasick([needle for _, needle in self._sparse], implementation=Implementation.DFA)

    def candidates(self, block: Block) -> Iterator[Candidate]:
        """Yield the lines of ``block`` that contain a needle, in their order."""
        lowered = block.data.lower()
        found = [
            (start, self._sparse[which][0])
            for which, start, _ in self._matcher.find_matches_as_indexes(lowered, overlapping=True)
        ]
        self._seen.update(index for _, index in found)
        if self._dense:
            found += self._ends(lowered, sorted(start for start, index in found if index in self._borders))
        found.sort()
        yield from _lines(block, found)
        if any(self._seen[index] >= DENSE for index, _ in self._sparse):
            self._build()

    def needles_in(self, text: bytes) -> set[int]:
        """Return the indices of the needles that ``text`` contains; dense ones are not looked for."""
        matches = self._matcher.find_matches_as_indexes(text.lower(), overlapping=True)
        return {self._sparse[which][0] for which, _, _ in matches}

    def _ends(self, lowered: bytes, borders: list[int]) -> Iterator[tuple[int, int]]:
        """Yield where each dense needle is first and last between two ``borders``."""
        edges = [0, *borders[:DENSE], len(lowered)]
        for begin, end in pairwise(edges):
            for index, needle in self._dense:
                first = lowered.find(needle, begin, end)
                if first >= 0:
                    yield first, index
                    if (last := lowered.rfind(needle, begin, end)) != first:
                        yield last, index


def _lines(block: Block, found: list[tuple[int, int]]) -> Iterator[Candidate]:
    data = block.data
    number, counted = block.first, 0
    position = 0
    while position < len(found):
        at = found[position][0]
        start, end = bounds(data, at)
        needles = set()
        while position < len(found) and found[position][0] < end:
            needles.add(found[position][1])
            position += 1
        number += data.count(b"\n", counted, start)
        counted = start
        cut = start > 0 and data[start - 1] not in b"\n\r"
        yield Candidate(block, number, start, end, frozenset(needles), cut)


def bounds(data: bytes, at: int) -> tuple[int, int]:
    """Return where the line around ``at`` begins and ends; a carriage return divides lines too."""
    low, high = max(0, at - _REACH), min(len(data), at + _REACH)
    start = max(low, data.rfind(b"\n", low, at) + 1, data.rfind(b"\r", low, at) + 1)
    ends = [end for end in (data.find(b"\n", at, high), data.find(b"\r", at, high)) if end >= 0]
    return start, min(ends, default=high)
