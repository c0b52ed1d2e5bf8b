"""What stands around a message does not change the cause: noise, prefixes, other processes, wrapping, encodings."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heygem_core.diagnosis.logs.diagnose import diagnose
from heygem_core.errors import Cause
from tests.diagnosis.logs.generated import generated
from tests.diagnosis.logs.sample import Sample, written

ALL = {sample.name: sample for sample in (*written(), *generated())}
BY_A_PROGRAM = [
    ALL[name]
    for name in (
        "ort-cudnn", "import-error", "wrong-wheel", "driver-too-old", "applied-cpu", "not-available", "no-kernel",
        "torch-oom", "fork", "daemonic", "guard", "torch-bus-error", "kernel", "exit-139", "celery", "loader-timeout",
        "ten-sends", "python-full", "first-reply-late", "slow-batches", "stale-after-failure", "format-error", "moov",
        "no-face", "whole-run", "cuda-applied", "gunicorn-starts",
    )
]  # fmt: skip
"""Samples without a word by a person, at least one for each cause that a program can state."""
ONE_MESSAGE = [
    ALL[name]
    for name in (
        "ort-cudnn", "import-error", "driver-too-old", "insufficient", "no-kernel", "torch-oom", "arena", "fork",
        "initialization-error", "torch-file", "gunicorn-sigkill", "celery", "no-face", "audio-file", "moov",
        "exit-zero",
    )
]  # fmt: skip
"""Samples that a line says, so that it can be broken."""
NOISE = (
    "GET /health HTTP/1.1 200",
    "loaded 124 rows from index.csv",
    "step 300/1200 loss=0.231 lr=5e-05",
    "FutureWarning: `rcond` parameter will change to the default of machine precision times",
    "Processing batches:  16%|####          | 199/1245 [00:53<04:33,  3.82it/s]",
    "set det-size: (640, 640)",
    "Note: NumExpr detected 72 cores, so enforcing safe limit of 8.",
    "",
    "----------------------------------------",
    "预热完成",
)
PREFIXES: tuple[Callable[[int], str], ...] = (
    lambda _: "heygem-gen-video-1  | ",
    lambda n: f"2026-05-06T07:08:{n % 60:02d}.123456789Z ",
    lambda _: "[pod/render-7d9c5/worker] ",
    lambda n: f"May  6 07:08:{n % 60:02d} gpu01 render[2041]: ",
    lambda n: f"gen | 2026-05-06 07:08:{n % 60:02d}.001 | ",
    lambda _: "\x1b[36mgen-1  |\x1b[0m ",
)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def found(data: bytes) -> tuple[Cause | None, int]:
    """Return the cause and the exit code for a log of ``data``."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        file.write(data)
        file.flush()
        diagnosis = diagnose([file.name]).diagnosis
    return diagnosis.cause, diagnosis.exit_code


def expected(sample: Sample) -> tuple[Cause | None, int]:
    """Return what `found` should return for ``sample``."""
    return sample.cause, int(sample.trouble)


@FEW
@given(st.sampled_from(BY_A_PROGRAM), st.data())
def test_noise_between_the_lines_changes_nothing(sample: Sample, data: st.DataObject) -> None:
    """Harmless lines may stand anywhere."""
    lines = []
    for line in sample.log.splitlines():
        lines += [*data.draw(st.lists(st.sampled_from(NOISE), max_size=2)), line]
    assert found("\n".join(lines).encode()) == expected(sample)


@FEW
@given(st.sampled_from(BY_A_PROGRAM), st.lists(st.sampled_from(PREFIXES), min_size=1, max_size=2))
def test_prefixes_change_nothing(sample: Sample, prefixes: list[Callable[[int], str]]) -> None:
    """Compose, kubectl, the journal and CI put names and times before each line."""
    lines = ["".join(prefix(n) for prefix in prefixes) + line for n, line in enumerate(sample.log.splitlines())]
    assert found("\n".join(lines).encode()) == expected(sample)


