"""thread-spin: spinning costs processor time; what it does to the rate is a result."""

from __future__ import annotations

import os
from typing import Any

import pytest

from heygem_core.casebook.cases import thread_spin
from heygem_core.casebook.model import Finding, Options
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

CORE = CoreRun(0.5, 8, {"run_cpu_s": 0.02, "idle_cpu_s": 0.001, "seconds": 0.3}, None, None, "", 0)


def phases(rate: float, cost: float) -> list[dict[str, Any]]:
    """Return two phases without spinning, 100 runs/s at 1 ms each, and two with the given ratios."""
    quiet = {"spinning": False, "runs": 100, "cpu_s": 0.1, "seconds": 1.0}
    busy = {"spinning": True, "runs": 100 * rate, "cpu_s": 0.1 * rate * cost, "seconds": 1.0}
    return [quiet, busy, busy, quiet]


def test_several_stages_on_two_cores() -> None:
    """Measured side by side: more processor time per run, and a verdict on the rate."""
    try:
        with nothing_left():
            finding = thread_spin.run(Options())
    except CaseSkipped as reason:
        pytest.skip(str(reason))
    assert finding.verdict in ("confirmed", "refuted")
    assert_as_recorded(thread_spin.CASE, finding, verdict_varies=True)
    assert [line.en.partition(" ")[0] for line in finding.reported.evidence] == ["3", "1"]
    assert finding.core.cause is None


@pytest.mark.parametrize(("rate", "verdict"), [(0.5, "confirmed"), (1.0, "refuted"), (1.3, "refuted")])
def test_the_verdict_is_that_of_the_rate(rate: float, verdict: str) -> None:
    """Fewer runs with spinning confirm the claim, as many or more refute it; the ratios are in the outcome."""
    finding = judged(phases(rate, 2.0))
    assert finding.verdict == verdict
    assert f"2.0 times the CPU and the stages together reach {rate:.2f} times" in finding.reported.outcome.en


def test_no_verdict_without_the_effect() -> None:
    """Spinning that costs nothing, or a core that burns more in its pauses than in its runs, is no finding."""
    with pytest.raises(EffectNotShown, match=r"1\.00 times as much"):
        judged(phases(0.5, 1.0))
    burning = CoreRun(0.5, 8, {"run_cpu_s": 0.02, "idle_cpu_s": 0.03, "seconds": 0.3}, None, None, "", 0)
    with pytest.raises(EffectNotShown, match="while it waits"):
        thread_spin.judge({"one": phases(1, 2), "several": phases(0.5, 2)}, burning, 1.0)


def test_one_core_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages that take turns on one core show something else."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    with pytest.raises(CaseSkipped, match="needs 2 cores, may use 1"):
        thread_spin.run(Options())


def judged(several: list[dict[str, Any]]) -> Finding:
    """Return the finding about ``several`` stages."""
    return thread_spin.judge({"one": phases(1.2, 2.0), "several": several}, CORE, 1.0)
