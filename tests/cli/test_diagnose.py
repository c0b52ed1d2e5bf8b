"""``heygem-core diagnose`` as a user runs it."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment, heygem
from tests.diagnosis.logs.generated import accepted, failed, sends, text, works

STALLED = text(accepted("1004"), sends(4, 40, 10), failed(70.2))
HEALTHY = text(accepted("1004"), sends(4, 44, 10), works(4, 100, 11, 0.45))


@pytest.fixture
def stalled(tmp_path: Path) -> Path:
    """Return a log of a stalled service."""
    path = tmp_path / "service.log"
    path.write_text(STALLED, encoding="utf-8")
    return path


def test_a_stall_is_named_with_its_evidence_and_its_timeline(stalled: Path) -> None:
    """Exit code 1 and one line on stderr; stdout shows who is how far, the lines, the remedy."""
    done = heygem("diagnose", stalled)
    assert done.returncode == 1
    assert done.stderr.startswith("problem: queue-full-no-consumer: ")
    assert done.stderr.count("\n") == 1
    for part in ("timeline", "consumer took nothing", "line 15: ", "line 16: ", "what to do: "):
        assert part in done.stdout


def test_a_healthy_log_is_no_problem(tmp_path: Path) -> None:
    """Exit code 0, nothing on stderr, the rate and the end in either language."""
    path = tmp_path / "ok.log.gz"
    path.write_bytes(gzip.compress(HEALTHY.encode("utf-16")))
    english, chinese = heygem("diagnose", path), heygem("diagnose", path, "--lang", "zh")
    assert (english.returncode, english.stderr, chinese.returncode) == (0, "", 0)
    assert "no problem found" in english.stdout
    assert "8.9 frames/s" in english.stdout
    assert "未发现问题" in chinese.stdout


def test_json_goes_to_stdout_alone(stalled: Path) -> None:
    """The contract's keys, and the rules and the timeline beside them."""
    done = heygem("diagnose", stalled, "--json", "-")
    told = json.loads(done.stdout)
    assert (told["cause"], told["also"], told["rules"][0]) == ("queue-full-no-consumer", [], "nothing-taken")
    assert {"confidence", "evidence", "remedy", "trouble", "collect", "findings"} <= set(told)
    assert told["timeline"][0]["sent"] == 40


def test_several_logs_are_one_story(stalled: Path, tmp_path: Path) -> None:
    """The consumer's own log has the cause; the evidence says which file it is from."""
    other = tmp_path / "consumer.log"
    other.write_text("loading\nSegmentation fault (core dumped)\n", encoding="utf-8")
    told = json.loads(heygem("diagnose", stalled, other, "--json", "-").stdout)
    assert (told["cause"], told["also"]) == ("worker-died", ["queue-full-no-consumer"])
    assert any(line.startswith(f"{other}:2: ") for line in told["evidence"])


def test_stdin_is_a_log_too() -> None:
    """What a user pastes."""
    done = subprocess.run(
        [*COMMAND, "diagnose", "-"],
        input="RuntimeError: CUDA out of memory. Tried to allocate 1 GiB",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("problem: gpu-out-of-memory: ")


def test_each_log_that_cannot_be_read_is_one_line(stalled: Path, tmp_path: Path) -> None:
    """All of them, in the language asked for, and exit code 1."""
    (tmp_path / "empty.log").touch()
    done = heygem("diagnose", stalled, tmp_path / "missing.log", tmp_path, tmp_path / "empty.log", "--lang", "zh")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split("：")[:2] for line in done.stderr.splitlines()] == [["错误", "bad-input"]] * 3
    assert "missing.log" in done.stderr
    assert "目录" in done.stderr
    assert "空的" in done.stderr


def test_no_log_is_wrong_usage() -> None:
    """Exit code 2, as for every command."""
    assert heygem("diagnose").returncode == 2
