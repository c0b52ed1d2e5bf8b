"""Every broken environment has its right first finding, a healthy one has none."""

from __future__ import annotations

import time

import pytest

from heygem_core.diagnosis.diagnosis import Diagnosis
from heygem_core.diagnosis.doctor.checkup import diagnose
from heygem_core.diagnosis.doctor.interpreter import examine
from tests.diagnosis.doctor.conftest import ROWS
from tests.diagnosis.doctor.worlds import BROKEN, HEALTHY, Workshop, World

QUICK = {"1.18.1 alone", "both wheels, CPU last", "pip's libraries, no path", "CUDA 12 for 13", "V100 with CUDA 13"}
"""Tried on every run; the rest with -m slow (nox -s doctor_envs)."""


def first(diagnosis: Diagnosis) -> str:
    """Return cause and culprit of the first finding, for the table."""
    if not diagnosis.findings:
        return "none"
    return f"{diagnosis.findings[0].cause} ({diagnosis.findings[0].culprit})"


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
    expected = f"{world.cause} ({world.culprit or '…'})" if world.cause else "none"
    ROWS.append(
        {
            "environment": world.name,
            "expected": expected,
            "found": first(diagnosis),
            "seconds": round(time.monotonic() - began, 2),
        }
    )
    assert diagnosis.cause == world.cause, diagnosis
    if world.cause is None:
        return
    finding = diagnosis.findings[0]
    assert world.culprit in {None, finding.culprit}
    for words in world.remedy:
        assert words in finding.advice().en
        assert words in finding.advice().zh
