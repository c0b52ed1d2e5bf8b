"""Where the CUDA libraries that pip installs are, and getting them loaded by absolute path.

pip's ``nvidia-*`` packages put them below site-packages, in ``nvidia/<package>/lib`` up to CUDA 12 and in
``nvidia/cu13/lib`` from CUDA 13. No onnxruntime provider library carries an RPATH to them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import io
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from heygem_core.runtime import elf

PROVIDER = "libonnxruntime_providers_cuda.so"

LAZY = ("libcudnn", "libcufft", "libnvrtc")
"""Not NEEDED by the provider library from onnxruntime 1.29 on, opened by name at the first convolution."""


@dataclass(frozen=True)
class Preloaded:
    """What a preload really brought into this process."""

    method: str
    """``preload_dlls`` (onnxruntime's own) or ``absolute-path``."""
    loaded: tuple[str, ...]
    """Paths of CUDA libraries mapped into this process afterwards, sorted."""
    messages: tuple[str, ...]
    """What could not be loaded, one line each, as the loader said it."""


def nvidia_directories(roots: Iterable[Path] | None = None) -> tuple[Path, ...]:
    """Return the folders of pip-installed CUDA libraries below ``roots`` (default: ``sys.path``), sorted."""
    if roots is None:
        roots = (Path(entry) for entry in sys.path if entry)
    found = {folder for root in roots for folder in root.glob("nvidia/*/lib") if any(folder.glob("*.so*"))}
    return tuple(sorted(found))


def provider_library() -> Path | None:
    """Return the CUDA provider library of the installed onnxruntime, without importing it.

    None when onnxruntime is not installed or its wheel is the CPU-only one.
    """
    spec = importlib.util.find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "capi" / PROVIDER
    return path if path.is_file() else None


def mapped(directories: Sequence[Path] | None = None) -> tuple[str, ...]:
    """Return the paths of the libraries of ``directories`` that are mapped into this process, sorted."""
    folders = {str(folder.resolve()) for folder in (nvidia_directories() if directories is None else directories)}
    return tuple(path for path in mapped_files() if str(Path(path).parent) in folders)


def mapped_files(name: str = "") -> tuple[str, ...]:
    """Return the paths of all files that are mapped into this process and whose names begin with ``name``, sorted."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = {line.split(maxsplit=5)[5] for line in lines if line.count("/") > 1}
    return tuple(sorted(path for path in paths if Path(path).name.startswith(name)))


def preload(directories: Sequence[Path] | None = None) -> Preloaded:
    """Load the CUDA libraries that onnxruntime's provider needs into this process, before any session.

    ``onnxruntime.preload_dlls``, where there is one (1.21 and later), looks beside its own package and in the
    default paths. What the provider needs and that did not find is loaded by absolute path out of
    ``directories`` (default: `nvidia_directories`), dependencies first. What could not be loaded is in
    ``messages``; whether it mattered shows in the provider that a session applied.
    """
    import onnxruntime

    folders = nvidia_directories() if directories is None else tuple(directories)
    library = provider_library()
    wanted = elf.read(library).needed if library is not None else ()
    own = getattr(onnxruntime, "preload_dlls", None)
    if own is None:
        return Preloaded("absolute-path", *load_absolute((*wanted, *_lazy(folders)), folders))
    said = io.StringIO()
    with contextlib.redirect_stdout(said), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        own()
    messages = [*said.getvalue().splitlines(), *(str(warning.message) for warning in warned)]
    there, failures = load_absolute(wanted, folders)
    return Preloaded("preload_dlls", there, (*(line for line in messages if line), *failures))


def load_absolute(wanted: Sequence[str], folders: Sequence[Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Load ``wanted`` out of ``folders``; return what is mapped afterwards, and what failed."""
    failures = []
    for path in dependency_order(wanted, folders):
        try:
            # RTLD_LOCAL suffices: the loader matches what is NEEDED by SONAME, whatever the scope.
            ctypes.CDLL(str(path))
        except OSError as error:
            failures.append(str(error))
    return mapped(folders), tuple(failures)


def dependency_order(wanted: Sequence[str], folders: Sequence[Path]) -> list[Path]:
    """Return the files in ``folders`` behind ``wanted``, each after everything that it needs."""
    available = {path.name: path for folder in folders for path in sorted(folder.glob("*.so*"))}
    ordered: dict[str, Path] = {}

    def visit(name: str, parents: frozenset[str]) -> None:
        if name in available and name not in ordered and name not in parents:
            for below in elf.read(available[name]).needed:
                visit(below, parents | {name})
            ordered[name] = available[name]

    for name in wanted:
        visit(name, frozenset())
    return list(ordered.values())


def _lazy(folders: Sequence[Path]) -> Iterator[str]:
    return (path.name for folder in folders for path in sorted(folder.glob("*.so*")) if path.name.startswith(LAZY))


def other_versions(name: str, folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return libraries in ``folders`` that are ``name`` in another version, such as ``libcublas.so.12``."""
    stem = name.split(".so", maxsplit=1)[0]
    found = (path for folder in folders for path in folder.glob(f"{stem}.so.*") if path.name != name)
    # libcublas.so.13.1.0 beside the link libcublas.so.13 is the same version.
    return tuple(sorted(path for path in found if not path.name.startswith(f"{name}.")))
