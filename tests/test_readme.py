"""The documents say the same in both languages and name everything there is, and their example runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core import errors
from heygem_core.casebook import registry
from heygem_core.text import Language
from tests.documents import (
    DOCS,
    LANGUAGES,
    ROOT,
    WRITTEN_BY_PROGRAMS,
    blocks,
    commands,
    pages,
    shell_lines,
    transcript_lines,
    twin,
)
from tests.test_nox import SESSIONS

OPTIONS_OF_EVERY_COMMAND = {"--help", "--lang"}
MOST_LINES = 250
"""Of a README: what is longer belongs into docs/."""
PAIRED = [page for page in pages("en") if page.name not in WRITTEN_BY_PROGRAMS]


def name_of(page: Path) -> str:
    """Return how a test about ``page`` is called."""
    return page.stem


def test_every_page_is_there_in_both_languages() -> None:
    """No page is missing on either side."""
    assert [twin(page) for page in pages("en")] == pages("zh")


@pytest.mark.parametrize("page", PAIRED, ids=name_of)
def test_both_languages_say_the_same(page: Path) -> None:
    """The same headings by level, tables by size, lists, code, commands, pictures, and names in code type."""
    texts = [each.read_text(encoding="utf-8") for each in (page, twin(page))]
    for pattern in (r"^#+ ", r"^\|(?=.*\|$)", r"^- ", r"^!(?=\[)"):
        english, chinese = (re.findall(pattern, text, re.MULTILINE) for text in texts)
        assert english == chinese, pattern
    for language in ("python", "py"):
        assert blocks(page, language) == blocks(twin(page), language)
    assert shell_lines(page) == shell_lines(twin(page))
    assert transcript_lines(page) == transcript_lines(twin(page))
    said, told = (set(re.findall(r"`[^`\n]+`", text)) for text in texts)
    assert said == told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_and_option_is_described(lang: Language) -> None:
    """As the command line has it, not as somebody remembers it; an option stands on a page that has its command."""
    texts = [page.read_text(encoding="utf-8") for page in pages(lang)]
    described = dict(commands())
    assert {"render", "reproduce", "doctor", "exec", "diagnose"} <= set(described)
    for command, details in described.items():
        about = [text for text in texts if f"heygem-core {command}".strip() in text]
        assert about, f"no page has heygem-core {command}"
        for parameter in details.params:
            long = [option for option in parameter.opts if option.startswith("--")]
            for option in set(long) - OPTIONS_OF_EVERY_COMMAND:
                assert any(option in text for text in about), f"no page says {option} of {command}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_case_session_and_key_is_described(lang: Language) -> None:
    """Each case has its row, in order; each nox session and each key of the JSON is named."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages(lang))
    assert re.findall(
        r"^\| `([a-z-]+)` \| .* \| (?:confirmed|refuted|conditional|skipped) \| ", text, re.MULTILINE
    ) == list(registry.NAMES)
    for session in SESSIONS - {"lint", "typing"}:
        assert f"-s {session}" in text
    from heygem_core.lipsync.result import failure_json

    for key in failure_json(errors.BadInput("x"), "auto"):
        assert f"`{key}`" in text


@pytest.mark.parametrize(("name", "words"), [("README.md", "runs {} cases"), ("README.zh.md", "运行 {} 个案例")])
def test_the_readme_is_short_and_says_what_holds_for_all(name: str, words: str) -> None:
    """It fits a sitting; it counts the cases, and names the option that every command has."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert words.format(len(registry.NAMES)) in text
    assert "`--lang zh`" in text


def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    """Both files of the example, saved under the names that they bear, print the block that follows them."""
    page = DOCS / "engine.md"
    for code in blocks(page, "python"):
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
    assert done.stdout in blocks(page, "text")
