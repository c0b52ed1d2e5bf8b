"""package-conflict: the package installed last decides, a removal breaks the other, the core names the conflict."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook.cases import package_conflict
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Any], CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Ask the real environments once."""
    try:
        with nothing_left():
            yield package_conflict.watch()
    except CaseSkipped as reason:
        pytest.skip(str(reason))


def test_the_order_decides_and_the_core_names_the_conflict(watched: Watched) -> None:
    """On the real wheels: conditional, and where CUDA is lost the core says package-conflict, not a missing library."""
    finding = package_conflict.judge(*watched, 1.0)
    assert_as_recorded(package_conflict.CASE, finding)
    assert finding.verdict == "conditional"
    assert (finding.core.cause, finding.core.culprit) == ("package-conflict", "generator")
    assert "are both installed" in finding.core.outcome.en


def test_both_wheels_are_there_in_both_orders(watched: Watched) -> None:
    """pip lists both whatever came last, and only one after a removal."""
    installed = {way: seen["installed"] for way, seen in watched[0].items()}
    both = ["onnxruntime", "onnxruntime-gpu"]
    assert installed == {"cpu-last": both, "gpu-last": both, "cpu-removed": ["onnxruntime-gpu"]}


@pytest.mark.parametrize(
    ("way", "field", "value"),
    [
        ("cpu-last", "available", ["CUDAExecutionProvider"]),
        ("gpu-last", "available", ["CPUExecutionProvider"]),
        ("cpu-last", "installed", ["onnxruntime"]),
        ("gpu-last", "error", "ImportError: broken"),
        ("cpu-last", "applied", "CUDAExecutionProvider"),
        ("cpu-removed", "error", None),
        ("cpu-removed", "installed", ["onnxruntime", "onnxruntime-gpu"]),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, way: str, field: str, value: object) -> None:
    """Each fact that the verdict rests on can fail it."""
    seen, told = copy.deepcopy(watched[0]), watched[1]
    seen[way][field] = value
    with pytest.raises(EffectNotShown):
        package_conflict.judge(seen, told, 1.0)


def test_a_core_that_blames_a_library_is_no_finding(watched: Watched) -> None:
    """A missing CUDA library is not what is wrong there."""
    with pytest.raises(EffectNotShown, match="named the conflict"):
        package_conflict.judge(watched[0], replace(watched[1], cause="missing-cuda-library"), 1.0)


def test_without_the_environment_the_command_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache is a reason to skip."""
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    with pytest.raises(CaseSkipped, match=r"conflict-.* is not built: nox -s ort_envs"):
        package_conflict.run(Options())
