"""A manifest is checked whole before anything is done, and what decides a video decides its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heygem_core.lipsync.generator import model_file
from heygem_core.scale.jobs import Job, Setup, content_key, digests
from heygem_core.scale.manifest import Manifest, read
from tests.scale.conftest import Write, job


def told(manifest: Manifest) -> dict[int, str]:
    """Return the problems by line, in English; every one is there in Chinese too."""
    assert manifest.jobs == ()
    assert all(problem.text.zh != problem.text.en for problem in manifest.problems)
    lines: dict[int, str] = {}
    for problem in manifest.problems:
        lines[problem.line] = f"{lines.get(problem.line, '')} {problem.text.en}".strip()
    return lines


def test_a_good_manifest_gives_its_jobs_in_order(write: Write, tmp_path: Path) -> None:
    """Defaults where a line says nothing, the line's own word where it does, a name by content where none is given."""
    path = write(
        {"video": "v.mp4", "audio": "a0.wav"},
        "",
        {
            "video": "v.mp4",
            "audio": "a1.wav",
            "output": "in/two.mov",
            "provider": "cuda",
            "batch": 8,
            "loop": "forward",
        },
    )
    first, second = read(path, tmp_path / "out", Setup(generator="dinet-small", provider="cpu")).jobs
    assert (first.line, second.line) == (1, 3)
    assert first.setup == Setup(generator="dinet-small", provider="cpu")
    assert (second.setup.provider, second.setup.batch, second.loop) == ("cuda", 8, "forward")
    assert (first.output, second.output) == (f"{first.key[:16]}.mp4", "in/two.mov")
    assert Path(first.video).is_absolute()


BAD: dict[str, tuple[dict[str, Any] | str, str]] = {
    "no JSON": ('{"video": ', "not JSON"),
    "a list": ("[1]", "not a JSON object but list"),
    "no audio": ({"video": "v.mp4"}, "'audio' is missing"),
    "an unknown key": (job(1, vidoe="x"), "unknown: 'vidoe'; known are video, audio"),
    "a missing file": ({"video": "none.mp4", "audio": "a0.wav"}, "video: there is no file"),
    "a number for a name": ('{"video": 3, "audio": 4}', "video: 3 is not a name audio: 4 is not a name"),
    "a name outside": (job(2, output="../x.mp4"), "within the output folder"),
    "an absolute name": (job(2, output="/x.mp4"), "within the output folder"),
    "a hidden name": (job(2, output=".work/x.mp4"), "without a leading dot"),
    "another ending": (job(2, output="x.avi"), "must end in .mp4, .mov, .mkv"),
    "an unknown provider": (job(3, provider="gpu"), "provider: 'gpu' is not one of auto, cuda, cpu"),
    "an unknown generator": (job(3, generator="wav2lip"), "generator: unknown model 'wav2lip'"),
    "a missing model": (job(3, generator="none.onnx"), "generator: model file 'none.onnx' does not exist"),
    "a batch of none": (job(4, batch=0), "batch: 0 is not a whole number 1 … 64"),
    "half a batch": (job(4, batch=1.5), "batch: 1.5 is not a whole number"),
    "a flag as a number": (job(4, allow_no_face=1), "allow_no_face: 1 is neither true nor false"),
    "a number as a flag": (job(4, batch=True), "batch: True is not a whole number"),
    "no time at all": (job(4, stall_timeout=0), "stall_timeout: 0 is not a number ≥ 0.1"),
    "not a number": (
        '{"video": "v", "audio": "a", "stall_timeout": NaN}',
        "stall_timeout: nan is not a number ≥ 0.1",
    ),
}


def test_all_that_is_wrong_is_said_at_once(write: Write, tmp_path: Path) -> None:
    """Every bad line is named with its number and its reason, good ones are not, and there is no job."""
    path = write(job(0), *(line for line, _ in BAD.values()))
    problems = told(read(path, tmp_path / "out"))
    assert set(problems) == set(range(2, len(BAD) + 2))
    for number, (_, words) in enumerate(BAD.values(), 2):
        assert words in problems[number]


def test_a_line_may_be_wrong_in_several_ways(write: Write, tmp_path: Path) -> None:
    """All of them are said."""
    problems = told(read(write({"video": "none.mp4", "batch": 99, "who": 1}), tmp_path / "out"))
    assert all(words in problems[1] for words in ("unknown: 'who'", "no file", "'audio' is missing", "batch: 99"))


