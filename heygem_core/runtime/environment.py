"""The environment that a process needs around importing onnxruntime, set where it still has an effect.

``LD_LIBRARY_PATH`` is read by the dynamic loader when a program starts and never again, so the parent sets it
for children that it spawns; within a running process only `heygem_core.runtime.libraries.preload` helps.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from heygem_core.runtime.libraries import nvidia_directories

TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Read by onnxruntime since 1.29: without it the import starts a thread, and forked children hang."""

BUILD_SERVICES = (
    "APPVEYOR",
    "BUILDKITE",
    "CI",
    "CIRCLECI",
    "CODEBUILD_BUILD_ID",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "TRAVIS",
)
"""Variables of build services that are named in onnxruntime 1.31.1. With CI=true its telemetry stays off: what it
breaks elsewhere does not show in such a run, so an experiment on it must remove them."""

LIBRARY_PATH = "LD_LIBRARY_PATH"


def prepare() -> None:
    """Make a later ``import onnxruntime`` in this process safe to fork; no effect after that import."""
    os.environ[TELEMETRY] = "1"


def library_path(directories: Sequence[Path], current: str | None = None) -> str:
    """Return ``current`` with ``directories`` in front, each once; the order of both is kept.

    Empty elements of ``current`` are dropped: the loader takes them for the working directory.
    """
    existing = (part for part in (current or "").split(":") if part)
    return ":".join(dict.fromkeys([*map(str, directories), *existing]))


def child_environment(
    base: Mapping[str, str] | None = None, directories: Sequence[Path] | None = None
) -> dict[str, str]:
    """Return the variables to add to a child's environment *before* the child starts.

    ``base`` is the environment that they are added to (default: this process's), ``directories`` the folders
    of CUDA libraries (default: those that pip installed). Without folders ``LD_LIBRARY_PATH`` is left alone.
    """
    base = os.environ if base is None else base
    folders = nvidia_directories() if directories is None else directories
    added = {TELEMETRY: "1"}
    if folders:
        added[LIBRARY_PATH] = library_path(folders, base.get(LIBRARY_PATH))
    return added
