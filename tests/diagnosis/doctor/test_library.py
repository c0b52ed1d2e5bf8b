"""`doctor --library`: which dependency of which library is not found, and where it lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.diagnosis.doctor.library import DEBIAN, of_library
from heygem_core.errors import Cause, NotExaminable
from tests.diagnosis.doctor import fake_cuda
from tests.diagnosis.doctor.workshop import Workshop

SECONDS = 60.0


def compiled(path: Path, source: str, *linked: Path, flags: tuple[str, ...] = ()) -> Path:
    """Compile ``source`` into the library ``path``, linked against others."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) on this machine")
    path.parent.mkdir(parents=True, exist_ok=True)
    links = [word for other in linked for word in (f"-L{other.parent}", f"-l:{other.name}")]
    # A linker must not ask for what a library needs in turn: that is what is tried here.
    command = [compiler, "-shared", "-fPIC", "-Wl,--allow-shlib-undefined", f"-Wl,-soname,{path.name}", "-o", str(path)]
    command += ["-x", "c", "-", "-x", "none", *links, *flags]
    subprocess.run(command, input=source, text=True, check=True, timeout=60)
    return path


def test_a_dependency_of_a_dependency_is_named_with_who_needs_it(tmp_path: Path) -> None:
    """The middle library is found by RUNPATH, the last one lies beside the module and is not looked for there."""
    last = compiled(tmp_path / "libhglast.so.1", "int hg_last(void) { return 1; }")
    middle = compiled(
        tmp_path / "found" / "libhgmiddle.so.1", "int hg_last(void); int hg_mid(void) { return hg_last(); }", last
    )
    source = "int hg_mid(void); int hg_top(void) { return hg_mid(); }"
    # New dynamic tags: RUNPATH counts for this library only, not for what its dependencies need.
    flags = ("-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/found")
    module = compiled(tmp_path / "service.so", source, middle, flags=flags)
    report = of_library(sys.executable, module, SECONDS)
    (finding,) = report.diagnosis.findings
    assert (finding.cause, finding.culprit) == (Cause.OTHER, "libhglast.so.1")
    assert finding.evidence[0].en.startswith("libhglast.so.1, needed by libhgmiddle.so.1, is not found")
    assert f"LD_LIBRARY_PATH={tmp_path}" in finding.advice().en
    assert report.data["resolved"]["libhgmiddle.so.1"] == str(middle)
    assert report.data["missing"] == [
        {"name": "libhglast.so.1", "needed_by": ["libhgmiddle.so.1"], "found_in": [str(last)]}
    ]


def test_an_interpreter_finds_what_its_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the folder on LD_LIBRARY_PATH nothing is missing."""
    last = compiled(tmp_path / "hidden" / "libhglast.so.1", "int hg_last(void) { return 1; }")
    module = compiled(tmp_path / "service.so", "int hg_last(void); int hg(void) { return hg_last(); }", last)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(last.parent))
    assert of_library(sys.executable, module, SECONDS).diagnosis.findings == ()


def test_a_known_system_library_is_named_by_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What OpenCV misses in a slim container comes with the command that installs it."""
    name = "libhgabsent.so.1"
    monkeypatch.setitem(DEBIAN, name, "libhgabsent1")
    fake = compiled(tmp_path / "away" / name, "int hg_gl(void) { return 1; }")
    module = compiled(tmp_path / "cv2.so", "int hg_gl(void); int hg(void) { return hg_gl(); }", fake)
    shutil.rmtree(fake.parent)
    (finding,) = of_library(sys.executable, module, SECONDS).diagnosis.findings
    assert finding.culprit == name
    assert f"apt-get install {DEBIAN[name]}" in finding.advice().en


def test_a_cuda_library_is_that_cause(tmp_path: Path, workshop: Workshop) -> None:
    """A module of the service that needs CUDA gets the cause of the GPU's libraries, and what to install."""
    folder = fake_cuda.empty(workshop.fresh("cuda"), "libcudnn.so.8")
    module = compiled(
        tmp_path / "net.so",
        "int hg(void) { return 1; }",
        flags=(f"-L{folder}", "-Wl,--no-as-needed", "-l:libcudnn.so.8"),
    )
    (finding,) = of_library(sys.executable, module, SECONDS).diagnosis.findings
    assert (finding.cause, finding.culprit) == (Cause.MISSING_CUDA_LIBRARY, "libcudnn.so.8")
    assert "pip install" in finding.advice().en


def test_a_module_for_another_python_is_told(tmp_path: Path) -> None:
    """All libraries are there, its symbols are not: the tag in its name says why."""
    source = "int PyOfAnotherVersion(void); int (*p)(void) = PyOfAnotherVersion;"
    module = compiled(tmp_path / "trans.cpython-36m-x86_64-linux-gnu.so", source)
    (finding,) = of_library(sys.executable, module, SECONDS).diagnosis.findings
    assert "is compiled for Python 3.6" in finding.evidence[0].en
    plain = compiled(tmp_path / "trans.so", source)
    (finding,) = of_library(sys.executable, plain, SECONDS).diagnosis.findings
    assert finding.culprit == "PyOfAnotherVersion"


def test_a_real_module_has_no_finding() -> None:
    """numpy's own compiled module is found complete, with where each library comes from."""
    import numpy

    (module,) = Path(numpy.__file__).parent.glob("_core/_multiarray_umath.*.so")
    report = of_library(sys.executable, module, SECONDS)
    assert report.diagnosis.findings == ()
    assert report.data["missing"] == []
    assert "libc.so.6" in report.data["resolved"]


@pytest.mark.parametrize("content", [b"", b"no library"])
def test_what_is_no_library_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    """It names the file."""
    path = tmp_path / "x.so"
    path.write_bytes(content)
    with pytest.raises(NotExaminable, match=r"x\.so"):
        of_library(sys.executable, path, SECONDS)


def test_a_path_that_the_loader_cannot_take_is_told(tmp_path: Path) -> None:
    """LD_PRELOAD is split at spaces."""
    path = tmp_path / "a b" / "x.so"
    with pytest.raises(NotExaminable, match="space"):
        of_library(sys.executable, path, SECONDS)
