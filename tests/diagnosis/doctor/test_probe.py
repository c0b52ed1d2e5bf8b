"""The probe: one file without packages, for old Pythons, and nothing that it tries ends it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heygem_core.diagnosis import probe
from heygem_core.runtime.session import create_session
from tests.diagnosis.doctor.workshop import python_38

FILE = Path(probe.__file__)
OLDEST = (3, 8)


def run(python: str, *arguments: str, stdin: bytes = b"", **variables: str) -> dict[str, Any]:
    """Return what the probe prints under ``python``."""
    done = subprocess.run(
        [python, *arguments],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, **variables},
    )
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


def test_it_is_written_for_python_3_8_and_imports_nothing_that_is_not_there() -> None:
    """It parses as Python 3.8, and every import outside of the trial is of the standard library."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"), feature_version=OLDEST)
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert names - set(sys.stdlib_module_names) == {"numpy", "onnxruntime"}


@pytest.mark.parametrize("how", ["file", "stdin"])
def test_it_runs_under_a_real_python_3_8(how: str) -> None:
    """As a file, and as ``python - < probe.py`` into a container; without onnxruntime that is what it says."""
    python = python_38()
    stdin = FILE.read_bytes() if how == "stdin" else b""
    facts = run(python, str(FILE) if how == "file" else "-", stdin=stdin)
    assert facts["python"]["version"][:2] == list(OLDEST)
    assert str(FILE.parent) not in facts["python"]["path"]
    assert facts["packages"]["folder"] is None
    assert "ModuleNotFoundError" in facts["trial"]["error"]


def test_it_tells_what_matters_and_no_secret() -> None:
    """Variables of the loader and the libraries are told, others not."""
    facts = run(sys.executable, str(FILE), '{"provider": "cpu"}', OMP_NUM_THREADS="3", MINE="do not tell")
    assert facts["environment"]["OMP_NUM_THREADS"] == "3"
    assert "do not tell" not in json.dumps(facts)
    assert facts["trial"]["session"] == ["CPUExecutionProvider"]
    assert facts["trial"]["run"] is True
    assert facts["packages"]["onnxruntime"][0]["name"] == "onnxruntime-gpu"
    assert facts["machine"]["shm"]["total"] > 0


def test_the_tiny_model_is_a_valid_convolution() -> None:
    """Written as bytes; onnx accepts it, and onnxruntime computes nine ones."""
    import onnx

    model = onnx.load_from_string(probe.TINY_MODEL)
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["Conv"]
    session = create_session(probe.TINY_MODEL, "cpu", threads=1).session
    (result,) = session.run(None, {"x": np.ones((1, 1, 4, 4), np.float32)})
    assert np.array_equal(result, np.full((1, 1, 2, 2), 9, np.float32))


ENDINGS = """
import json, os, signal, sys, time
sys.path.insert(0, sys.argv[1])
import probe
def run(step, seconds=20.0):
    began = time.monotonic()
    answer = probe.isolated({"first": lambda: 1, "second": step}, began + seconds)
    return {**answer, "seconds": time.monotonic() - began}
def hang():
    time.sleep(600)
def speak():
    os.write(1, b"x" * 200_000)
    return 2
print(json.dumps({
    "crash": run(lambda: os.kill(os.getpid(), signal.SIGSEGV)),
    "abort": run(os.abort),
    "exit": run(lambda: sys.exit(3)),
    "raise": run(lambda: 1 / 0),
    "hang": run(hang, 0.5),
    "speak": run(speak),
}))
"""


def test_what_crashes_or_hangs_is_a_fact() -> None:
    """A signal, an abort, an exit, an exception, a hang, a flood: the steps before are kept, the next one is named."""
    told = run(sys.executable, "-c", ENDINGS, str(FILE.parent))
    assert all(answer["first"] == 1 for answer in told.values())
    assert {name: (answer["ended"], answer["at"]) for name, answer in told.items()} == {
        "crash": ("SIGSEGV", "second"),
        "abort": ("SIGABRT", "second"),
        "exit": (None, "second"),
        "raise": (None, "second"),
        "hang": ("timeout", "second"),
        "speak": (None, None),
    }
    assert told["exit"]["error"] == "SystemExit: 3"
    assert told["raise"]["error"] == "ZeroDivisionError: division by zero"
    assert told["hang"]["seconds"] < 20
    assert len(told["speak"]["said"]) <= 8000
