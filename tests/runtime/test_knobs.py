"""Who asks for an environment variable, on libraries compiled here that do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from heygem_core.runtime import knobs

NAMES = ("HG_PLAIN", "HG_SECURE", "HG_PYTHON", "HG_NOBODY", "HG_PLAIN_TOO")

PROGRAM = """
import ctypes, os, sys
from heygem_core.runtime import knobs
knobs.watch_python()
ctypes.CDLL(sys.argv[1]).ask()
os.getenv("HG_PYTHON"); os.environ.get("HG_PYTHON"); "HG_PYTHON" in os.environ
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def asking(compile_library: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library that asks for one variable in its constructor and for another when called."""
    source = """
    #define _GNU_SOURCE
    #include <stdlib.h>
    char *first, *second;
    __attribute__((constructor)) void load(void) { first = getenv("HG_PLAIN"); }
    char *ask(void) { return second = secure_getenv("HG_SECURE"); }
    """
    return compile_library(tmp_path_factory.mktemp("asking") / "libasking.so", source)


def test_the_asking_library_is_named(asking: Path, tmp_path: Path) -> None:
    """getenv in a constructor, secure_getenv in a call and Python's own reads are told apart."""
    found = knobs.readers([sys.executable, "-c", PROGRAM, str(asking), "0"], NAMES, tmp_path)
    assert found == {
        "HG_PLAIN": ("libasking.so",),
        "HG_SECURE": ("libasking.so",),
        "HG_PYTHON": ("python:__main__",),
        "HG_NOBODY": (),
        "HG_PLAIN_TOO": (),
    }


def test_values_still_arrive(compile_library: Callable[..., Path], tmp_path: Path) -> None:
    """The interposed getenv gives the true value, and none for what is not set."""
    source = """
    #include <stdlib.h>
    #include <string.h>
    int check(void) { return !strcmp(getenv("HG_SET"), "a=b") && !getenv("HG_SE") && !getenv("HG_UNSET"); }
    """
    library = compile_library(tmp_path / "libcheck.so", source)
    program = f"import ctypes, sys; sys.exit(1 - ctypes.CDLL({str(library)!r}).check())"
    found = knobs.readers([sys.executable, "-c", program], ["HG_SET"], tmp_path, environment={"HG_SET": "a=b"})
    assert found == {"HG_SET": ("libcheck.so",)}


def test_children_are_watched_too(asking: Path, tmp_path: Path) -> None:
    """What a child process of the command asks for counts."""
    child = f"import ctypes; ctypes.CDLL({str(asking)!r})"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    found = knobs.readers([sys.executable, "-c", program], NAMES, tmp_path)
    assert found["HG_PLAIN"] == ("libasking.so",)


def test_a_failing_command_is_no_answer(asking: Path, tmp_path: Path) -> None:
    """A command that fails may not have got as far as asking, so it raises."""
    with pytest.raises(subprocess.CalledProcessError):
        knobs.readers([sys.executable, "-c", PROGRAM, str(asking), "3"], NAMES, tmp_path)


def test_without_a_compiler_there_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No compiler on PATH is FileNotFoundError that says what is missing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert knobs.compiler() is None
    with pytest.raises(FileNotFoundError, match="C compiler"):
        knobs.build(tmp_path)
