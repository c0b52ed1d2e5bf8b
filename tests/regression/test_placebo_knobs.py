"""placebo-knobs: who asks for the five variables, and that the watching is not blind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heygem_core.casebook.cases import placebo_knobs
from heygem_core.casebook.cases.placebo_knobs import CONTROL, FIVE, ORT_CONTROL, Readers
from heygem_core.casebook.model import Finding, Options
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime import knobs
from tests.casebook.census import nothing_left
from tests.casebook.languages import in_both
from tests.casebook.recorded import assert_as_recorded

needs_compiler = pytest.mark.skipif(knobs.compiler() is None, reason="no C compiler on PATH")


@pytest.fixture(scope="module")
def finding() -> Iterator[Finding]:
    """Run the case once."""
    with nothing_left():
        yield placebo_knobs.run(Options())


@needs_compiler
def test_three_of_the_five_are_asked_for_by_nobody(finding: Finding) -> None:
    """The verdict names those that nobody reads; the two of OpenMP are never onnxruntime's."""
    assert finding.verdict == "refuted"
    assert_as_recorded(placebo_knobs.CASE, finding)
    lines = dict(line.en.split(": ", 1) for line in finding.reported.evidence if line.en.startswith(tuple(FIVE)))
    assert list(lines) == list(FIVE)
    for name in ("ORT_PARALLEL", "ORT_LOGGING_LEVEL", "TORCH_DATALOADER_NUM_WORKERS"):
        assert lines[name].startswith("asked for by nobody")
    assert not any("onnxruntime" in line.partition(" (used")[0] for line in lines.values())


@needs_compiler
def test_the_controls_are_seen(finding: Finding) -> None:
    """What is known to be asked for is seen to be asked for."""
    controls = [line.en for line in finding.reported.evidence if line.en.startswith("control")]
    assert CONTROL in controls[0]
    assert "python" in controls[0]
    assert ORT_CONTROL in controls[1]


@needs_compiler
def test_the_core_sets_threads_by_itself(finding: Finding) -> None:
    """The stage's pool is the same with and without the five variables."""
    assert finding.core.cause is None
    assert "1 pool thread(s) beside the caller with the five variables set and 1 without" in finding.core.outcome.en


def _readers(**asked: tuple[str, ...]) -> dict[str, Readers]:
    nobody: Readers = dict.fromkeys((*FIVE, CONTROL, ORT_CONTROL), ())
    known: Readers = {CONTROL: ("libpython.so",), ORT_CONTROL: ("onnxruntime_pybind11_state.so",)}
    return {"onnxruntime": nobody | known | asked}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({CONTROL: ()}, "blind"),
        ({ORT_CONTROL: ()}, ORT_CONTROL),
        ({"ORT_PARALLEL": ("libonnxruntime.so.1.31.1",)}, "ORT_PARALLEL"),
        ({"TORCH_DATALOADER_NUM_WORKERS": ("python:torch.utils.data.dataloader",)}, "DATALOADER"),
        ({"TORCH_DATALOADER_NUM_WORKERS": ("libtorch_cpu.so",)}, "DATALOADER"),
        ({"OMP_NUM_THREADS": ("libonnxruntime.so.1.31.1",)}, "OMP_NUM_THREADS"),
    ],
)
def test_a_blind_watch_or_a_real_reader_is_no_finding(asked: dict[str, tuple[str, ...]], message: str) -> None:
    """A control that was not seen, or one of the five read by whom it is claimed to address, fails the case."""
    outcome, evidence = placebo_knobs.judge(_readers())
    assert "5 of the five" in outcome.en
    assert "torch is not installed" in evidence[-1].en
    with pytest.raises(EffectNotShown, match=message):
        placebo_knobs.judge(_readers(**asked))


def test_without_a_compiler_the_case_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No compiler is a reason to skip, not a verdict."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CaseSkipped, match="C compiler") as caught:
        placebo_knobs.run(Options())
    in_both(caught.value)
