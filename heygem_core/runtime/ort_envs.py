"""Folders with one onnxruntime-gpu version each, built by pip and kept in the cache.

A folder is used as the *only* one on the path (``python -S`` with PYTHONPATH): two onnxruntime packages never meet.
Measured on 2 cores, six versions: 42 s and 3.4 GB, nearly all of it the wheels themselves.
``python -m heygem_core.runtime.ort_envs build all`` builds what is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from heygem_core.runtime.cache import cache_dir

_BUILD_S = 600.0
_DONE = "complete"


@dataclass(frozen=True)
class Pin:
    """One onnxruntime-gpu version with the numpy that it runs with, and the CPython versions that have wheels."""

    version: str
    numpy: str
    python: tuple[int, int]
    """Oldest and newest minor version of Python 3."""


_NUMPY_1 = "1.26.4"
_NUMPY_2 = "2.3.5"
PINS = (
    Pin("1.16.3", _NUMPY_1, (9, 11)),
    Pin("1.18.1", _NUMPY_1, (9, 12)),
    Pin("1.20.2", _NUMPY_2, (11, 13)),
    Pin("1.23.2", _NUMPY_2, (11, 13)),
    Pin("1.26.0", _NUMPY_2, (11, 14)),
    Pin("1.31.1", _NUMPY_2, (11, 14)),
)
"""From the oldest that the reports name to the newest: CUDA 11, 12 and 13 (PyPI metadata, readelf)."""


def for_this_python() -> tuple[Pin, ...]:
    """Return the pins that have wheels for the running Python."""
    minor = sys.version_info.minor
    return tuple(pin for pin in PINS if pin.python[0] <= minor <= pin.python[1])


def folder(version: str, root: Path | None = None) -> Path:
    """Return where the environment of ``version`` for this Python is, or would be."""
    python = f"cp3{sys.version_info.minor}"
    return (cache_dir() if root is None else root) / "onnxruntime" / f"{version}-{python}"


def built(root: Path | None = None) -> dict[str, Path]:
    """Return version -> folder of the environments that are there, oldest version first."""
    folders = {pin.version: folder(pin.version, root) for pin in for_this_python()}
    return {version: path for version, path in folders.items() if is_complete(path)}


def build(version: str, root: Path | None = None) -> Path:
    """Build the environment of ``version`` unless it is there, and return its folder.

    It appears complete or not at all. Raises ValueError for a version that is not among the pins of this Python,
    and subprocess.CalledProcessError, with pip's last words as a note, when pip fails.
    """
    pins = {pin.version: pin for pin in for_this_python()}
    if version not in pins:
        raise ValueError(f"onnxruntime-gpu {version!r} has no pin for this Python, allowed are {', '.join(pins)}")
    requirements = (f"onnxruntime-gpu=={version}", f"numpy=={pins[version].numpy}")
    return complete(folder(version, root), lambda temporary: install(temporary, *requirements))


def complete(target: Path, fill: Callable[[Path], None]) -> Path:
    """Return ``target``, filled by ``fill`` unless it is there; it appears complete or not at all."""
    if is_complete(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fill(temporary)
        (temporary / _DONE).touch()
        _move(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def is_complete(target: Path) -> bool:
    """Tell whether `complete` has finished ``target``."""
    return (target / _DONE).exists()


def _move(temporary: Path, target: Path) -> None:
    try:
        temporary.rename(target)
    except OSError:
        # Somebody else was faster; theirs is complete, since it got its name only then.
        if not is_complete(target):
            raise


def install(target: Path, *requirements: str, python: str | None = None) -> None:
    """Install wheels into the folder ``target``, for the interpreter ``python`` if not this one; raises as `pip`."""
    flags = [] if python is None else ["--python", python]
    # Neither numpy nor onnxruntime itself needs the other dependencies to create and run a session.
    flags += ["install", "--no-deps", "--no-compile", "--only-binary", ":all:", "--target", str(target)]
    pip(*flags, *requirements)


def pip(*arguments: str) -> None:
    """Run pip; raises subprocess.CalledProcessError, with pip's last words as a note."""
    command = [sys.executable, "-m", "pip", "--quiet", "--no-cache-dir", "--disable-pip-version-check", *arguments]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_BUILD_S)
    except subprocess.CalledProcessError as error:
        error.add_note(f"pip said: {error.stderr.strip()[-500:]}")
        raise


def main(arguments: Sequence[str]) -> int:
    """Do ``build all`` or ``build VERSION...``, print a line for each; return the exit code."""
    pins = {pin.version: pin for pin in for_this_python()}
    command, *versions = arguments or [""]
    wanted = list(pins) if versions == ["all"] else versions
    if command != "build" or not versions or not set(wanted) <= set(pins):
        print(f"usage: ort_envs build all|VERSION..., of {', '.join(pins)}", file=sys.stderr)  # noqa: T201
        return 2
    for name in wanted:
        began = time.monotonic()
        path = build(name)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        line = f"onnxruntime-gpu {name}: {time.monotonic() - began:.1f} s, {size / 1e6:.0f} MB"
        print(line, flush=True)  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
