"""The scanner finds the lines that can matter, numbers them as an editor does, and stays fast if all of them do."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from heygem_core.diagnosis.logs import patterns, scanning
from heygem_core.diagnosis.logs.reading import Block
from heygem_core.diagnosis.logs.scanning import DENSE, Scanner
from tests.diagnosis.logs.generated import generated
from tests.diagnosis.logs.sample import written

WORDS = ["killed", "队列满", "no face", "border"]
PIECE = st.sampled_from(["killed", "KILLED", "队列满", "no face", "border", "x", " ", "\n", "\r", "\r\n", "é"])


def found(scanner: Scanner, text: str, encoding: str = "utf-8") -> list[tuple[int, str, set[str]]]:
    """Return number, text and needles of the lines found in ``text``."""
    block = Block(text.encode(encoding), 1, encoding)
    return [
        (line.number, line.raw.decode(encoding), {WORDS[index] for index in line.needles})
        for line in scanner.candidates(block)
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECE, max_size=40).map("".join), st.sampled_from(["utf-8", "gb18030"]))
def test_it_finds_what_a_look_at_each_line_finds(text: str, encoding: str) -> None:
    """Carriage returns divide lines and do not count; case does not matter."""
    if encoding == "gb18030":
        text = text.replace("é", "e")
    expected = []
    for number, line in enumerate(text.split("\n"), 1):
        for part in line.split("\r"):
            words = {word for word in WORDS if word in part.lower()}
            expected += [(number, part, words)] if words else []
    assert found(Scanner(WORDS), text, encoding) == expected


def test_what_is_everywhere_is_looked_for_at_the_ends_only() -> None:
    """From the next block on, first and last of each stretch between borders are found; what is rare, always."""
    scanner = Scanner(WORDS, ["border"])
    assert len(found(scanner, "killed\n" * (DENSE + 1))) == DENSE + 1
    text = "killed 1\n" + "killed\n" * 500 + "no face\nkilled 2\nborder\nkilled 3\n" + "killed\n" * 9 + "killed 4\n"
    lines = [line for _, line, _ in found(scanner, text)]
    assert lines == ["killed 1", "no face", "killed 2", "border", "killed 3", "killed 4"]


def test_a_line_without_end_is_cut_around_what_is_found() -> None:
    """And says that it was, so that half a secret is not quoted."""
    block = Block(b"x" * 100_000 + b" killed " + b"y" * 100_000, 1, "utf-8")
    (line,) = Scanner(WORDS).candidates(block)
    assert line.cut
    assert len(line.raw) <= 2 * scanning._REACH
    assert b"killed" in line.raw


def test_each_pattern_has_its_needle_in_all_that_it_matches() -> None:
    """In all logs of the tests: what the scanner lets pass is what the patterns would find."""
    texts = [line for sample in [*written(), *generated()] for line in sample.log.splitlines()]
    matched = 0
    for one in patterns.PATTERNS:
        for text in texts:
            if one.regex.search(text):
                matched += 1
                assert any(needle in text.lower() for needle in one.needles), (one.kind, text)
    assert matched > 300


def test_no_needle_is_an_accident() -> None:
    """In lower case, at least two letters long or one Chinese character."""
    for needle in {needle for one in patterns.PATTERNS for needle in one.needles}:
        assert needle == needle.lower()
        assert len(needle) >= (2 if needle.isascii() else 1), needle
        assert not re.search(r"^\s*$", needle)
