"""Copies made by ``os.fork``, of the caller or of a worker by its stage: neither is the one that it is a copy of."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.pipeline.misfits import bounded, pipeline_of


@pytest.mark.parametrize("moment", ["warm", "job"])
def test_copies_of_the_caller_neither_disturb_nor_use_its_pipeline(moment: str) -> None:
    """Whatever a forked copy does, the job is complete, no worker was replaced, and a pipeline of its own works.

    The copies leave by ``sys.exit`` and by an exception through the ``with`` block, call everything, run a job on a
    pipeline of their own (which has five frames), and go on in the middle of the caller's job, which is an error.
    """
    program = [sys.executable, "-m", "tests.pipeline.forking", moment]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["seen"] == list(range(0, 200, 2))
    assert (told["restarts"], told["same"]) == (0, True)
    assert told["ended"] == {"leave": 7, "fail": 1, "disturb": 8, "own": 5, "go on": 1}


@pytest.mark.breaks
@pytest.mark.parametrize("end", ["return", "sys.exit(0)", "raise ValueError"])
def test_a_copy_that_a_stage_forks_does_not_speak_for_it(end: str) -> None:
    """A stage whose forked copy comes back into the engine neither fails its job nor gives slots back twice."""
    code = f"pid = os.fork()\nif pid == 0: {end if end != 'return' else 'pass'}\nelse: os.waitpid(pid, 0)"
    with pipeline_of(slots=1) as pipeline, bounded(pipeline):
        result = pipeline.run({"frames": 40, "code": {"process": code}})
        assert result.summaries["collect"]["seen"] == list(range(0, 80, 2))
        assert result.statistics.restarts == 0
