"""``heygem-core render`` on a real clip: its result, what it prints, and how it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from heygem_core.lipsync import assets
from heygem_core.lipsync.render import MODELS
from tests.cli.command import heygem, noise, start

INTERRUPTED_WITHIN_S = 2.0
"""From the signal to the end of the command; nothing that it started outlives it."""
STAGES = ["decode", "face", "generator", "blend", "encode"]


@pytest.fixture
def clip() -> Path:
    """Return the default clip, with everything in the cache that a render would fetch first, and say so."""
    for name in MODELS:
        assets.fetch(name)
    return assets.fetch("clip")


def test_a_render_gives_the_video_and_the_figures(clip: Path, tmp_path: Path) -> None:
    """Half a second of audio: 15 frames in and out, every stage reported, only JSON on stdout, a trace to open."""
    audio = noise(tmp_path / "噪声 a.wav", 0.5)
    output, trace = tmp_path / "结果 out.mp4", tmp_path / "trace.json"
    done = heygem(
        *("render", "--video", clip, "--audio", audio, "--output", output),
        *("--provider", "cpu", "--json", "-", "--trace", trace),
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["status"], told["cause"], told["frames_in"], told["frames_out"]) == ("done", None, 15, 15)
    assert told["provider"] == {"requested": "cpu", "applied": "CPUExecutionProvider"}
    assert [stage["name"] for stage in told["stages"]] == STAGES
    assert (told["generator"]["batch"], told["generator"]["runs"], told["generator"]["measured"]) == (4, 4, [])
    assert output.stat().st_size > 0
    assert {event["ph"] for event in json.loads(trace.read_text())["traceEvents"]} >= {"X"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--batch", "0"), "'0' is neither a number from 1 to 64 nor auto"),
        (("--batch", "most", "--lang", "zh"), "既不是"),
        (("--tensorrt",), "--tensorrt needs --provider cuda"),
        (("--tensorrt", "--cuda-graph", "--provider", "cuda"), "exclude each other"),
        (("--precision", "int8"), "int8"),
    ],
)
def test_options_of_the_gpu_that_make_no_sense_are_wrong_usage(options: tuple[str, ...], said: str) -> None:
    """Exit code 2, and the offending value or option in the message, before anything is loaded."""
    done = heygem("render", "--video", "v.mp4", "--audio", "a.wav", "--output", "o.mp4", *options)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def rendering(clip: Path, folder: Path, **options: Any) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a render that takes long, into ``folder``; return it and its processes once frames are on their way."""
    audio = noise(folder / "long.wav", 60)
    command = start("render", "--video", clip, "--audio", audio, "--output", folder / "out.mp4", **options)
    assert command.stdout is not None
    for _ in range(2):
        assert "frames" in command.stdout.readline()
    below = psutil.Process(command.pid).children(recursive=True)
    assert set(STAGES) <= {stage for process in below for stage in stages_of(process)}
    return command, below


def stages_of(process: psutil.Process) -> list[str]:
    """Return the stages in a worker, as its title tells: how many share one depends on the machine."""
    return str(process.cmdline()[-1]).removeprefix("heygem-core:").split("+")


@pytest.mark.breaks
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupt_ends_everything_at_once(number: signal.Signals, clip: Path, tmp_path: Path) -> None:
    """In the middle of a job: exit code 128 + signal, every process gone, no output file, no traceback."""
    command, below = rendering(clip, tmp_path)
    began = time.monotonic()
    # A terminal sends Ctrl-C to the whole group, kill sends to one process.
    if number is signal.SIGINT:
        os.killpg(command.pid, number)
    else:
        command.send_signal(number)
    said = finished(command)
    assert time.monotonic() - began < INTERRUPTED_WITHIN_S
    assert (command.returncode, said) == (128 + number, "")
    _, alive = psutil.wait_procs(below, timeout=0.5)
    assert alive == []
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]


@pytest.mark.breaks
def test_a_killed_worker_is_one_line_that_names_it(clip: Path, tmp_path: Path) -> None:
    """SIGKILL to a stage's process: exit code 1, one line with stage, cause, signal and remedy; no output file.

    The command was started as nohup starts it, and the hangup that came before did it no harm.
    """
    command, below = rendering(clip, tmp_path, ignored=signal.SIGHUP)
    command.send_signal(signal.SIGHUP)
    (victim,) = (process for process in below if "blend" in stages_of(process))
    # Of those that share a worker, the one that was at work is named.
    named = tuple(f"error: worker-died: stage {stage}: " for stage in stages_of(victim))
    victim.kill()
    (line,) = finished(command).splitlines()
    assert command.returncode == 1
    assert line.startswith(named)
    assert "SIGKILL" in line
    assert " — " in line
    _, alive = psutil.wait_procs(below, timeout=0.5)
    assert alive == []
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]


def finished(command: subprocess.Popen[str]) -> str:
    """Wait for ``command`` and return the rest of its stderr."""
    _, said = command.communicate(timeout=20)
    return said