def test_duplicates_are_found_by_name_by_request_and_by_content(write: Write, inputs: Path, tmp_path: Path) -> None:
    """Two lines never write the same file; the same job twice is one too many unless its videos have names."""
    plain = {"video": "v.mp4", "audio": "a0.wav"}
    assert told(read(write(plain, plain), tmp_path / "out")) == {
        2: "the same job as line 1; if it is wanted twice, give it an 'output'"
    }
    assert "'0.mp4' is written by line 1 too" in told(read(write(job(0), job(5, output="0.mp4")), tmp_path / "out"))[2]
    copy = tmp_path / "copy.wav"
    copy.write_bytes((inputs / "a0.wav").read_bytes())
    assert 2 in told(read(write(plain, {"video": "v.mp4", "audio": str(copy)}), tmp_path / "out"))
    assert len(read(write(job(0), {**plain, "output": "again.mp4"}), tmp_path / "out").jobs) == 2


def test_nothing_is_written_over_an_input(write: Write, inputs: Path) -> None:
    """A batch into the inputs' own folder cannot name one of them."""
    problems = told(read(write(job(0, output="v.mp4")), inputs))
    assert "is the job's own video" in problems[1]


def test_a_default_that_is_wrong_is_said_once(write: Write, tmp_path: Path) -> None:
    """Not for each line that it would have been for."""
    manifest = read(write(job(0), job(1)), tmp_path / "out", Setup(generator="none.onnx"))
    assert told(manifest) == {0: "model file 'none.onnx' does not exist"}


def test_an_empty_manifest_and_bytes_that_are_no_text_are_said(write: Write, tmp_path: Path) -> None:
    """Neither is a crash."""
    assert told(read(write(""), tmp_path / "out")) == {0: "there is no job in it"}
    path = tmp_path / "bytes.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}\n\xff\xfe\n")
    assert set(told(read(path, tmp_path / "out"))) == {1, 2}


CHANGES: dict[str, Callable[[Job], Job]] = {
    "audio": lambda one: replace(one, audio=one.audio.replace("a0", "a1")),
    "own sound": lambda one: replace(one, audio=one.video),
    "loop": lambda one: replace(one, loop="forward"),
    "no face": lambda one: replace(one, allow_no_face=True),
    "generator": lambda one: replace(one, setup=replace(one.setup, generator="dinet-small")),
    "provider": lambda one: replace(one, setup=replace(one.setup, provider="cpu")),
    "batch": lambda one: replace(one, setup=replace(one.setup, batch=8)),
}


@pytest.fixture
def one(inputs: Path) -> Job:
    """A job."""
    return Job(1, str(inputs / "v.mp4"), str(inputs / "a0.wav"), "x.mp4", Setup())


@pytest.mark.parametrize("name", CHANGES)
def test_what_decides_the_video_decides_the_key(name: str, one: Job) -> None:
    """Another input or another option is another job."""
    assert content_key(CHANGES[name](one), digests()) != content_key(one, digests())


def test_what_does_not_decide_the_video_does_not(one: Job, inputs: Path, tmp_path: Path) -> None:
    """Neither the input's name, nor the line, nor the output's name, nor how long a stall may last."""
    copy = tmp_path / "elsewhere.wav"
    copy.write_bytes((inputs / "a0.wav").read_bytes())
    other = replace(one, line=7, output="y.mp4", audio=str(copy), setup=replace(one.setup, stall_timeout=1.0))
    assert content_key(other, digests()) == content_key(one, digests())


def test_a_model_counts_by_its_content(one: Job, tmp_path: Path) -> None:
    """A model file that is replaced under the same name makes another job."""
    model = tmp_path / "m.onnx"
    model.write_bytes(model_file("dinet-small").read_bytes())
    named = replace(one, setup=replace(one.setup, generator=str(model)))
    before = content_key(named, digests())
    model.write_bytes(model.read_bytes() + b"\0")
    assert content_key(named, digests()) != before


def test_another_version_of_the_package_is_another_job(one: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new version renders may look different."""
    before = content_key(one, digests())
    monkeypatch.setattr("heygem_core.scale.jobs.__version__", "999")
    assert content_key(one, digests()) != before
