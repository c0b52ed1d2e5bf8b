"""cpu-fallback: the wheel falls back in silence, a check script says GPU, the guard raises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook.cases import cpu_fallback
from heygem_core.casebook.model import Finding, Options
from heygem_core.casebook.probes import fallback
from heygem_core.casebook.probes.hiding import without_cuda
from heygem_core.casebook.probes.script import run_module
from heygem_core.errors import EffectNotShown
from heygem_core.runtime import libraries, loading
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded


@pytest.fixture(scope="module")
def finding() -> Iterator[Finding]:
    """Run the case once."""
    with nothing_left():
        yield cpu_fallback.run(Options())


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Ask the installed onnxruntime once."""
    provider = libraries.provider_library()
    assert provider is not None
    environment = without_cuda(provider, tmp_path_factory.mktemp("hidden"))
    return run_module(fallback.__name__, {}, environment=environment, deadline_s=60)


def test_the_fallback_is_silent_in_the_api(finding: Finding) -> None:
    """No exception, the CPU applied, and the check script's two questions still say GPU."""
    assert finding.verdict == "confirmed"
    assert_as_recorded(cpu_fallback.CASE, finding)
    assert "no exception" in finding.reported.evidence[0].en
    assert "get_device() says 'GPU'" in finding.reported.evidence[2].en


def test_the_core_fails_by_name_or_runs_on_cuda(finding: Finding) -> None:
    """Asked for CUDA, the core names the stage and the missing library; where it could load it, it runs there."""
    if finding.core.cause is None:
        assert "CUDAExecutionProvider" in finding.core.outcome.en
    else:
        assert finding.core.cause in ("missing-cuda-library", "cuda-version-mismatch")
        assert finding.core.culprit == "generator"
        assert ".so" in finding.core.outcome.en


def test_the_log_names_the_library_that_the_loader_misses(answers: dict[str, Any]) -> None:
    """What onnxruntime's stderr names is what the loader itself names for the provider library."""
    provider = libraries.provider_library()
    assert provider is not None
    missing = loading.probe(provider).first_missing
    assert answers["asked"]["missing"] is not None
    assert missing is None or answers["asked"]["missing"] == missing


def test_conflicting_configuration_is_told_from_refusal(answers: dict[str, Any]) -> None:
    """disable_cpu_ep_fallback raises Fail alone, and InvalidArgument when the CPU is listed too."""
    assert answers["disable_cpu_ep_fallback"]["raised"].startswith("Fail")
    assert answers["disable_cpu_ep_fallback, CPU listed"]["raised"].startswith("InvalidArgument")


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [
        ("asked", "applied", "CUDAExecutionProvider"),
        ("asked", "missing", None),
        ("asked", "lines", 0),
        ("severity 3", "lines", 0),
        ("default logger 4", "lines", 2),
        ("enable_fallback=0", "applied", None),
        ("disable_cpu_ep_fallback", "raised", None),
        ("guard", "raised", None),
        ("guard", "cause", "silent-cpu-fallback"),
    ],
)
def test_an_answer_that_differs_is_no_finding(
    answers: dict[str, Any], question: str, field: str, value: object
) -> None:
    """Each fact that the verdict rests on can fail it."""
    assert cpu_fallback.judge(answers)
    with pytest.raises(EffectNotShown):
        cpu_fallback.judge({**answers, question: {**answers[question], field: value}})


def test_a_broken_library_hides_cuda_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the provider would load, an empty file of the needed name keeps it from loading, and is named."""
    provider = libraries.provider_library()
    assert provider is not None
    loads = loading.LoadReport(None, (), ())
    with monkeypatch.context() as patched:
        patched.setattr(loading, "probe", lambda _path: loads)
        exported = without_cuda(provider, tmp_path)
    (hidden,) = tmp_path.iterdir()
    assert loading.probe(provider, exported=exported).first_missing == hidden.name
