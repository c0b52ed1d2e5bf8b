"""A web service around one onnxruntime session, created at import or at the first request."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from heygem_core.casebook.probes import tiny_model

EARLY = "HEYGEM_CASE_EARLY"
"""Set: create the session when this module is imported, with preload_app before the fork."""
THREADS = "HEYGEM_CASE_THREADS"


@functools.cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ[THREADS])
    return onnxruntime.InferenceSession(tiny_model.build(), options, providers=["CPUExecutionProvider"])


def app(_environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], Any]) -> list[bytes]:
    """Answer any request with "PID THREADS" of the worker, after one run of the model."""
    _session().run(None, {"x": np.ones(4, np.float32)})
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {len(list(Path('/proc/self/task').iterdir()))}".encode()]


if os.environ.get(EARLY):
    _session()
