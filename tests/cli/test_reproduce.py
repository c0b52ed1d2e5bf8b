"""``heygem-core reproduce``: what it lists, prints and writes, and how it is interrupted."""

from __future__ import annotations

import io
import json
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
import typer
from rich.console import Console

from heygem_core import cli_reproduce
from heygem_core.casebook import registry, runner
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Row, Text
from tests.cli.command import heygem, start

INTERRUPTED_WITHIN_S = 3.5
"""A tenth of a second on a quiet machine, two at a load of 15; an interrupt that is not heard takes 4.5 to 6."""


def case(name: str) -> Case:
    """Return a case called ``name``."""
    claim = Text(f"a claim about {name}", f"关于 {name} 的说法")
    return Case(name, Text("a title", "标题"), claim, "a source", lambda _options: FINDING)


FINDING = Finding(
    "refuted", Reported(Text("it [hangs]", "它[卡死]"), 1.5, ()), Core(Text("one error", "一个错误"), 0.25)
)
ROWS = [
    Row(case("queue-full"), FINDING),
    Row(case("zombies"), skipped=Text("no [zombies] here", "没有[僵尸]")),
    Row(case("gpu-idle"), error="the effect did not appear"),
]
WORDS = {
    "en": (
        *("refuted", "skipped", "FAILED", "it [hangs]", "no [zombies] here", "the effect did not appear"),
        *("a claim about queue-full", "reported, 1.5 s", "core, 0.2 s: one error"),
    ),
    "zh": ("推翻", "跳过", "失败", "它[卡死]", "没有[僵尸]", "关于 queue-full 的说法", "核心，0.2 秒：一个错误"),
}


def test_the_list_names_every_case_and_its_claim() -> None:
    """All of them, in order; as JSON with the sentence that the claim comes from."""
    told = json.loads(heygem("reproduce", "--list", "--json", "-").stdout)
    assert [entry["case"] for entry in told] == list(registry.NAMES)
    assert all(entry["claim"] and entry["source"] for entry in told)
    chinese = heygem("reproduce", "--list", "zombies", "--lang", "zh").stdout
    assert "说法" in chinese
    assert "zombies" in chinese
    assert "queue-full" not in chinese


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("terminal", [False, True], ids=["file", "terminal"])
def test_the_table_shows_each_row_as_it_comes(terminal: bool, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, claim, both outcomes and the reason are shown as written, brackets included, in the language chosen."""
    out = io.StringIO()

    def run(_names: Sequence[str], _options: Options, on_row: Callable[[Row], None]) -> list[Row]:
        for told in ROWS:
            before = len(out.getvalue())
            on_row(told)
            assert told.case.name in out.getvalue()[before:]
        return ROWS

    monkeypatch.setattr(runner, "run", run)
    console = Console(file=out, force_terminal=terminal, width=100, color_system=None)
    names = [told.case.name for told in ROWS]
    assert cli_reproduce.run(names, full=False, out=console, lang=lang) == ROWS
    for words in WORDS[lang]:
        assert words in out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_chinese_sentence_wider_than_the_table_is_shown_whole(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a text without spaces is cut off, at any width."""
    sentence = "".join(f"第{number}个变量无人读取，lib{number}.so.1、" for number in range(40))
    shown = Row(case("zombies"), skipped=Text("English", sentence))
    monkeypatch.setattr(runner, "run", lambda _names, _options, on_row: on_row(shown))
    out = io.StringIO()
    cli_reproduce.run(["zombies"], full=False, out=Console(file=out, width=width, color_system=None), lang="zh")
    cells = [line.split("│")[2].strip() for line in out.getvalue().splitlines() if line.startswith("│")]
    assert sentence in "".join(cells)


def test_a_failed_case_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the cases that failed; verdicts of any kind and skipped cases are no failure."""
    with pytest.raises(typer.Exit) as left:
        cli_reproduce.conclude(ROWS, "en")
    assert left.value.exit_code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: other: 1 of 3 cases did not show their effect: gpu-idle")
    cli_reproduce.conclude(ROWS[:2], "en")
    assert capsys.readouterr().err == ""


def test_one_case_for_real_writes_json_and_a_page(tmp_path: Path) -> None:
    """The command runs the case it is given, writes its row as JSON and the report, and exits with 0."""
    files = tmp_path / "rows.json", tmp_path / "report.html"
    done = heygem("reproduce", "cpu-fallback", "--json", files[0], "--html", files[1])
    assert (done.returncode, done.stderr) == (0, "")
    (told,) = json.loads(files[0].read_text())
    assert told["case"] == "cpu-fallback"
    assert told["verdict"] in {"confirmed", "refuted", "conditional"} or told["skipped"]
    assert "cpu-fallback" in files[1].read_text()
    assert "cpu-fallback" in done.stdout


@pytest.mark.breaks
def test_an_interrupt_ends_a_running_case(tmp_path: Path) -> None:
    """SIGTERM while a case holds hung processes: exit code 143, and none of them is left."""
    command = start("reproduce", "queue-full", "--json", tmp_path / "rows.json")
    parent = psutil.Process(command.pid)
    deadline = time.monotonic() + 30
    while len(below := parent.children(recursive=True)) < 4 and time.monotonic() < deadline:
        with pytest.raises(psutil.TimeoutExpired):
            parent.wait(0.05)
    assert len(below) >= 4
    began = time.monotonic()
    command.send_signal(signal.SIGTERM)
    _, said = command.communicate(timeout=20)
    assert time.monotonic() - began < INTERRUPTED_WITHIN_S
    assert (command.returncode, said) == (128 + signal.SIGTERM, "")
    _, alive = psutil.wait_procs(below, timeout=0.5)
    assert alive == []
    assert list(tmp_path.iterdir()) == []
