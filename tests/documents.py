"""The documents that users read, each in both languages: which there are, and what stands in them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from heygem_core import cli
from heygem_core.casebook import document, registry, swap_document
from heygem_core.text import Language
from tests.test_nox import DEFAULT

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
WRITTEN_BY_PROGRAMS = {*document.FILES.values(), *swap_document.FILES.values()}
"""Pages that follow from the cases; other tests hold them to those."""


def pages(lang: Language) -> list[Path]:
    """Return the README and every page of docs/ in ``lang``."""
    chinese = lang == "zh"
    found = [page for page in sorted(DOCS.glob("*.md")) if page.name.endswith(".zh.md") == chinese]
    return [ROOT / ("README.zh.md" if chinese else "README.md"), *found]


ENGLISH = [*pages("en"), ROOT / "CHANGELOG.md", ROOT / "DESIGN.md"]
"""Every page that may have commands; the Chinese ones have the same, which ``test_readme.py`` sees to."""
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def page_text(name: str) -> str:
    """Return the English page called ``name``."""
    return next(page for page in ENGLISH if page.name == name).read_text(encoding="utf-8")


def twin(page: Path) -> Path:
    """Return the Chinese page that says what the English ``page`` says."""
    return page.with_name(page.name.removesuffix(".md") + ".zh.md")


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of ``page`` in ``language``."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """Return ``page`` without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def shell_lines(page: Path) -> list[str]:
    """Return the lines of the shell blocks of ``page`` without comments, which are in the page's language."""
    lines = [line.partition(" #")[0].strip() for block in blocks(page, "bash") for line in block.splitlines()]
    return [line for line in lines if line]


def transcript_lines(page: Path) -> list[str]:
    """Return the commands in what ``page`` shows of a terminal, without the choice of its language."""
    found = re.findall(r"^\$ (.+?)(?: --lang zh)?$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [str(line) for line in found]


def command_lines(page: Path) -> list[str]:
    """Return every command of ``page``, each once, in the order in which they stand."""
    return list(dict.fromkeys([*shell_lines(page), *transcript_lines(page)]))


def sessions_of(line: str) -> set[str]:
    """Return the nox sessions that ``line`` runs, whatever it hands on to them."""
    words = shlex.split(line.rpartition(" && ")[2])
    if words[:3] != ["python", "-m", "nox"]:
        return set()
    named = itertools.takewhile(lambda word: word != "--", words[words.index("-s") + 1 :] if "-s" in words else ())
    return set(named) if "-s" in words else set(() if words[3:] else DEFAULT)


def commands(prefix: str = "", group: Any = None) -> Iterator[tuple[str, Any]]:
    """Yield every command by what is typed after ``heygem-core``, the bare one as "", those of a group too."""
    group = group or typer.main.get_command(cli.app)
    yield prefix, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(f"{prefix} {name}".strip(), command)


COMMANDS = dict(commands())


def called(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that ``words`` after ``heygem-core`` name, and its arguments, without those after ``--``."""
    words = words[: words.index("--")] if "--" in words else words
    most = max(
        (count for count in range(3) if " ".join(words[:count]) in COMMANDS),
        key=lambda count: count,
    )
    return COMMANDS[" ".join(words[:most])], words[most:]


def check(words: list[str]) -> None:
    """Parse one command as the command line would, without running it."""
    command, arguments = called(words)
    context = command.context_class(command, info_name="heygem-core")
    if hasattr(command, "commands"):
        assert all(word.startswith("-") for word in arguments), f"no such command: {arguments}"
    values, left, _ = command.make_parser(context).parse_args(list(arguments))
    assert not left, f"left over: {left}"
    if command is COMMANDS["reproduce"]:
        registry.select([str(case) for case in values.get("cases") or ()])
    for parameter in command.params:
        kind = getattr(parameter, "bare_type", None)
        if isinstance(kind, type) and issubclass(kind, Enum) and parameter.name in values:
            assert values[parameter.name] in [choice.value for choice in kind]
