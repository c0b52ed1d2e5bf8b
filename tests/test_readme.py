"""The two READMEs say the same, name everything there is, and their example runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from heygem_core import cli, errors
from heygem_core.casebook import registry
from tests.test_nox import SESSIONS

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")
OPTIONS_OF_EVERY_COMMAND = {"--help"}


def read(name: str) -> str:
    """Return the text of README ``name``."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of README ``name`` in ``language``."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(name), re.MULTILINE | re.DOTALL)


def comments_stripped(block: str) -> list[str]:
    """Return the lines of a shell block without their comments, which are in the README's language."""
    return [line.partition(" #")[0].rstrip() for line in block.splitlines()]


def commands(prefix: str = "", group: Any = None) -> Iterator[tuple[str, Any]]:
    """Yield every command by what is typed after ``heygem-core``, the bare one as "", those of a group too."""
    group = group or typer.main.get_command(cli.app)
    yield prefix, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(f"{prefix} {name}".strip(), command)


@pytest.mark.parametrize("name", READMES)
def test_every_command_and_option_is_described(name: str) -> None:
    """As the command line has it, not as somebody remembers it."""
    text = read(name)
    described = dict(commands())
    assert {"render", "reproduce", "doctor", "exec", "diagnose"} <= set(described)
    for command, details in described.items():
        assert f"heygem-core {command}".strip() in text
        for parameter in details.params:
            long = [option for option in parameter.opts if option.startswith("--")]
            for option in set(long) - OPTIONS_OF_EVERY_COMMAND:
                assert option in text, f"{name} says nothing of {command} {option}"


@pytest.mark.parametrize("name", READMES)
def test_every_case_session_and_key_is_described(name: str) -> None:
    """Each case has its row, in order; each nox session and each key of the JSON is named."""
    text = read(name)
    assert re.findall(
        r"^\| `([a-z-]+)` \| .* \| (?:confirmed|refuted|conditional|skipped) \| ", text, re.MULTILINE
    ) == list(registry.NAMES)
    for session in SESSIONS - {"lint", "typing"}:
        assert f"-s {session}" in text
    from heygem_core.lipsync.render import failure_json

    for key in failure_json(errors.BadInput("x"), "auto"):
        assert f"`{key}`" in text


def test_both_readmes_say_the_same() -> None:
    """The same headings by level, tables by size, code, commands, and names in code type."""
    english, chinese = (read(name) for name in READMES)
    for pattern in (r"^#+ ", r"^\|(?=.*\|$)", r"^- "):
        assert re.findall(pattern, english, re.MULTILINE) == re.findall(pattern, chinese, re.MULTILINE)
    assert blocks(READMES[0], "python") == blocks(READMES[1], "python")
    for ours, theirs in zip(blocks(READMES[0], "bash"), blocks(READMES[1], "bash"), strict=True):
        assert comments_stripped(ours) == comments_stripped(theirs)
    assert set(re.findall(r"`[^`\n]+`", english)) == set(re.findall(r"`[^`\n]+`", chinese))


def test_the_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    """Both files of the example, saved under the names that they bear, print the block that follows them."""
    for code in blocks("README.md", "python"):
        name = re.match(r"# (\w+\.py)\n", code)
        assert name is not None
        (tmp_path / name[1]).write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stderr == ""
    assert done.stdout in blocks("README.md", "text")
