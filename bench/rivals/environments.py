"""A virtual environment per peer, built once and kept in the cache; the comparison's own packages lie beside it.

What the stages need (numpy, av, onnxruntime ...) is read from the environment that runs the comparison, so that every
peer has the very same; what the peer brings itself comes first.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from heygem_core.bench.twin import ROOT
from heygem_core.runtime import ort_envs
from heygem_core.runtime.cache import cache_dir

REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "faster-fifo": ("faster-fifo==1.5.2",),
    "zeromq": ("pyzmq==27.3.0",),
    "loky": ("joblib==1.6.0", "loky==3.7.0"),
    "ray": ("ray[data]==2.60.0",),
}
_BESIDE = "HEYGEM_PEER_BESIDE"
_HOOK = f"import os, sys; sys.path.extend(p for p in os.environ.get('{_BESIDE}', '').split(os.pathsep) if p)\n"
_WORDS = 300


def python(name: str) -> tuple[str, dict[str, str]]:
    """Return the interpreter of peer ``name`` and what its environment variables add, built if need be.

    Raises RuntimeError, with the reason, where it cannot be had here. A peer without requirements of its own runs in
    this environment; "torch" too, since the project's own cases need it there.
    """
    variables = {"PYTHONPATH": str(ROOT), "ORT_DISABLE_TELEMETRY": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    if name == "torch" and importlib.util.find_spec("torch") is None:
        raise RuntimeError("torch is not installed beside the package")
    if name not in REQUIREMENTS:
        return sys.executable, variables
    target = cache_dir() / "peers" / f"{name}-{_key(name)}-cp3{sys.version_info.minor}"
    try:
        ort_envs.complete(target, lambda into: _fill(into, REQUIREMENTS[name]))
    except subprocess.CalledProcessError as error:
        notes = " ".join(getattr(error, "__notes__", []))
        raise RuntimeError(f"could not be installed: {' '.join(notes.split())[-_WORDS:] or error}") from error
    # All of them: an environment may itself have others beside it.
    variables[_BESIDE] = os.pathsep.join(path for path in sys.path if Path(path).name == "site-packages")
    return str(target / "bin" / "python"), variables


def _key(name: str) -> str:
    return "-".join(requirement.partition("==")[2] for requirement in REQUIREMENTS[name])


def _fill(into: Path, requirements: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(into)], check=True, capture_output=True)
    constraint = into / "constraint.txt"
    constraint.write_text(f"numpy=={version('numpy')}\n", encoding="utf-8")
    target = into / "bin" / "python"
    ort_envs.pip("--python", str(target), "install", "--no-compile", "-c", str(constraint), *requirements)
    packages = next((into / "lib").glob("python*/site-packages"))
    (packages / "beside.pth").write_text(_HOOK, encoding="utf-8")
