"""Folders of packages that cases from the field need beside the installed ones, built by pip, kept in the cache.

``python -m heygem_core.casebook.field_envs`` builds what is missing. Measured on 2 cores: 20 s and 0.6 GB, of which
the two packages that overwrite each other's files take 0.45 GB.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from heygem_core.errors import CaseSkipped
from heygem_core.runtime import ort_envs
from heygem_core.runtime.cache import cache_dir

BEFORE_TELEMETRY = "onnxruntime-1.28.0"
"""The last version whose import starts no thread on Linux."""
GUNICORN = "gunicorn-27.0.1"
CONFLICT = "conflict-1.31.1"
"""Folders "cpu-last", "gpu-last" and "cpu-removed": site-packages after both packages; and "numpy"."""

_NUMPY = "numpy==2.3.5"
_CPU, _GPU = "onnxruntime==1.31.1", "onnxruntime-gpu==1.31.1"
_LARGE = 1 << 20


def folder(name: str) -> Path:
    """Return where the environment ``name`` for this Python is, or would be."""
    return cache_dir() / "field" / f"{name}-cp3{sys.version_info.minor}"


def require(name: str) -> Path:
    """Return the folder of ``name``; raises `CaseSkipped` saying how to build it."""
    path = folder(name)
    if not ort_envs.is_complete(path):
        raise CaseSkipped(
            f"the environment {name} is not built: nox -s ort_envs", f"环境 {name} 尚未构建：nox -s ort_envs"
        )
    return path


def build(name: str) -> Path:
    """Build the environment ``name`` unless it is there; raises subprocess.CalledProcessError when pip fails."""
    return ort_envs.complete(folder(name), _RECIPES[name])


def _before_telemetry(target: Path) -> None:
    ort_envs.install(target, "onnxruntime==1.28.0", _NUMPY)


def _gunicorn(target: Path) -> None:
    ort_envs.install(target, "gunicorn==27.0.1", "packaging==25.0")


def _conflict(target: Path) -> None:
    """Install both packages into real environments, in both orders, and remove the first again in a third."""
    ort_envs.install(target / "numpy", _NUMPY)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        wheels, scratch = Path(name) / "wheels", Path(name)
        ort_envs.pip("download", "--no-deps", "--only-binary", ":all:", "--dest", str(wheels), _CPU, _GPU)
        cpu_last = _environment(scratch / "cpu-last", wheels, _GPU, _CPU)
        _keep(cpu_last, target / "cpu-last")
        ort_envs.pip("--python", _interpreter(scratch / "cpu-last"), "uninstall", "--yes", "onnxruntime")
        _keep(cpu_last, target / "cpu-removed")
        _keep(_environment(scratch / "gpu-last", wheels, _CPU, _GPU), target / "gpu-last")
    _share(target / "cpu-last", target / "gpu-last")


def _environment(path: Path, wheels: Path, *requirements: str) -> Path:
    """Make a virtual environment, install one requirement after the other, return its site-packages."""
    venv.create(path, symlinks=True)
    for requirement in requirements:
        flags = ("--no-deps", "--no-compile", "--no-index", "--find-links", str(wheels))
        ort_envs.pip("--python", _interpreter(path), "install", *flags, requirement)
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(path), "platbase": str(path)}))


def _interpreter(path: Path) -> str:
    return str(path / "bin" / "python")


def _keep(packages: Path, target: Path) -> None:
    shutil.copytree(packages, target, copy_function=os.link)


def _share(kept: Path, other: Path) -> None:
    """Replace large files of ``other`` that are in ``kept`` too by links to them."""
    for file in [path for path in other.rglob("*") if path.is_file() and path.stat().st_size > _LARGE]:
        same = kept / file.relative_to(other)
        if same.exists() and filecmp.cmp(file, same, shallow=False):
            file.unlink()
            file.hardlink_to(same)


_RECIPES: dict[str, Callable[[Path], None]] = {
    BEFORE_TELEMETRY: _before_telemetry,
    GUNICORN: _gunicorn,
    CONFLICT: _conflict,
}


def main() -> None:
    """Build every environment that is missing, print a line for each."""
    for name in _RECIPES:
        began = time.monotonic()
        build(name)
        print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
