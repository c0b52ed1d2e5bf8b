"""``heygem-core batch`` as a user runs it: what is done stays done, what fails fails alone, however it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from heygem_core.lipsync.media import probe_video
from heygem_core.scale.ledger import RESULTS
from tests.cli.command import heygem, start
from tests.scale.conftest import FRAMES, Write, inputs, job, records, write

__all__ = ["inputs", "write"]
DEADLINE_S = 60


def test_a_bad_job_fails_alone_and_what_is_done_stays_done(write: Write, tmp_path: Path) -> None:
    """Three good jobs among two bad ones; the same again does nothing."""
    path = write(
        job(0),
        job(1, video="cut.mp4"),
        job(2, video="bars.mp4"),
        job(3, output="sub/3.mp4"),
        job(4, video="bars.mp4", allow_no_face=True),
    )
    out, told = tmp_path / "out", tmp_path / "told.json"
    command = ("batch", path, "--output", out, "--provider", "cpu", "--json", told)
    first = heygem(*command)
    assert first.returncode == 1
    assert "2 of 5 jobs failed" in first.stderr
    assert re.search(r"^\d+ pipelines?: ", first.stdout)
    assert "line 2 failed: bad-input: " in first.stdout
    by_line = {record["line"]: record for record in records(out)}
    assert {line: record["status"] for line, record in by_line.items()} == {
        **dict.fromkeys((1, 4, 5), "done"),
        **dict.fromkeys((2, 3), "failed"),
    }
    assert by_line[3]["detail"].startswith("No face in any of the 8 frames")
    for name in ("0.mp4", "sub/3.mp4", "4.mp4"):
        assert probe_video(str(out / name)).frames == FRAMES
    assert sorted(path.name for path in out.iterdir()) == ["0.mp4", "4.mp4", RESULTS, "sub"]
    summary = json.loads(told.read_text())
    assert (summary["status"], summary["done"], summary["failed"]) == ("failed", 3, 2)
    assert [record["line"] for record in summary["results"]] == [1, 2, 3, 4, 5]

    assert heygem(*command).returncode == 1
    again = json.loads(told.read_text())
    assert (again["done_before"], again["failed_before"], again["done"], again["failed"]) == (3, 2, 0, 0)
    assert len(records(out)) == 5


def begun(command: subprocess.Popen[str], out: Path, count: int) -> list[psutil.Process]:
    """Wait until ``count`` results are there and return the processes of the command."""
    deadline = time.monotonic() + DEADLINE_S
    while not (out / RESULTS).exists() or (out / RESULTS).read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        assert command.poll() is None
        time.sleep(0.01)
    return list(psutil.Process(command.pid).children(recursive=True))


@pytest.mark.breaks
def test_killed_it_goes_on_where_it_was(write: Write, tmp_path: Path) -> None:
    """SIGKILL in the middle and a torn last line: the same command does the rest, and each job has one result."""
    path, out = write(*map(job, range(8))), tmp_path / "out"
    arguments = ("batch", path, "--output", out, "--provider", "cpu", "--pipelines", "2")
    command = start(*arguments)
    below = begun(command, out, 3)
    command.kill()
    command.communicate(timeout=DEADLINE_S)
    _, alive = psutil.wait_procs(below, timeout=5)
    assert alive == []
    before = records(out)
    assert 3 <= len(before) < 8
    with (out / RESULTS).open("a") as file:
        file.write('{"key": "torn')
    done = heygem(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    after = records(out)
    assert after[: len(before)] == before
    assert sorted(record["line"] for record in after) == list(range(1, 9))
    assert sorted(path.name for path in out.glob("*")) == sorted([RESULTS, *(f"{index}.mp4" for index in range(8))])
    assert {probe_video(str(video)).frames for video in out.glob("*.mp4")} == {FRAMES}


@pytest.mark.breaks
def test_an_interrupt_ends_it_in_order(write: Write, tmp_path: Path) -> None:
    """Ctrl-C: 130, one line that says how far it is, every process gone, whole lines, nothing incomplete."""
    path, out = write(*map(job, range(16))), tmp_path / "out"
    command = start("batch", path, "--output", out, "--provider", "cpu", "--pipelines", "1")
    below = begun(command, out, 2)
    os.killpg(command.pid, signal.SIGINT)
    _, said = command.communicate(timeout=DEADLINE_S)
    _, alive = psutil.wait_procs(below, timeout=0.5)
    done = len(records(out))
    assert (command.returncode, alive) == (130, [])
    assert said == f"interrupted: {done} of 16 videos are there; the same command goes on with the rest\n"
    assert len(list(out.iterdir())) == done + 1


def test_a_bad_manifest_is_said_whole_and_nothing_is_done(write: Write, tmp_path: Path) -> None:
    """Exit code 2, a line for each problem with the manifest's name and the line's number, no folder."""
    path, out = write(job(0), job(1, batch=0), "{", job(0)), tmp_path / "out"
    done = heygem("batch", path, "--output", out, "--json", "-")
    assert done.returncode == 2
    assert [line.split(": ")[0] for line in done.stderr.splitlines()[:-1]] == [f"{path}:{line}" for line in (2, 3, 4)]
    assert done.stderr.splitlines()[-1] == "error: 3 problems in the manifest, nothing was done"
    told = json.loads(done.stdout)
    assert (told["status"], [one["line"] for one in told["problems"]]) == ("invalid", [2, 3, 4])
    assert not out.exists()


def test_a_machine_without_the_provider_does_not_begin(write: Write, tmp_path: Path) -> None:
    """Asked for CUDA where there is none: one line with doctor's cause, no job fails for it, none is recorded."""
    path, out = write(job(0), job(1, provider="cuda")), tmp_path / "out"
    done = heygem("batch", path, "--output", out, "--json", tmp_path / "told.json", CUDA_VISIBLE_DEVICES="-1")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    told = json.loads((tmp_path / "told.json").read_text())
    (refused,) = told["refused"]
    assert line.startswith(f"error: {refused['cause']}: this machine cannot do these jobs: ")
    assert refused["cause"] != "other"
    assert refused["remedy"]["zh"] in done.stdout or refused["remedy"]["en"] in done.stdout
    assert (told["done"], told["failed"], records(out)) == (0, 0, [])


def test_without_ray_one_line_says_how_to_get_it(write: Write, tmp_path: Path) -> None:
    """A missing, or broken, Ray is no traceback, and nothing has been done."""
    (tmp_path / "ray.py").write_text("raise ImportError('no Ray here')")
    done = heygem("batch", write(job(0)), "--output", tmp_path / "out", "--engine", "ray", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: other: the engine ray needs Ray (no Ray here): pip install 'heygem-core[ray]'\n"
    assert not (tmp_path / "out").exists()
