"""A pipeline that cannot be started, or is interrupted while it starts, leaves nothing, at whichever step it fails."""

from __future__ import annotations

import gc
import itertools
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from heygem_core.errors import StageExited
from heygem_core.pipeline import launcher
from heygem_core.pipeline.process import WorkerProcess
from tests.pipeline.descriptors import open_descriptors, settled
from tests.pipeline.misfits import pipeline_of


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Let this process open no more than ``more`` descriptors beyond those that it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = set(map(int, open_descriptors()))
    free = (number for number in itertools.count() if number not in taken)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next(itertools.islice(free, more, None)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(autouse=True)
def running_launcher() -> None:
    """Start what outlives every pipeline."""
    launcher.launch(lambda: None, lambda _: None)


def test_running_out_of_descriptors_at_any_step_of_the_start_leaves_nothing() -> None:
    """With one descriptor more at each attempt, every step fails once: each gives back what the ones before it took."""
    before, failures = open_descriptors(), 0
    for more in range(200):
        with at_most(more):
            try:
                pipeline = pipeline_of()
            except OSError as error:
                assert "Too many open files" in str(error)  # noqa: PT017 - at the last attempt there is none
                failures += 1
                del error
            else:
                pipeline.close()
                break
        gc.collect()
        assert settled(len(before)) == len(before), f"with {more} descriptors"
        assert psutil.Process().children() == []
        assert {thread.name for thread in threading.enumerate()} <= {"MainThread", "heygem-launcher"}
    assert failures > 20


@pytest.mark.breaks
def test_running_out_of_descriptors_while_a_worker_is_replaced_fails_that_job_only() -> None:
    """Every step of a replacement fails once, with the error that says so; then there is room, and the job runs."""
    with pipeline_of(max_restarts=100) as pipeline:
        pipeline.wait_ready()
        before, failures = len(open_descriptors()), 0
        os.kill(pipeline._crew.pids()[1], signal.SIGKILL)
        assert pipeline._crew.workers[1].wait_ended(10.0)
        for more in range(40):
            with at_most(more):
                try:
                    pipeline.wait_ready()
                except OSError as error:
                    assert "Too many open files" in str(error)  # noqa: PT017 - as above
                    failures += 1
                else:
                    break
        assert failures > 5
        assert pipeline.run({"frames": 10}).frames == 10
        assert settled(before) == before


@pytest.mark.breaks
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_while_a_worker_is_launched_leaves_nothing(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between fork and exec, once or again and again, ends what was just started (the census counts)."""
    launch = WorkerProcess._launch
    main = threading.main_thread().ident
    assert main is not None

    def interrupted(*arguments: object) -> object:
        started = launch(*arguments)  # type: ignore[arg-type]
        for _ in range(times):
            signal.pthread_kill(main, signal.SIGINT)
            threading.Event().wait(0.1)
        return started

    monkeypatch.setattr(WorkerProcess, "_launch", staticmethod(interrupted))
    with pytest.raises(KeyboardInterrupt):
        pipeline_of()
    assert psutil.Process().children() == []


@pytest.mark.breaks
def test_an_interrupt_while_a_worker_is_replaced_leaves_a_pipeline_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between a neighbour's message and its new channel: the next job has new workers where it needs them."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pipeline_of() as pipeline:
        with pytest.raises(StageExited):
            pipeline.run({"frames": 10, "code": {"process": "os._exit(3)"}})
        with monkeypatch.context() as patch:
            patch.setattr("multiprocessing.reduction.send_handle", interrupted)
            with pytest.raises(KeyboardInterrupt):
                pipeline.run({"frames": 10})
        assert pipeline.run({"frames": 10}).frames == 10


@pytest.mark.breaks
def test_a_pipeline_opens_no_more_descriptors_job_after_job() -> None:
    """Nor do its workers: neither jobs nor replacements leave a descriptor or a mapping of shared memory behind."""
    with pipeline_of() as pipeline:
        pipeline.run({"frames": 10})
        before, workers = len(open_descriptors()), [held(pid) for pid in pipeline._crew.pids()]
        for _ in range(4):
            with pytest.raises(StageExited):
                pipeline.run({"frames": 10, "code": {"process": "os._exit(3)"}})
            pipeline.run({"frames": 10})
            assert settled(before) == before
            assert [held(pid) for pid in pipeline._crew.pids()] == workers


def held(pid: int) -> tuple[int, int]:
    """Return how many descriptors and how many mappings of nameless shared memory a process has."""
    process = psutil.Process(pid)
    return process.num_fds(), sum("memfd:" in mapping.path for mapping in process.memory_maps(grouped=False))
