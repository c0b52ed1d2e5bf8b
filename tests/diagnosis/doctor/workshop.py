"""Makes environments for real: interpreters of their own around real wheels, with FakeCuda where a GPU would be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from heygem_core.casebook import field_envs
from heygem_core.errors import CaseSkipped
from heygem_core.runtime import ort_envs
from heygem_core.runtime.libraries import PROVIDER
from tests.diagnosis.doctor import fake_cuda

NEWEST = "1.31.1"
_OURS = ("LD_LIBRARY_PATH", "LD_PRELOAD", "CUDA_VISIBLE_DEVICES", "PYTHONPATH", "ORT_DISABLE_TELEMETRY")


@dataclass(frozen=True)
class Built:
    """An interpreter, and the variables that it is started with."""

    python: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return this process's environment without what would act on the world, and with its own variables."""
        return {**{name: value for name, value in os.environ.items() if name not in _OURS}, **self.variables}


class Workshop:
    """Makes interpreters with given packages, and folders of FakeCuda; what is equal is made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def fresh(self, name: str) -> Path:
        """Return a new folder."""
        self._count += 1
        folder = self._folder / f"{self._count}-{name}"
        folder.mkdir(parents=True)
        return folder

    def interpreter(self, *packages: Path, python: str = sys.executable, **variables: str) -> Built:
        """Return a virtual environment of ``python`` that sees ``packages`` in this order, after its own."""
        folder = self.fresh("python")
        subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
        (site,) = folder.glob("lib/python3*/site-packages")
        (site / "world.pth").write_text("".join(f"{path}\n" for path in packages), encoding="utf-8")
        return Built(str(folder / "bin" / "python"), variables)

    def packages(self, version: str) -> Path:
        """Return the folder of the real onnxruntime-gpu ``version`` with its numpy."""
        try:
            return ort_envs.built()[version]
        except KeyError:
            pytest.skip(f"onnxruntime-gpu {version} is not built: nox -s ort_envs")

    def field(self, name: str) -> Path:
        """Return the folder of one of the environments from the field."""
        try:
            return field_envs.require(name)
        except CaseSkipped as missing:
            pytest.skip(str(missing))

    def copy(self, version: str, *without: str) -> Path:
        """Return a copy of `packages` in which files of the given names are missing; hard links where possible."""
        target = self.fresh("packages") / "packages"
        shutil.copytree(self.packages(version), target, copy_function=_link, ignore=shutil.ignore_patterns(*without))
        return target

    def cuda(self, version: str) -> Path:
        """Return the folder with FakeCuda for ``version``."""
        folder = self._folder / "cuda" / version
        if not folder.is_dir():
            fake_cuda.build(self.packages(version) / "onnxruntime" / "capi" / PROVIDER, folder)
        return folder

    def driver(self) -> Path:
        """Return the folder with FakeDriver and FakeNvml."""
        folder = self._folder / "driver"
        return folder if folder.is_dir() else fake_cuda.driver(folder)

    def site(self, built: Built) -> Path:
        """Return the site-packages of an interpreter."""
        (site,) = Path(built.python).parent.parent.glob("lib/python3*/site-packages")
        return site

    def working(self, version: str, **variables: str) -> Built:
        """Return an interpreter with all that ``version`` needs on its path: healthy, but for ``variables``."""
        return self.interpreter(
            self.packages(version), LD_LIBRARY_PATH=paths(self.cuda(version), self.driver()), **variables
        )


def paths(*folders: Path) -> str:
    """Return folders for LD_LIBRARY_PATH."""
    return ":".join(map(str, folders))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def python_38() -> str:
    """Return a Python 3.8; skips where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for path in [shutil.which("python3.8"), *sorted(map(str, pyenv.glob("versions/3.8.*/bin/python3.8")))]:
        if path and subprocess.run([path, "-V"], capture_output=True, timeout=30, check=False).returncode == 0:
            return path
    pytest.skip("there is no Python 3.8 on this machine")


def packages_38(version: str) -> Path:
    """Return the folder of onnxruntime-gpu ``version`` for Python 3.8, built by pip unless it is in the cache."""
    flags = ("--no-deps", "--no-compile", "--only-binary", ":all:", "--python-version", "3.8", "--target")
    names = (f"onnxruntime-gpu=={version}", "numpy==1.24.4")
    folder = ort_envs.folder(version).with_name(f"{version}-cp38")
    return ort_envs.complete(folder, lambda target: ort_envs.pip("install", *flags, str(target), *names))
