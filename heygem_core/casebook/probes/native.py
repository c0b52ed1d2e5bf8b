"""Shared libraries compiled for an experiment: one with a hidden dependency, and empty ones with a given name."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from heygem_core.errors import CaseSkipped
from heygem_core.runtime import elf, knobs

_DEPENDENCY = "libhgdependency.so.1"
_LIBRARY = "libhgservice.so.1"


def compile_library(path: Path, source: str, *, linked: Sequence[Path] = (), versions: Sequence[str] = ()) -> Path:
    """Compile C ``source`` to ``path``, its SONAME being the file's name; symbols get the first of ``versions``.

    Raises `CaseSkipped` when there is no C compiler.
    """
    compiler = knobs.compiler()
    if compiler is None:
        raise CaseSkipped(
            "there is no C compiler (cc, gcc or clang) on PATH", "PATH 中没有 C 编译器（cc、gcc 或 clang）"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-shared", "-fPIC", f"-Wl,-soname,{path.name}", "-o", str(path), "-x", "c", "-"]
    if versions:
        script = path.with_name(f"{path.name}.map")
        script.write_text("".join(f"{version} {{ }};\n" for version in versions))
        command.append(f"-Wl,--version-script,{script}")
    links = [argument for other in linked for argument in (f"-L{other.parent}", f"-l:{other.name}")]
    subprocess.run([*command, "-x", "none", *links], input=source, text=True, check=True, timeout=60)
    return path


def pair(folder: Path) -> tuple[Path, Path]:
    """Return (library, dependency): the first needs the second, which lies outside every default path."""
    dependency = compile_library(folder / "hidden" / _DEPENDENCY, "int hg_depth(void) { return 41; }")
    source = "int hg_depth(void); int hg_answer(void) { return hg_depth() + 1; }"
    return compile_library(folder / _LIBRARY, source, linked=[dependency]), dependency


def stub(folder: Path, name: str, wanted_by: Path) -> Path:
    """Return a library called ``name`` without a single function, with the versions that ``wanted_by`` asks of it.

    To the loader it is that library until it looks for symbols: it shows which name comes next, no more.
    """
    versions = dict(elf.read(wanted_by).versions).get(name, ())
    return compile_library(folder / name, "", versions=versions)
