"""Links in the documents lead somewhere, and the commands in them are commands."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.documents import DOCS, LINK, ROOT, called, check, command_lines, pages, prose, sessions_of, twin
from tests.test_nox import SESSIONS

EVERY = [*pages("en"), *pages("zh"), ROOT / "CHANGELOG.md", ROOT / "DESIGN.md"]


def name_of(page: Path) -> str:
    """Return how a test about ``page`` is called."""
    return page.stem


def anchor(heading: str) -> str:
    """Return the fragment under which a heading is reached, as GitHub makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """Return the fragments of all headings of ``page``."""
    return {anchor(heading) for heading in re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE)}


@pytest.mark.parametrize("page", EVERY, ids=name_of)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    """The file exists, and so does the heading; pages of docs/ stay inside docs/, so that the site has their links."""
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{link} leads nowhere"
        assert page.parent != DOCS or target.parent in {DOCS, DOCS / "pictures"}, f"{link} leads out of docs/"
        assert not fragment or fragment in anchors(target), f"{link} names no heading"


def test_every_page_is_on_the_site() -> None:
    """In the navigation, each language under its name, in the same order."""
    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    (english,), (chinese,) = (part.values() for part in site["nav"])
    assert sorted(english) == sorted(page.name for page in pages("en") if page.parent == DOCS)
    assert chinese == [twin(DOCS / name).name for name in english]


def test_the_newest_changes_are_those_of_this_version() -> None:
    """The version stands in pyproject.toml alone; the changes name it first."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == version


def test_every_picture_is_shown_and_loads_nothing() -> None:
    """Each is used by a page of its language, is small, and names no address but those of SVG itself."""
    for picture in sorted((DOCS / "pictures").glob("*.svg")):
        chinese = picture.name.endswith(".zh.svg")
        assert any(picture.name in prose(page) for page in pages("zh" if chinese else "en")), picture.name
        text = picture.read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[\w./]+", text)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
        assert len(text) < 60_000


@pytest.mark.parametrize("page", EVERY, ids=name_of)
def test_every_command_in_a_sentence_names_what_there_is(page: Path) -> None:
    """Its options, its nox sessions, its modules and its files; the arguments are often left out there."""
    for code in re.findall(r"`((?:heygem-core|nox|pytest|python) [^`\n]+)`", prose(page)):
        words = shlex.split(code.removeprefix("python -m "))
        if words[0] == "heygem-core":
            command, arguments = called(words[1:])
            there = {option for parameter in command.params for option in parameter.opts}
            assert {word for word in arguments if word.startswith("--")} <= there | {"--help", "--lang"}, code
        elif words[0] == "nox":
            assert sessions_of(f"python -m {' '.join(words)}") <= SESSIONS, code
        elif code.startswith("python -m "):
            assert importlib.util.find_spec(words[0]), code
        for path in re.findall(r"(?<!\S)(?:tests|docs|bench|examples)/\S+", code):
            assert (ROOT / path).exists(), code


@pytest.mark.parametrize("page", EVERY, ids=name_of)
def test_every_link_that_leads_out_is_one(page: Path) -> None:
    """It has a host, and it is encrypted; ``nox -s documents`` tries it."""
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            where = urlsplit(link)
            assert (where.scheme, bool(where.hostname)) == ("https", True), link


@pytest.mark.parametrize("page", EVERY, ids=name_of)
def test_every_command_is_one(page: Path) -> None:
    """What a shell block has after heygem-core or nox parses: command, options, choices, cases, sessions."""
    for line in command_lines(page):
        assert sessions_of(line) <= SESSIONS, line
        for part in re.split(r" && | \| | > | < ", line):
            words = shlex.split(part)
            if "heygem-core" in words[:1]:
                check(words[1:])
