"""Every broken environment has its right first finding, a healthy one has none."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from heygem_core.diagnosis import probe
from heygem_core.diagnosis.diagnosis import Diagnosis
from heygem_core.diagnosis.doctor.checkup import diagnose
from heygem_core.diagnosis.doctor.interpreter import examine, read
from heygem_core.diagnosis.doctor.rules_session import SHM
from heygem_core.errors import Cause
from tests.diagnosis.doctor.conftest import ROWS
from tests.diagnosis.doctor.workshop import Workshop
from tests.diagnosis.doctor.worlds import BROKEN, HEALTHY, World
from tests.diagnosis.test_causes import CHINESE

QUICK = {"1.18.1 alone", "both wheels, CPU last", "pip's libraries, no path", "CUDA 12 for 13", "V100 with CUDA 13"}
"""Tried on every run; the rest with -m slow (nox -s doctor_envs)."""


def first(diagnosis: Diagnosis) -> str:
    """Return cause and culprit of the first finding, for the table."""
    if not diagnosis.findings:
        return "none"
    return f"{diagnosis.findings[0].cause} ({diagnosis.findings[0].culprit})"


@pytest.mark.slow
def test_without_a_driver_old_versions_crash_and_it_is_told(workshop: Workshop) -> None:
    """onnxruntime-gpu 1.18.1 with all libraries and no driver: no fallback but SIGSEGV, and one finding for both."""
    built = next(world for world in BROKEN if world.name == "no driver, and a crash").build(workshop)
    (finding,) = diagnose(examine(built.python, environment=built.environment())).findings
    assert finding.evidence[-1].en.endswith("it ends the process with SIGSEGV")


def noted(name: str, expected: str, diagnosis: Diagnosis, began: float) -> None:
    """Add a row to the table."""
    seconds = round(time.monotonic() - began, 2)
    ROWS.append({"environment": name, "expected": expected, "found": first(diagnosis), "seconds": seconds})


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(world, id=world.name, marks=() if world.name in QUICK else pytest.mark.slow)
        for world in (*BROKEN, *HEALTHY)
    ],
)
def test_the_first_finding_is_the_right_one(world: World, workshop: Workshop) -> None:
    """Cause, culprit and the command that cures it; in a healthy environment there is nothing to find."""
    built = world.build(workshop)
    began = time.monotonic()
    diagnosis = diagnose(examine(built.python, environment=built.environment()))
    noted(world.name, f"{world.cause} ({world.culprit or '…'})" if world.cause else "none", diagnosis, began)
    assert diagnosis.cause == world.cause, diagnosis
    if world.cause is None:
        return
    finding = diagnosis.findings[0]
    assert world.culprit in {None, finding.culprit}
    for line in (finding.advice(), *finding.evidence):
        assert not CHINESE.search(line.en)
    for words in world.remedy:
        assert words in finding.advice().en
        assert words in finding.advice().zh


INSIDE = """
import os, sys
from heygem_core.casebook.probes.namespace import small_shm
from heygem_core.errors import CaseSkipped
try:
    small_shm(4 << 20)
except CaseSkipped as skipped:
    sys.exit(str(skipped))
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.slow
def test_a_tiny_shared_memory_is_found(workshop: Workshop, tmp_path: Path) -> None:
    """A healthy interpreter in a mount namespace with 4 MiB of shared memory, as in a container."""
    built, answer = workshop.working("1.16.3"), tmp_path / "facts.json"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, built.python, probe.__file__],
        env=built.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 1 and "mount namespace" in done.stderr:
        pytest.skip(done.stderr.strip())
    answer.write_text(done.stdout, encoding="utf-8")
    diagnosis = diagnose(read(answer))
    noted("tiny /dev/shm", "shm-exhausted (/dev/shm)", diagnosis, began)
    (finding,) = diagnosis.findings
    assert finding.cause is Cause.SHM_EXHAUSTED
    assert finding.evidence[0].en == f"{SHM} has 4 MiB, 4 MiB of it free"
