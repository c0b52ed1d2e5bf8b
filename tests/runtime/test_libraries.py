"""Finding CUDA libraries and asking the loader about them, on libraries compiled here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from heygem_core.runtime import elf, libraries, loading


def test_elf_says_what_a_library_needs(pair: tuple[Path, Path]) -> None:
    """NEEDED comes in the loader's order, SONAME as linked."""
    library, dependency = pair
    read = elf.read(library)
    assert read.needed[0] == dependency.name
    assert read.soname == library.name
    assert elf.read(dependency).soname == dependency.name


@pytest.mark.parametrize("content", [b"", b"no library", b"\x7fELF" + bytes(60)])
def test_elf_refuses_what_is_no_library(tmp_path: Path, content: bytes) -> None:
    """A file that is no dynamic ELF file is a ValueError that names it."""
    path = tmp_path / "x.so"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.so"):
        elf.read(path)


def test_the_loader_names_the_missing_library(pair: tuple[Path, Path]) -> None:
    """Without its folder on the path, the dependency is what the loader misses first."""
    library, dependency = pair
    report = loading.probe(library, exported={"LD_LIBRARY_PATH": ""})
    assert (report.first_missing, report.not_found) == (dependency.name, (dependency.name,))


def test_exported_helps_and_set_inside_does_not(pair: tuple[Path, Path]) -> None:
    """The loader reads LD_LIBRARY_PATH at program start only."""
    library, dependency = pair
    folder = {"LD_LIBRARY_PATH": str(dependency.parent)}
    assert loading.probe(library, exported=folder).error is None
    inside = loading.probe(library, exported={"LD_LIBRARY_PATH": ""}, set_inside=folder)
    assert inside.first_missing == dependency.name


def test_preloading_by_absolute_path_helps(pair: tuple[Path, Path]) -> None:
    """A library loaded by absolute path satisfies a later NEEDED of the same SONAME."""
    library, dependency = pair
    assert loading.probe(library, exported={"LD_LIBRARY_PATH": ""}, preload=[dependency]).error is None


def test_a_crash_while_loading_is_reported_by_signal_name(compile_library: Callable[..., Path], tmp_path: Path) -> None:
    """A library whose constructor crashes is reported as such instead of ending the caller."""
    source = "#include <signal.h>\n__attribute__((constructor)) void f(void) { raise(SIGSEGV); }"
    library = compile_library(tmp_path / "libcrash.so", source)
    report = loading.probe(library)
    assert report.error is not None
    assert "SIGSEGV" in report.error
    assert report.first_missing is None


def test_undefined_symbol_is_no_missing_library(compile_library: Callable[..., Path], tmp_path: Path) -> None:
    """A library that misses a function, not a file, is told apart."""
    source = "int absent(void); int here(void) { return absent(); } int (*p)(void) = absent;"
    library = compile_library(tmp_path / "libundefined.so", source)
    report = loading.probe(library)
    assert (report.first_missing, report.undefined_symbol) == (None, "absent")


@pytest.mark.parametrize("layout", ["nvidia/cublas/lib", "nvidia/cu13/lib"])
def test_both_layouts_of_pip_libraries_are_found(tmp_path: Path, layout: str) -> None:
    """Folders per package (CUDA 12) and one common folder (CUDA 13) are found, empty ones are not."""
    folder = tmp_path / layout
    folder.mkdir(parents=True)
    assert libraries.nvidia_directories([tmp_path]) == ()
    (folder / "libcublas.so.13").touch()
    assert libraries.nvidia_directories([tmp_path]) == (folder,)


def test_dependencies_are_loaded_first(compile_library: Callable[..., Path], tmp_path: Path) -> None:
    """Whatever the order of names, a library comes after what it needs, across folders."""
    build = compile_library
    base = build(tmp_path / "nvidia/a/lib/libbase.so.1", "int a(void){return 1;}")
    middle = build(tmp_path / "nvidia/b/lib/libmiddle.so.1", "int a(void);int b(void){return a();}", base)
    top = build(tmp_path / "nvidia/a/lib/libcudnn.so.9", "int b(void);int c(void){return b();}", middle)
    folders = libraries.nvidia_directories([tmp_path])
    assert libraries.dependency_order([top.name], folders) == [base, middle, top]
    code = (
        "import sys; from pathlib import Path; from heygem_core.runtime import libraries as l\n"
        f"f = l.nvidia_directories([Path({str(tmp_path)!r})]); print(l.load_absolute([{top.name!r}], f))"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert child.stdout.strip() == str((tuple(sorted(map(str, (base, middle, top)))), ()))


def test_preload_reaches_libraries_outside_onnxruntimes_own_folder(
    compile_library: Callable[..., Path], tmp_path: Path
) -> None:
    """A library on sys.path that preload_dlls does not look for is loaded; a session then misses the next one."""
    provider = libraries.provider_library()
    assert provider is not None
    missing = loading.probe(provider).first_missing
    if missing is None:
        pytest.skip("the CUDA libraries are installed here")
    stub = compile_library(tmp_path / "nvidia/cu13/lib" / missing, "")
    code = (
        "from heygem_core.runtime import environment, libraries, session, refusal, loading\n"
        "from heygem_core.casebook.probes import tiny_model\n"
        "environment.prepare()\n"
        "made = session.create_session(tiny_model.build(), 'auto', threads=1)\n"
        "print(*libraries.mapped(), loading.missing_library(made.log))"
    )
    path = os.pathsep.join([*sys.path, str(tmp_path)])
    child = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    loaded, then = child.stdout.split()
    assert loaded == str(stub)
    assert then != missing


def test_another_version_is_told_from_the_same_one(tmp_path: Path) -> None:
    """libcublas.so.12 beside a wanted libcublas.so.13 is another version; libcublas.so.13.1 is not."""
    for name in ("libcublas.so.12", "libcublas.so.13.1", "libcublasLt.so.12"):
        (tmp_path / name).touch()
    assert libraries.other_versions("libcublas.so.13", [tmp_path]) == (tmp_path / "libcublas.so.12",)


def test_the_provider_library_is_found_without_importing_onnxruntime() -> None:
    """Looking for the provider library loads nothing."""
    code = (
        "import sys; from heygem_core.runtime import libraries\n"
        "print(libraries.provider_library().name, 'onnxruntime' in sys.modules)"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert child.stdout.split() == [libraries.PROVIDER, "False"]
