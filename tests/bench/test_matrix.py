"""Environments: what may be asked for, where each is, what each says of itself, and what cannot be built."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.bench import cuda, matrix
from heygem_core.bench.matrix import Spec
from heygem_core.errors import ArmFailed
from heygem_core.runtime import ort_envs
from heygem_core.runtime.cache import CACHE_VARIABLE


@pytest.mark.parametrize(
    ("arm", "spec"),
    [
        ("1.20.2", Spec("onnxruntime-gpu", "1.20.2", 1)),
        ("1.20.2-rebuilt", Spec("onnxruntime-gpu", "1.20.2", 2)),
        ("onnxruntime==1.32.0", Spec("onnxruntime", "1.32.0", 1)),
        ("onnxruntime==1.32.0-rebuilt", Spec("onnxruntime", "1.32.0", 2)),
    ],
)
def test_an_arm_s_name_says_what_it_is(arm: str, spec: Spec) -> None:
    """There and back; the second build of a version is another arm of the same requirement."""
    assert matrix.parse(arm) == spec
    assert spec.arm == arm
    assert spec.requirement == f"{spec.package}=={spec.version}"


@pytest.mark.parametrize("arm", ["", "new", "1", "torch==2.0.0", "1.20.2; rm -rf"])
def test_what_is_no_version_is_refused(arm: str) -> None:
    """Nothing but the two packages and a version reaches pip."""
    with pytest.raises(ValueError, match="is no onnxruntime version"):
        matrix.parse(arm)


@pytest.fixture
def cached(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make an empty cache that holds nothing but a version that is built already; return its arm."""
    folder = tmp_path / "cache" / "onnxruntime"
    folder.mkdir(parents=True)
    version = environment.name.removesuffix(f"-cp3{sys.version_info.minor}")
    copy = folder / environment.name
    copy.mkdir()
    for part in environment.iterdir():
        if part.is_dir():
            (copy / part.name).symlink_to(part)
    (copy / "complete").touch()
    (copy / "wheel.json").write_text(json.dumps({"sha256": "ab" * 32}))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return version


def test_an_environment_says_what_it_is(cached: str, model: Path) -> None:
    """Version, packages, where every node ran, the CUDA libraries that its wheel wants; with no second onnxruntime."""
    found = matrix.environment(cached, {"tiny": model}, "cpu")
    assert (found.arm, found.version, found.build, found.package) == (cached, cached, 1, "onnxruntime-gpu")
    assert found.wheel_sha256 == "ab" * 32
    assert {line.partition("==")[0] for line in found.freeze} == {"numpy", "onnxruntime-gpu"}
    assert found.nodes.keys() == {"tiny CPUExecutionProvider"}
    assert found.nodes["tiny CPUExecutionProvider"] > 0
    assert "CPUExecutionProvider" in found.providers
    assert found.python_version.startswith(f"3.{sys.version_info.minor}.")
    assert any(name.startswith("libcudart.so.") for name in found.cuda)
    assert set(found.cuda.values()) == {""}


def test_asked_for_cuda_without_it_is_a_failure(cached: str, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is there, its session falls back: that is no environment to measure."""
    monkeypatch.setattr(cuda, "folder", lambda *_: None)
    with pytest.raises(ArmFailed, match="CUDAExecutionProvider was asked for") as caught:
        matrix.environment(cached, {"tiny": model}, "cuda")
    assert caught.value.cause == "silent-cpu-fallback"


def test_what_cannot_be_built_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: Path) -> None:
    """pip's last words are in the failure, and no half environment is left."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(matrix, "_others", dict)
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(tmp_path)), ("PIP_CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(name, value)
    with pytest.raises(
        ArmFailed, match=r"onnxruntime 1\.31\.1-rebuilt: it could not be built.*No matching distribution"
    ):
        matrix.environment("1.31.1-rebuilt", {"tiny": model}, "cpu")
    assert list((tmp_path / "cache" / "onnxruntime").iterdir()) == []


def test_another_interpreter_is_taken_where_this_one_has_no_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """This Python first, then the nearest; the folder is named after the one that it was built for."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(matrix, "_others", lambda: {9: "/old/python", 10: "/other/python"})
    asked = []

    def install(target: Path, *requirements: str, python: str | None = None) -> None:
        asked.append((python, requirements))
        if python != "/other/python":
            error = subprocess.CalledProcessError(1, "pip")
            error.add_note("pip said: ERROR: No matching distribution found")
            raise error
        (target / "numpy").mkdir()

    monkeypatch.setattr(ort_envs, "install", install)
    python, path = matrix.built(Spec("onnxruntime-gpu", "1.14.1"))
    assert (python, path.name) == ("/other/python", "1.14.1-cp310")
    assert asked == [
        (None, ("onnxruntime-gpu==1.14.1", "numpy<2")),
        ("/other/python", ("onnxruntime-gpu==1.14.1", "numpy<2")),
    ]
    # What is built is found again, without asking pip.
    assert matrix.built(Spec("onnxruntime-gpu", "1.14.1")) == (python, path)
    assert len(asked) == 2
    shutil.rmtree(path)


@pytest.mark.slow
def test_the_cuda_packages_of_every_era_exist() -> None:
    """pip resolves each of them without installing any; whether they are enough, only a GPU can tell."""
    for names in cuda.PACKAGES.values():
        ort_envs.pip("install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", *names)