@FEW
@given(st.sampled_from(BY_A_PROGRAM), st.sampled_from(["log", "message", "msg"]))
def test_json_loggers_change_nothing(sample: Sample, key: str) -> None:
    """One object per line, as docker's json-file driver and structured loggers write it."""
    lines = [json.dumps({key: f"{line}\n", "stream": "stderr"}, ensure_ascii=False) for line in sample.log.splitlines()]
    assert found("\n".join(lines).encode()) == expected(sample)


@FEW
@given(st.sampled_from(BY_A_PROGRAM), st.randoms(use_true_random=False))
def test_other_processes_between_change_nothing(sample: Sample, random: Random) -> None:
    """A healthy process logs into the same file; both keep their order."""
    mine, theirs = sample.log.splitlines(), [f"web-1  | {line}" for line in (*NOISE, *NOISE) if line]
    mixed = []
    while mine or theirs:
        mixed.append((mine if mine and (not theirs or random.random() < 0.5) else theirs).pop(0))
    assert found("\n".join(mixed).encode()) == expected(sample)


@FEW
@given(st.sampled_from(ONE_MESSAGE), st.integers(60, 160), st.booleans())
def test_broken_lines_change_nothing(sample: Sample, width: int, hard: bool) -> None:
    """A terminal breaks anywhere, a mail program between words."""
    lines = []
    for line in sample.log.splitlines():
        while len(line) > width:
            cut = width if hard else (line.rfind(" ", 0, width) + 1 or width)
            lines.append(line[:cut].rstrip() if not hard else line[:cut])
            line = line[cut:]  # noqa: PLW2901 - what is left of it
        lines.append(line)
    assert found("\n".join(lines).encode()) == expected(sample)


@FEW
@given(
    st.sampled_from([*ALL.values()]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_encodings_change_nothing(sample: Sample, encoding: str, end: str, packed: bool) -> None:
    """Also with a byte order mark, Windows' line ends, and gzip around it."""
    raw = sample.log.replace("\n", end).encode(encoding)
    assert found(gzip.compress(raw) if packed else raw) == expected(sample)


@FEW
@given(st.sampled_from(BY_A_PROGRAM), st.integers(0, 40))
def test_cutting_off_what_follows_changes_nothing(sample: Sample, kept: int) -> None:
    """A log goes on after what decides, up to any place."""
    after = "\n".join(NOISE * 4).encode()
    assert found(sample.log.encode() + after[: kept * len(after) // 40]) == expected(sample)


@FEW
@given(st.sampled_from(BY_A_PROGRAM), st.sampled_from(["\0", "\x1b[31m", "\x1b[0m", "\x1b[1;33m", "\x1b[K"]), st.data())
def test_colours_and_nuls_change_nothing(sample: Sample, mark: str, data: st.DataObject) -> None:
    """Before and after any word."""
    words = sample.log.split(" ")
    places = data.draw(st.sets(st.integers(0, len(words) - 1), max_size=8))
    text = " ".join(f"{mark}{word}{mark}" if n in places else word for n, word in enumerate(words))
    assert found(text.encode()) == expected(sample)


@pytest.mark.parametrize("sample", BY_A_PROGRAM, ids=str)
def test_after_a_progress_bar_in_the_same_line(sample: Sample) -> None:
    """Carriage returns divide lines too; the numbers of the lines stay those of an editor."""
    bar = "".join(f"\rStep:  {n}%|##   | {n}/100 [00:17<3:57:13, 17.81s/it]" for n in range(100))
    assert found((bar + "\r" + sample.log).encode()) == expected(sample)


@pytest.mark.parametrize("sample", BY_A_PROGRAM, ids=str)
def test_a_large_log_gives_what_a_small_one_gives(sample: Sample) -> None:
    """Far from the beginning, where only what the scanner finds is looked at, the same is found."""
    filler = "".join(f"2026-05-06 07:08:09 INFO request {n} served in 12 ms\n" for n in range(8000))
    assert found((filler + sample.log + filler).encode()) == expected(sample)
