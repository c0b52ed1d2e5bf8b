"""One environment per onnxruntime version, built once, in the cache that the cases use too; and what each one is.

An environment is a folder with one onnxruntime and its numpy, on the path of an interpreter that has wheels for it. Two
onnxruntime packages never meet in one. Its independent second build is installed from the registry a second time.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heygem_core.bench import cuda
from heygem_core.bench.schema import Environment
from heygem_core.bench.session import REBUILT
from heygem_core.bench.twin import START_S, Launch, Twin
from heygem_core.errors import ArmFailed
from heygem_core.runtime import ort_envs
from heygem_core.runtime.cache import cache_dir

_NUMPY_2 = (1, 19)
"""First version whose wheels were built against numpy 2 (release notes of onnxruntime 1.19)."""
_OLDEST_MINOR = 9
"""Of Python 3, for what runs inside an environment."""
_WHEEL = "wheel.json"
_VERSION = re.compile(r"\d+\.\d+[\w.]*")


@dataclass(frozen=True)
class Spec:
    """What somebody asked for: ``1.20.2`` is onnxruntime-gpu, ``onnxruntime==1.32.0`` is that package."""

    package: str
    version: str
    build: int = 1

    @property
    def arm(self) -> str:
        """Return the arm's name."""
        name = self.version if self.package == "onnxruntime-gpu" else f"{self.package}=={self.version}"
        return name + (REBUILT if self.build == 2 else "")

    @property
    def requirement(self) -> str:
        """Return pip's word for it."""
        return f"{self.package}=={self.version}"


def parse(arm: str) -> Spec:
    """Return the spec of an arm's name; raises ValueError for what is no version."""
    text, build = (arm.removesuffix(REBUILT), 2) if arm.endswith(REBUILT) else (arm, 1)
    package, _, version = text.rpartition("==")
    package = package or "onnxruntime-gpu"
    if package not in {"onnxruntime", "onnxruntime-gpu"} or not _VERSION.fullmatch(version):
        raise ValueError(f"{arm!r} is no onnxruntime version, allowed are 1.20.2 and onnxruntime==1.20.2")
    return Spec(package, version, build)


