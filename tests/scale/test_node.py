"""What a node says of itself before it is given work."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core import __version__
from heygem_core.scale.acceptance import examine
from heygem_core.scale.ledger import WORK
from heygem_core.scale.ray_node import Worker


def test_a_node_that_is_like_the_others_is_accepted(tmp_path: Path) -> None:
    """The same package, the same folder, and the provider applied."""
    (tmp_path / WORK).mkdir()
    admission = Worker(str(tmp_path)).admit("cpu", __version__)
    assert (admission.applied, admission.refusal) == ("CPUExecutionProvider", None)


def test_a_node_with_another_version_or_another_folder_is_refused(tmp_path: Path) -> None:
    """Either would write something else, or somewhere else, than the record says."""
    (tmp_path / WORK).mkdir()
    other = Worker(str(tmp_path)).admit("cpu", "0.0.1").refusal
    assert other is not None
    assert "0.0.1 here" in other.title.en
    unseen = Worker(str(tmp_path / "nowhere")).admit("cpu", __version__).refusal
    assert unseen is not None
    assert "every node needs the same folder" in unseen.title.en


def test_a_fallback_is_refused_with_doctors_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for CUDA where no GPU can be used: a cause, its evidence and what to do, in both languages."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = examine("cuda")
    assert found.applied is None
    assert found.refusal is not None
    assert found.refusal.cause != "other"
    assert found.refusal.evidence
    assert found.refusal.remedy is not None
    assert examine("auto").applied == "CPUExecutionProvider"


def test_a_crash_and_a_broken_package_are_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An onnxruntime that kills the process, or that cannot be imported, is said in words and harms nobody else."""
    package = tmp_path / "onnxruntime"
    package.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (package / "__init__.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert examine("cpu").refusal is not None
    (package / "__init__.py").write_text("raise ImportError('not today')")
    refused = examine("cpu").refusal
    assert refused is not None
    assert "not today" in f"{refused.title.en} {refused.evidence}"
