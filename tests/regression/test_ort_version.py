"""ort-version: the same fallback whatever the version; the CUDA era is what differs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from heygem_core.casebook.cases import ort_version
from heygem_core.casebook.cases.ort_version import Seen
from heygem_core.casebook.model import Options
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime import ort_envs
from tests.casebook.languages import in_both
from tests.casebook.recorded import assert_as_recorded

OLD = Seen("1.16.3", "CPUExecutionProvider", True, "libcublasLt.so.11", "cublas 11, cudnn 8", None)
NEW = replace(OLD, version="1.31.1", missing="libcublasLt.so.13", era="cublas 13, cudart 13")


def test_every_built_version_falls_back_in_the_same_way() -> None:
    """On the real wheels, where they are built: one line per version, no exception, and at least two CUDA eras."""
    try:
        finding = ort_version.run(Options())
    except CaseSkipped as reason:
        pytest.skip(str(reason))
    assert finding.verdict == "confirmed"
    assert_as_recorded(ort_version.CASE, finding)
    versions = [line.en.split()[1].rstrip(":") for line in finding.reported.evidence]
    assert versions == list(ort_envs.built())
    assert len(versions) >= ort_version.AT_LEAST
    assert all("no exception" in line.en for line in finding.reported.evidence)


@pytest.mark.parametrize(
    "second",
    [
        replace(NEW, applied="CUDAExecutionProvider"),
        replace(NEW, applied="TensorrtExecutionProvider"),
        replace(NEW, version="1.28.0"),
        replace(NEW, listed=False),
        replace(NEW, era=OLD.era),
    ],
)
def test_a_version_that_behaves_otherwise_is_no_finding(second: Seen) -> None:
    """Anything but the CPU applied, another version, CUDA not listed, or one era for all: each fails the case."""
    assert len(ort_version.judge([OLD, NEW], [OLD.version, NEW.version])) == 2
    with pytest.raises(EffectNotShown):
        ort_version.judge([OLD, second], [OLD.version, NEW.version])


def test_without_environments_the_command_to_build_them_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An empty cache is a reason to skip that says what to type; so is a Python without enough wheels."""
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    with pytest.raises(CaseSkipped, match=r"nox -s ort_envs|have wheels") as caught:
        ort_version.run(Options())
    in_both(caught.value)


def test_a_python_without_wheels_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer pins than the case needs cannot be mended by building."""
    monkeypatch.setattr(ort_envs, "for_this_python", lambda: ort_envs.PINS[:2])
    with pytest.raises(CaseSkipped, match="only 2 of the pinned") as caught:
        ort_version.run(Options())
    in_both(caught.value)


def test_the_pins_span_the_versions_in_question() -> None:
    """At least five versions, from 1.16.3 up, in order; the last is the newest that is pinned anywhere."""
    versions = [tuple(map(int, pin.version.split("."))) for pin in ort_envs.PINS]
    assert len(versions) >= ort_version.AT_LEAST
    assert versions == sorted(versions)
    assert versions[0] == (1, 16, 3)


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    """Only pinned versions are built; the message names them."""
    with pytest.raises(ValueError, match=r"'0\.1'.*1\.31\.1"):
        ort_envs.build("0.1", tmp_path)


def test_a_build_is_complete_or_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When pip fails, nothing is left under the name or beside it, and pip's last words come with the error."""
    version = ort_envs.for_this_python()[-1].version
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        ort_envs.build(version, tmp_path)
    assert any("onnxruntime-gpu" in note for note in caught.value.__notes__)
    assert list((tmp_path / "onnxruntime").iterdir()) == []
    assert ort_envs.built(tmp_path) == {}


@pytest.mark.parametrize("arguments", [[], ["build"], ["build", "0.1"], ["drop", "all"]])
def test_the_command_names_what_it_takes(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Anything but ``build all`` or ``build VERSION...`` is a usage error that lists the versions."""
    assert ort_envs.main(arguments) == 2
    assert ort_envs.for_this_python()[-1].version in capsys.readouterr().err


def test_what_is_built_is_not_built_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that is there is returned as it is, per version and Python."""
    version = ort_envs.for_this_python()[-1].version
    there = ort_envs.folder(version, tmp_path)
    there.mkdir(parents=True)
    (there / "complete").touch()
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    assert ort_envs.main(["build", version]) == 0
    assert ort_envs.build(version, tmp_path) == there
    assert ort_envs.built(tmp_path) == {version: there}
    assert there.name.endswith(f"cp3{sys.version_info.minor}")
