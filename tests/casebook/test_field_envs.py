"""The environments of the cases from the field: complete or absent, and the command that builds them is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from heygem_core.casebook import field_envs
from heygem_core.errors import CaseSkipped

NAMES = (field_envs.BEFORE_TELEMETRY, field_envs.GUNICORN, field_envs.CONFLICT)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_built_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """An empty cache names the environment and the command."""
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    with pytest.raises(CaseSkipped, match=f"{name} is not built: nox -s ort_envs"):
        field_envs.require(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_build_is_complete_or_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """When pip fails nothing is left, under the name or beside it, and pip's last words come with the error."""
    monkeypatch.setenv("HEYGEM_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        field_envs.build(name)
    assert caught.value.__notes__
    assert list((tmp_path / "field").iterdir()) == []


def test_two_packages_share_what_they_have_in_common() -> None:
    """The large library that both orders leave is one file on disk, and it stays after the removal of the other."""
    try:
        folder = field_envs.require(field_envs.CONFLICT)
    except CaseSkipped as reason:
        pytest.skip(str(reason))
    provider = Path("onnxruntime", "capi", "libonnxruntime_providers_cuda.so")
    files = [folder / way / provider for way in ("cpu-last", "gpu-last", "cpu-removed")]
    assert len({file.stat().st_ino for file in files}) == 1
