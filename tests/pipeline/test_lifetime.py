"""While the pipeline itself opens, is cancelled, is interrupted or closes: nothing hangs, nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from heygem_core.errors import JobCancelled, PipelineBroken, StageExited
from heygem_core.pipeline import Pipeline, Stage
from heygem_core.pipeline import pipeline as engine
from heygem_core.pipeline.process import WorkerProcess
from tests.pipeline.misfits import LIVENESS, Misfit, pipeline_of
from tests.pipeline.stages import Collect, Numbers


def test_a_cancel_while_the_workers_open_cancels_the_job() -> None:
    """Once ``run`` was called, ``cancel`` counts, also in the seconds before the first frame."""
    with pipeline_of() as pipeline:
        timer = threading.Timer(0.02, pipeline.cancel)
        timer.start()
        with pytest.raises(JobCancelled):
            pipeline.run({"frames": 40, "item_s": 0.01})
        timer.join()


def test_a_cancel_after_close_writes_to_nobody() -> None:
    """A late ``cancel`` does nothing: above all it does not write into a file that got the old descriptor."""
    pipeline = pipeline_of()
    pipeline.close()
    reader, writer = zip(*(os.pipe2(os.O_NONBLOCK) for _ in range(16)), strict=True)
    try:
        pipeline.cancel()
        for fd in reader:
            with pytest.raises(BlockingIOError):
                os.read(fd, 1)
    finally:
        for fd in (*reader, *writer):
            os.close(fd)


@pytest.mark.breaks
def test_a_large_configuration_does_not_hang_the_constructor(tmp_path: Path) -> None:
    """An interpreter that never reads its configuration is `StageNeverReady`, whatever the configuration's size."""
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(5)\n")
    stages: list[Stage] = [Numbers(), Misfit(payload=bytes(2_000_000)), Collect()]
    began = time.monotonic()
    environment = {"PYTHONPATH": str(tmp_path)}
    with Pipeline(stages, slot_bytes=4096, liveness=LIVENESS, environment=environment):
        assert time.monotonic() - began < 4.0


@pytest.mark.breaks
def test_statistics_are_never_negative() -> None:
    """After a replacement and before the next job, the counters of the new worker start at zero, not below."""
    with pipeline_of() as pipeline:
        pipeline.run({"frames": 60})
        with pytest.raises(StageExited):
            pipeline.run({"frames": 60, "code": {"process": "item.first > 30 and os._exit(3)"}})
        pipeline.wait_ready()
        assert all(stage.frames >= 0 and stage.busy_s >= 0 for stage in pipeline.statistics().stages)


@pytest.mark.parametrize("options", [{"slot_bytes": 1 << 62}, {"slots": 0}, {"environment": {"A": 1}}])
def test_a_constructor_that_fails_leaves_nothing(options: dict[str, object]) -> None:
    """Whatever argument is at fault, no process, thread or descriptor stays (the census counts)."""
    with pytest.raises((ValueError, OverflowError, TypeError, OSError)):
        pipeline_of(**options)


def test_a_constructor_interrupted_at_its_end_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after the workers were started and before the pipeline is there ends them (the census counts)."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "Supervisor", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pipeline_of()


@pytest.mark.breaks
def test_an_interrupted_close_still_ends_every_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while workers are being killed leaves none, at the latest after a second ``close``."""
    pipeline = pipeline_of()
    pipeline.wait_ready()
    pids = pipeline._crew.pids()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    with monkeypatch.context() as patch:
        patch.setattr(WorkerProcess, "kill", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pipeline.close()
    try:
        pipeline.close()
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    finally:
        for pid in pids:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


@pytest.mark.breaks
def test_a_job_in_a_thread_outlives_the_main_thread(tmp_path: Path) -> None:
    """A program whose main thread is done while another one runs a job completes that job."""
    program = tmp_path / "program.py"
    program.write_text(
        "import threading\n"
        "from heygem_core.pipeline import Pipeline\n"
        "from tests.pipeline.stages import Collect, Double, Numbers\n"
        "ready = threading.Event()\n"
        "def work():\n"
        "    with Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096) as pipeline:\n"
        "        pipeline.wait_ready()\n"
        "        ready.set()\n"
        "        print(pipeline.run({'frames': 60, 'item_s': 0.02}).frames)\n"
        "threading.Thread(target=work).start()\n"
        "ready.wait(20)\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.stdout.strip() == "60", done.stderr


def test_a_pipeline_is_not_closed_from_within_its_own_job() -> None:
    """``close`` in a callback is refused with the way out; the job completes."""
    refused: list[str] = []

    def close(_: object) -> None:
        if not refused:
            with pytest.raises(PipelineBroken, match="cancel it") as caught:
                pipeline.close()
            refused.append(str(caught.value))

    with pipeline_of() as pipeline:
        assert pipeline.run({"frames": 40, "item_s": 0.03}, on_event=close).frames == 40
    assert refused


def test_a_caller_without_standard_descriptors_works(tmp_path: Path) -> None:
    """With 0, 1 and 2 closed, as some launchers leave them, no pipe of ours gets one of these numbers."""
    program = tmp_path / "program.py"
    program.write_text(
        "import os, pathlib\n"
        "for fd in (0, 1, 2):\n"
        "    os.close(fd)\n"
        "from heygem_core.pipeline import Pipeline\n"
        "from tests.pipeline.stages import Collect, Double, Numbers\n"
        "with Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096) as pipeline:\n"
        "    frames = pipeline.run({'frames': 9}).frames\n"
        f"pathlib.Path({str(tmp_path / 'done')!r}).write_text(str(frames))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    subprocess.run([sys.executable, str(program)], timeout=30, check=True, env=environment)
    assert (tmp_path / "done").read_text() == "9"
