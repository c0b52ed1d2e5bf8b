"""How a command ends: exit code, one line on stderr, help, language."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from heygem_core import errors
from heygem_core.cli_outcome import Lang, failure_line, failures, language
from heygem_core.diagnosis.causes import CAUSES
from heygem_core.errors import Cause
from tests.cli.command import heygem


@pytest.mark.parametrize("cause", Cause)
def test_the_line_of_a_failed_stage_names_cause_culprit_and_remedy(cause: Cause) -> None:
    """In both languages, in one line, whatever the detail holds."""
    error = errors.StageStalled("face", cause, "no progress\nfor 3 s")
    for lang in ("en", "zh"):
        line = failure_line(error, lang)
        assert "\n" not in line
        for part in (str(cause), "face", "no progress for 3 s"):
            assert part in line
        assert (CAUSES[cause].remedy.get(lang) in line) == (cause is not Cause.OTHER)


def test_an_error_of_no_known_cause_brings_its_own_advice() -> None:
    """Advice that would fit anything is left out: the message of such an error says what to do."""
    line = failure_line(errors.AssetUnavailable("clip could not be fetched: offline; by hand: …"), "en")
    assert line == "error: other: clip could not be fetched: offline; by hand: …"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_language_follows_the_locale(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with gettext: LC_ALL over LC_MESSAGES over LANG, an empty one counts as unset; --lang wins over all."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language(None) == expected
    assert language(Lang.EN) == "en"
    assert language(Lang.ZH) == "zh"


def test_help_and_version() -> None:
    """Both end well, and the help names every command and the exit codes."""
    shown = heygem("--help")
    assert shown.returncode == 0
    for word in ("render", "reproduce", "demo", "Exit codes"):
        assert word in shown.stdout
    assert heygem("--version").stdout.startswith(f"heygem-core {version('heygem-core')}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("render",), "Missing option"),
        (("render", "--video", "v", "--audio", "a", "--output", "o", "--provider", "gpu"), "'auto', 'cuda', 'cpu'"),
        (("render", "--video", "v", "--audio", "a", "--output", "o", "--batch", "0"), "a number from 1 to 64"),
        (
            ("render", "--video", "v", "--audio", "a", "--output", "o", "--json", "no/such/folder.json"),
            "does not exist",
        ),
        (("render", "--video", "v", "--audio", "a", "--output", "o", "--trace", "no/trace.json"), "does not exist"),
        (("reproduce", "queue-ful"), "queue-full"),
        (("nonsense",), "No such command"),
    ],
    ids=["missing", "choice", "range", "json folder", "trace folder", "case", "command"],
)
def test_wrong_usage_exits_with_2_and_names_what_is_allowed(arguments: tuple[str, ...], said: str) -> None:
    """The message is on stderr, stdout stays empty, no traceback."""
    done = heygem(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())
    assert "Traceback" not in done.stderr


def test_a_missing_file_costs_one_line_and_exit_code_1(tmp_path: Path) -> None:
    """Cause, file and remedy stand on stderr; nothing on stdout; no output file."""
    done = heygem("render", "--video", "没有 这个.mp4", "--audio", "x.wav", "--output", tmp_path / "o.mp4")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: bad-input: 没有 这个.mp4")
    assert " — " in line
    assert list(tmp_path.iterdir()) == []


def test_a_failed_job_writes_json_with_every_key_and_nothing_else_on_stdout(tmp_path: Path) -> None:
    """With --json - stdout holds one object that says what failed; the Chinese line stands on stderr."""
    output = tmp_path / "o.mp4"
    done = heygem("render", "--video", "x", "--audio", "y", "--output", output, "--json", "-", LANG="zh_CN.UTF-8")
    assert done.returncode == 1
    assert done.stderr.startswith("错误：bad-input：x")
    told = json.loads(done.stdout)
    assert (told["status"], told["cause"], told["culprit"]) == ("failed", "bad-input", None)
    assert {"frames_in", "frames_out", "duration_s", "wall_s", "fps", "warmup_s", "provider", "stages"} <= set(told)
    assert set(told["remedy"]) == {"en", "zh"}


def test_an_unexpected_error_is_one_line_and_debug_shows_the_traceback(tmp_path: Path) -> None:
    """What nobody foresaw (here: the disk is full when the JSON is written) is one line; --debug tells where."""
    arguments = ("reproduce", "--list", "--json", "/dev/full")
    done = heygem(*arguments)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "OSError" in line
    assert "--debug" in line
    assert "Traceback" in heygem("--debug", *arguments).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_our_own_is_admitted(capsys: pytest.CaptureFixture[str]) -> None:
    """An error that is neither the user's nor the system's is called ours, in one line, without a traceback."""
    with pytest.raises(typer.Exit) as left, failures("en", debug=False):
        raise KeyError("frame\n7")
    assert left.value.exit_code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: other: KeyError: 'frame\\n7' — a fault of heygem-core itself; ")
    with pytest.raises(KeyError), failures("en", debug=True):
        raise KeyError("frame")
