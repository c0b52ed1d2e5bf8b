"""What a worker loads before its stage: all that it waits for at every start, five times over."""

from __future__ import annotations

import subprocess
import sys

PARENTS_ONLY = ("heygem_core.pipeline.supervisor", "heygem_core.pipeline.pipeline", "rich", "psutil", "onnxruntime")
STAGES = "from heygem_core.lipsync.face import detector, landmarks; from heygem_core.lipsync.generator import puppeteer"


def loaded(code: str) -> list[str]:
    """Return which of `PARENTS_ONLY` an interpreter has loaded after ``code``."""
    told = f"import sys; {code}; print(*(name for name in {PARENTS_ONLY} if name in sys.modules))"
    return subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()


def test_a_worker_loads_nothing_of_its_supervisor() -> None:
    """The worker's side of the engine does without the parent's, and without any library for terminals."""
    assert loaded("import heygem_core.pipeline.bootstrap") == []


def test_the_stages_that_run_models_load_nothing_for_downloads() -> None:
    """They read what the parent has fetched."""
    assert "rich" not in loaded(STAGES)
