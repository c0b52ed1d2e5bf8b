"""``heygem-core doctor``: what it prints, its JSON and exit codes, and one clear line for what cannot be examined."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heygem_core import cli
from heygem_core.diagnosis import probe
from tests.cli.command import heygem
from tests.diagnosis.doctor.conftest import workshop
from tests.diagnosis.doctor.workshop import Workshop
from tests.diagnosis.doctor.worlds import BROKEN

__all__ = ["workshop"]

KEYS = {"cause", "confidence", "also", "evidence", "remedy", "trouble", "collect", "findings", "notes", "fits", "facts"}


def run(*arguments: str | Path, **variables: str | None) -> Result:
    """Run the command in this process: the interpreter that it examines is another one in any case."""
    plain = {"LANG": "C.UTF-8", "LC_ALL": None, "LC_MESSAGES": None, "FORCE_COLOR": None, "LD_LIBRARY_PATH": None}
    return CliRunner().invoke(cli.app, ["doctor", *map(str, arguments)], env={**plain, **variables})


def test_a_healthy_interpreter_is_exit_code_0() -> None:
    """On the CPU this one is: nothing on stderr, no finding, its summary."""
    done = heygem("doctor", "--provider", "cpu")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no problem found" in done.stdout
    assert sys.executable in done.stdout


def test_a_broken_one_is_exit_code_1_with_its_json(workshop: Workshop) -> None:
    """One line on stderr; stdout is JSON alone, with the contract's keys, what fits, and the facts."""
    built = next(world for world in BROKEN if world.name == "1.26.0 alone").build(workshop)
    done = run("--python", built.python, "--json", "-", LD_LIBRARY_PATH="")
    told = json.loads(done.stdout)
    assert set(told) == KEYS
    assert (done.exit_code, told["cause"], told["trouble"]) == (1, "missing-cuda-library", True)
    assert done.stderr.startswith("problem: missing-cuda-library: ")
    assert done.stderr.count("\n") == 1
    assert [row["onnxruntime-gpu"] for row in told["fits"]] == ["1.31.1", "1.26.0", "1.18.1"]
    assert told["facts"]["packages"]["versions"]["onnxruntime-gpu"] == "1.26.0"


def test_the_launch_line_was_tried(workshop: Workshop) -> None:
    """Libraries that are not on the path: the line names their folders, and what came of it is told."""
    built = next(world for world in BROKEN if world.name == "pip's libraries, no path").build(workshop)
    done = run("--python", built.python, "--lang", "zh", LD_LIBRARY_PATH="")
    (line,) = [line for line in done.stdout.splitlines() if "LD_LIBRARY_PATH=/" in line]
    assert f"{built.python} " in line
    assert "已按该命令行试过：会话使用 CUDA" in done.stdout


def test_the_facts_of_another_machine_are_judged(workshop: Workshop, tmp_path: Path) -> None:
    """The printed probe is the file that runs in a container; what it prints there is judged here."""
    assert run("--print-probe").stdout == Path(probe.__file__).read_text(encoding="utf-8")
    built = next(world for world in BROKEN if world.name == "no onnxruntime").build(workshop)
    done = run("--python", built.python, "--json", str(tmp_path / "answer.json"))
    assert done.exit_code == 1
    facts = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["facts"]
    (tmp_path / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    again = run("--facts", tmp_path / "facts.json")
    assert (again.exit_code, again.stderr) == (done.exit_code, done.stderr)


def test_a_model_is_tried(tmp_path: Path) -> None:
    """A valid one is no finding; a damaged one is named, though a session of a tiny one works."""
    good, bad = tmp_path / "good.onnx", tmp_path / "bad.onnx"
    good.write_bytes(probe.TINY_MODEL)
    bad.write_bytes(b"no model")
    assert run("--provider", "cpu", "--model", good).exit_code == 0
    done = run("--provider", "cpu", "--model", bad)
    assert done.exit_code == 1
    assert done.stderr.startswith("problem: bad-input: ")


def test_a_library_and_its_missing_dependencies(tmp_path: Path) -> None:
    """numpy's compiled module is complete; the JSON says where each library was found."""
    import numpy

    (module,) = Path(numpy.__file__).parent.glob("_core/_multiarray_umath.*.so")
    done = run("--library", module, "--json", tmp_path / "answer.json")
    assert (done.exit_code, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert told["resolved"]["libc.so.6"]
    assert told["missing"] == []


def test_options_are_judged(tmp_path: Path) -> None:
    """In both languages, as lines and as JSON; it is no problem to have options."""
    path = tmp_path / "opt.txt"
    path.write_text("num_threads: 4 \t[default: 8]\ngpu_ids: 0\n", encoding="utf-8")
    assert "num_threads: 4 — does not matter" in run("--config", path).stdout
    assert "num_threads: 4——无影响" in run("--config", path, "--lang", "zh").stdout
    told = json.loads(run("--config", path, "--json", "-").stdout)
    assert {row["option"]: row["matters"] for row in told["options"]} == {"num_threads": False, "gpu_ids": True}
    assert told["trouble"] is False


def hanging(folder: Path, version: str) -> Path:
    """Write a program that calls itself Python ``version``, or hangs before it says so, and then hangs."""
    path = folder / "python3"
    answer = f'[ "$1" = -V ] && echo Python {version} && exit\n' if version else ""
    path.write_text(f"#!/bin/sh\n{answer}exec sleep 600\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["", "3.8.18"])
def test_an_interpreter_that_hangs_is_one_line(tmp_path: Path, version: str) -> None:
    """Before it says its version, or after: the time limit is kept, and nothing is left running."""
    done = run("--python", hanging(tmp_path, version), "--timeout", "1")
    assert done.exit_code == 1
    assert "did not answer within 1 s" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--python", "/nonexistent/python"], "there is no such file"),
        (["--python", "."], "is a directory"),
        (["--python", __file__], "is not executable"),
        (["--python", "sleep"], "is not a Python interpreter"),
        (["--python", "true"], "is not a Python interpreter"),
        (["--model", "/nonexistent.onnx"], "/nonexistent.onnx"),
        (["--library", "/nonexistent.so"], "/nonexistent.so"),
        (["--library", __file__], "test_doctor.py"),
        (["--library", "."], "directory"),
        (["--config", "."], "directory"),
        (["--config", "/nonexistent.txt"], "/nonexistent.txt"),
        (["--config", sys.executable], "no text file"),
        (["--facts", __file__], "test_doctor.py"),
        (["--facts", "/nonexistent.json"], "/nonexistent.json"),
    ],
)
def test_what_cannot_be_examined_is_one_clear_line(arguments: list[str], words: str) -> None:
    """Exit code 1 and one line that names it; no traceback."""
    done = run(*arguments)
    assert done.exit_code == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [["--timeout", "0"], ["--provider", "tpu"], ["--json", "/nonexistent/x.json"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    """As everywhere."""
    assert run(*arguments).exit_code == 2