def environment(arm: str, models: Mapping[str, Path], provider: str) -> Environment:
    """Return the environment of ``arm``, built if need be, with where it runs the nodes of ``models``, by name.

    Raises `ArmFailed`; a version that was asked for CUDA and runs on the CPU has failed.
    """
    try:
        spec = parse(arm)
        python, path = built(spec)
        libraries = cuda.folder(path, python) if provider == "cuda" else None
    except (ValueError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        notes = " ".join(getattr(error, "__notes__", ()))
        raise ArmFailed(arm, " ".join(f"it could not be built: {error} {notes}".split())) from error
    folders = () if libraries is None else cuda.directories(libraries)
    found = Environment(
        arm=arm,
        package=spec.package,
        version=spec.version,
        build=spec.build,
        path=str(path),
        python=python,
        python_version="",
        wheel_sha256=_wheel_sha256(spec, path, python),
        freeze=(),
        build_info="",
        providers=(),
        cuda=cuda.found(path, folders),
        variables=cuda.variables(folders),
    )
    for name, model in models.items():
        found = _described(found, name, ask(found, model, provider))
    return found


def _described(found: Environment, model: str, told: Mapping[str, Any]) -> Environment:
    nodes = {f"{model} {provider}": count for provider, count in told["nodes"].items()}
    return replace(
        found,
        version=told["version"],
        python_version=told["python_version"],
        freeze=tuple(told["freeze"]),
        build_info=told["build_info"],
        providers=tuple(told["providers"]),
        nodes={**found.nodes, **nodes},
    )


def ask(found: Environment, model: Path, provider: str) -> dict[str, Any]:
    """Return what the environment answers about itself and ``model``, see `arm.describe`; raises `ArmFailed`."""
    with Twin(launch(found)) as twin:
        told = twin.ask("describe", deadline_s=START_S, model=str(model), provider=provider)
        twin.quit()
    return told


def launch(found: Environment) -> Launch:
    """Return how to start a process of an environment."""
    return Launch(found.arm, found.python, [found.path], found.variables)


def built(spec: Spec) -> tuple[str, Path]:
    """Return interpreter and folder; of all interpreters here, this one first, one for which there is a wheel."""
    failed: subprocess.CalledProcessError | None = None
    for python, minor in _interpreters(spec):
        target = _folder(spec, minor)
        own = spec.build == 1 and python == sys.executable and spec.package == "onnxruntime-gpu"
        try:
            if own and spec.version in {pin.version for pin in ort_envs.for_this_python()}:
                return python, ort_envs.build(spec.version)
            return python, ort_envs.complete(target, _filled(spec, python, minor))
        except subprocess.CalledProcessError as error:
            if "No matching distribution" not in " ".join(getattr(error, "__notes__", ())):
                raise
            failed = failed or error
    if failed is None:
        raise ValueError("there is no Python here that it could run on")
    raise failed


def _interpreters(spec: Spec) -> list[tuple[str, int]]:
    """Return interpreters with their minor versions: where it is built already first, then this one, then others."""
    minor = sys.version_info.minor
    if ort_envs.is_complete(_folder(spec, minor)):
        return [(sys.executable, minor)]
    others = _others()
    others.pop(minor, None)
    nearest = sorted(others, key=lambda other: abs(other - minor))
    here = [(sys.executable, minor), *((others[other], other) for other in nearest)]
    return sorted(here, key=lambda one: not ort_envs.is_complete(_folder(spec, one[1])))


def _others() -> dict[int, str]:
    """Return the interpreters here by minor version, none without findpython (the extra ``bench``)."""
    if importlib.util.find_spec("findpython") is None:
        return {}
    import findpython

    found: dict[int, str] = {}
    for one in findpython.find_all():
        if one.version.major == 3 and one.version.minor >= _OLDEST_MINOR and one.implementation == "cpython":
            found.setdefault(one.version.minor, str(one.executable))
    return found


def _folder(spec: Spec, minor: int) -> Path:
    """Return the folder; a first build of onnxruntime-gpu is the one that the cases use."""
    name = spec.version if spec.package == "onnxruntime-gpu" else f"{spec.package}-{spec.version}"
    return cache_dir() / "onnxruntime" / f"{name}-cp3{minor}{REBUILT if spec.build == 2 else ''}"


def _filled(spec: Spec, python: str, minor: int) -> Any:
    pins = {pin.version: pin.numpy for pin in ort_envs.PINS}
    old = tuple(map(int, spec.version.split(".")[:2])) < _NUMPY_2
    unpinned = "numpy<2" if old else "numpy>=2" if minor >= 11 else "numpy"
    numpy = f"numpy=={pins[spec.version]}" if spec.version in pins and minor >= 11 else unpinned

    def fill(target: Path) -> None:
        ort_envs.install(target, spec.requirement, numpy, python=None if python == sys.executable else python)

    return fill


def _wheel_sha256(spec: Spec, path: Path, python: str) -> str:
    """Return the wheel's hash as the registry has it, remembered in the environment; "" where it cannot be asked."""
    known = path / _WHEEL
    if known.exists():
        return str(json.loads(known.read_text(encoding="utf-8"))["sha256"])
    with tempfile.TemporaryDirectory(prefix="heygem-wheel-") as scratch:
        report = Path(scratch) / "report.json"
        flags = ["--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", "--report", str(report)]
        try:
            ort_envs.pip("--python", python, "install", *flags, "--target", scratch, spec.requirement)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return ""
        told = json.loads(report.read_text(encoding="utf-8"))
    sha256 = str(told["install"][0]["download_info"]["archive_info"]["hashes"]["sha256"])
    known.write_text(json.dumps({"sha256": sha256}), encoding="utf-8")
    return sha256
