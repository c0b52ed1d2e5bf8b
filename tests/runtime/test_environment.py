"""What children of this process get to see."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heygem_core.runtime import environment


def test_folders_come_first_once_and_in_order() -> None:
    """New folders precede the existing ones, none repeats, and the empty element goes."""
    joined = environment.library_path([Path("/b"), Path("/a")], "/x::/a:/y:")
    assert joined == "/b:/a:/x:/y"


def test_library_path_without_anything_is_empty() -> None:
    """No folders and no existing value give an empty string, not a separator."""
    assert environment.library_path([], None) == ""


def test_a_child_gets_the_cuda_folders_in_front_of_its_own() -> None:
    """The folders go in front of the base environment's LD_LIBRARY_PATH and telemetry is off."""
    added = environment.child_environment({"LD_LIBRARY_PATH": "/mine"}, [Path("/cuda")])
    assert added == {"ORT_DISABLE_TELEMETRY": "1", "LD_LIBRARY_PATH": "/cuda:/mine"}


def test_without_cuda_folders_the_library_path_is_left_alone() -> None:
    """A machine without pip's CUDA libraries keeps the LD_LIBRARY_PATH that it has."""
    assert environment.child_environment({"LD_LIBRARY_PATH": "/mine"}, []) == {"ORT_DISABLE_TELEMETRY": "1"}


def test_prepare_switches_telemetry_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """`prepare` sets the variable even over another value: the thread makes forked children hang."""
    monkeypatch.setenv(environment.TELEMETRY, "0")
    environment.prepare()
    assert os.environ[environment.TELEMETRY] == "1"
