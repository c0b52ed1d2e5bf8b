"""Sessions with and without spinning pool threads, in several processes on two cores, measured side by side."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from heygem_core.casebook.probes import matmul_model
from heygem_core.runtime.session import create_session

CORES = 2
STAGES = 3
_PHASE_S = 0.25
# Interleaved, so that whatever else the machine does meets both alike; the other way round the second time.
_ORDER = (False, True, True, False, False, True, True, False)
_PAUSE_S = 0.002
"""Between two runs, as a stage of a pipeline that waits for its next item."""
_ANSWER_S = 60.0


def observed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"one", "several"}``, each a list of ``{"spinning", "runs", "cpu_s", "seconds"}``, one per phase.

    ``arguments``: ``rounds``, how often the phases are repeated. For a host only: it stays on two cores.
    """
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    context = multiprocessing.get_context("spawn")
    model = matmul_model.build()
    pipes, stages = [], []
    for _ in range(STAGES):
        ours, theirs = context.Pipe()
        stage = context.Process(target=_stage, args=(theirs, model))
        stage.start()
        theirs.close()
        pipes.append(ours)
        stages.append(stage)
    for pipe in pipes:
        _answer(pipe)
    order = _ORDER * int(arguments["rounds"])
    found = {
        "one": [_phase(pipes[:1], spinning) for spinning in order[: len(order) // 2]],
        "several": [_phase(pipes, spinning) for spinning in order],
    }
    for pipe, stage in zip(pipes, stages, strict=True):
        pipe.send(None)
        stage.join(_ANSWER_S)
    return found


def _phase(pipes: list[Connection], spinning: bool) -> dict[str, Any]:
    for pipe in pipes:
        pipe.send(spinning)
    answers = [_answer(pipe) for pipe in pipes]
    runs, cpu_s = (sum(answer[at] for answer in answers) for at in (0, 1))
    return {"spinning": spinning, "runs": runs, "cpu_s": cpu_s, "seconds": max(answer[2] for answer in answers)}


def _answer(pipe: Connection) -> Any:
    if not pipe.poll(_ANSWER_S):
        raise TimeoutError(f"a stage did not answer within {_ANSWER_S:g} s")
    return pipe.recv()


def _stage(pipe: Connection, model: bytes) -> None:
    """Be one stage: two sessions, which share nothing; on request run one of them for a while."""
    inputs = {"x": np.ones((matmul_model.SIZE, matmul_model.SIZE), np.float32)}
    sessions = {
        spinning: create_session(model, "cpu", threads=CORES, spinning=spinning).session for spinning in (False, True)
    }
    for session in sessions.values():
        session.run(None, inputs)
    pipe.send("ready")
    while (spinning := pipe.recv()) is not None:
        session, runs = sessions[spinning], 0
        began, cpu_began = time.monotonic(), time.process_time()
        while time.monotonic() - began < _PHASE_S:
            session.run(None, inputs)
            runs += 1
            time.sleep(_PAUSE_S)
        pipe.send((runs, time.process_time() - cpu_began, time.monotonic() - began))
