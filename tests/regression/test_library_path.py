"""library-path: LD_LIBRARY_PATH works where a program starts, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heygem_core.casebook.cases import library_path
from heygem_core.casebook.cases.library_path import EXPECTED, Subjects
from heygem_core.casebook.model import Finding, Options
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime import knobs, loading
from tests.casebook.census import nothing_left
from tests.casebook.languages import in_both
from tests.casebook.recorded import assert_as_recorded

needs_compiler = pytest.mark.skipif(knobs.compiler() is None, reason="no C compiler on PATH")
TOO_LATE = "libdep.so.1: cannot open shared object file: No such file or directory"


@pytest.fixture(scope="module")
def finding() -> Iterator[Finding]:
    """Run the case once."""
    with nothing_left():
        yield library_path.run(Options())


@needs_compiler
def test_the_claim_holds_for_spawned_children_only(finding: Finding) -> None:
    """Every way of setting the variable is in the evidence, in order, with what the loader then found."""
    assert finding.verdict == "conditional"
    assert_as_recorded(library_path.CASE, finding)
    found = [line.en.partition(": ")[2].startswith("found") for line in finding.reported.evidence[: len(EXPECTED)]]
    assert found == list(EXPECTED.values())


@needs_compiler
def test_the_real_provider_library_follows_the_same_rule(finding: Finding) -> None:
    """Where the real CUDA provider misses a library, each stub with its name moves the loader on to the next."""
    steps = next(line.en for line in finding.reported.evidence if "the CUDA provider, stub by stub" in line.en)
    missing = [step.rpartition(": ")[0].rpartition(": ")[2] for step in steps.split(" | ")[:-1]]
    assert len(missing) == len(set(missing)) > 0
    assert "cannot open" not in steps.rpartition(" | ")[2]


@needs_compiler
def test_the_core_names_the_library_and_works_with_the_parents_variable(finding: Finding) -> None:
    """Unset: the stage and the missing library are named; set by the parent for spawned stages: the job finishes."""
    assert (finding.core.cause, finding.core.culprit) == ("raised", "generator")
    assert "libhgdependency.so.1" in finding.core.outcome.en
    assert "8 frames" in finding.core.outcome.en


@needs_compiler
def test_the_callers_own_path_does_not_leak_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the caller itself has the folder exported, the process whose child is forked still starts without it."""
    subjects = library_path.prepare(tmp_path)
    folder = str(subjects.dependency.parent)
    monkeypatch.setenv("LD_LIBRARY_PATH", folder)
    answer = library_path.in_child("set by the parent, child by fork", folder, [str(subjects.library)])
    assert loading.missing_library(answer[str(subjects.library)] or "") == subjects.dependency.name


def _seen(**changed: str | None) -> dict[str, dict[str, str | None]]:
    seen: dict[str, dict[str, str | None]] = {
        way: {"/x/lib.so": None if found else TOO_LATE} for way, found in EXPECTED.items()
    }
    return seen | {way: {"/x/lib.so": error} for way, error in changed.items()}


@pytest.mark.parametrize("way", EXPECTED)
def test_a_way_that_behaves_otherwise_is_no_finding(way: str) -> None:
    """One single way that the loader treats differently is EffectNotShown, naming that way."""
    subjects = Subjects(Path("/x/lib.so"), Path("/x/hidden/libdep.so.1"), None, (), ())
    assert len(library_path.judge(subjects, _seen())) == len(EXPECTED)
    other = TOO_LATE if EXPECTED[way] else None
    with pytest.raises(EffectNotShown, match=way.split(",", maxsplit=1)[0].replace("+", r"\+")):
        library_path.judge(subjects, _seen(**{way: other}))


def test_without_a_compiler_the_case_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No compiler is a reason to skip, not a verdict."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CaseSkipped, match="C compiler") as caught:
        library_path.run(Options())
    in_both(caught.value)
