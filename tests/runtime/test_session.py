"""Sessions run where they were asked to run, or say why not; on the real onnxruntime-gpu wheel."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from heygem_core.errors import BadModel, Cause, ProviderNotApplied
from heygem_core.runtime import libraries, loading, nvml, refusal, session, stderr


@pytest.fixture(scope="module")
def missing() -> str:
    """Return what the loader misses first of the CUDA provider; skips where it misses nothing."""
    library = libraries.provider_library()
    assert library is not None, "onnxruntime-gpu is a dependency of the package"
    name = loading.probe(library).first_missing
    if name is None or nvml.available() is None:
        pytest.skip("the CUDA libraries are installed here, so nothing falls back")
    return name


def test_the_cpu_runs_without_a_word(model: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Asking for the CPU gives the CPU, no warning, and computes."""
    made = session.create_session(model, "cpu", threads=1)
    (result,) = made.session.run(None, {"x": np.arange(4, dtype=np.float32)})
    assert result.tolist() == [0, 2, 4, 6]
    assert (made.requested, made.applied, made.warning) == ("cpu", session.CPU, None)
    assert capfd.readouterr().err == ""


def test_auto_warns_once_and_keeps_the_evidence(model: bytes, missing: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Under auto the CPU is taken with one warning naming the library; the log is kept, not printed."""
    made = session.create_session(model, "auto", threads=1)
    assert made.applied == session.CPU == made.session.get_providers()[0]
    assert made.warning is not None
    assert missing in made.warning
    assert "\n" not in made.warning
    assert missing in made.log
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.parametrize("strict", [False, True])
def test_cuda_without_its_libraries_raises(model: bytes, missing: str, strict: bool) -> None:
    """Asking for CUDA and not getting it is an error that names the first missing library, strict or not."""
    with pytest.raises(ProviderNotApplied, match=missing.replace(".", r"\.")) as caught:
        session.create_session(model, "cuda", threads=1, strict=strict)
    assert caught.value.cause in (Cause.MISSING_CUDA_LIBRARY, Cause.CUDA_VERSION_MISMATCH)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own error
    assert (str(again), again.cause) == (str(caught.value), caught.value.cause)


@pytest.mark.parametrize("provider", ["cpu", "auto", "cuda"])
def test_a_bad_model_is_not_blamed_on_the_provider(tmp_path: Path, provider: session.Provider) -> None:
    """A file that is missing or no model is BadModel whatever provider was asked for."""
    with pytest.raises(BadModel, match=r"absent\.onnx"):
        session.create_session(tmp_path / "absent.onnx", provider, threads=1)
    with pytest.raises(BadModel, match="3 bytes"):
        session.create_session(b"abc", provider, threads=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"provider": "gpu", "threads": 1}, "'gpu'.*auto, cuda, cpu"),
        ({"provider": "cpu", "threads": 0}, "threads is 0"),
        ({"provider": "auto", "threads": 1, "strict": True}, "strict"),
    ],
)
def test_bad_arguments_are_named(model: bytes, arguments: dict[str, object], message: str) -> None:
    """Each bad argument is a ValueError with the offending value."""
    with pytest.raises(ValueError, match=message):
        session.create_session(model, **arguments)  # type: ignore[arg-type]


def test_the_profile_lands_where_it_was_asked_for(model: bytes, tmp_path: Path) -> None:
    """`profile` is the prefix of onnxruntime's own trace file."""
    made = session.create_session(model, "cpu", threads=1, profile=tmp_path / "run")
    made.session.run(None, {"x": np.zeros(4, np.float32)})
    assert Path(made.session.end_profiling()).parent == tmp_path


def test_captured_takes_what_c_writes_and_gives_the_descriptor_back(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What is written to descriptor 2 inside the block is in the text, also after an error."""
    with pytest.raises(ZeroDivisionError), stderr.captured() as said:
        os.write(2, b"inside\n") / 0
    os.write(2, b"after\n")
    assert said.text == "inside\n"
    assert capfd.readouterr().err == "after\n"


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("CUDA failure 35: CUDA driver version is insufficient ; GPU=0 ;", "cuda-version-mismatch"),
        ("CUDA failure 2: out of memory ; GPU=0 ; hostname=x", "gpu-out-of-memory"),
        ("CUDA failure 209: no kernel image is available ; GPU=0", "unsupported-gpu-arch"),
        ("CUDA failure 100: no CUDA-capable device is detected ; GPU=0", "silent-cpu-fallback"),
    ],
)  # fmt: skip
def test_cuda_errors_in_the_log_are_causes(log: str, cause: str) -> None:
    """What CUDA itself says is repeated, and decides the cause where it can."""
    reason = refusal.explain(log)
    assert reason.cause == cause
    assert log.partition(": ")[2].partition(" ;")[0] in reason.reason


def test_an_arena_that_is_full_is_the_gpu_s_memory() -> None:
    """What does not fit while a session is created is no missing library."""
    log = "first\n[E:onnxruntime] bfc_arena.cc:360 Available memory of 9 is smaller than requested bytes of 4096\n"
    reason = refusal.explain(log)
    assert reason.cause == Cause.GPU_OUT_OF_MEMORY
    assert "smaller than requested bytes of 4096" in reason.reason


def test_a_library_of_another_version_is_a_mismatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only libhgcublas.so.12 where .13 is wanted is a version mismatch naming both; nothing at all is missing."""
    log = "error: libhgcublas.so.13: cannot open shared object file: No such file or directory"
    alone = refusal.explain(log)
    assert (alone.cause, alone.reason) == (Cause.MISSING_CUDA_LIBRARY, "libhgcublas.so.13 cannot be found")
    (tmp_path / "libhgcublas.so.12").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    beside = refusal.explain(log)
    assert beside.cause == Cause.CUDA_VERSION_MISMATCH
    assert "libhgcublas.so.13 cannot be found" in beside.reason
    assert "libhgcublas.so.12" in beside.reason


def test_a_missing_driver_is_told_from_a_missing_package() -> None:
    """libcuda.so.1 comes with the driver; the message says so, since no package brings it."""
    reason = refusal.explain("error: libcuda.so.1: cannot open shared object file: No such file or directory")
    assert "comes with the NVIDIA driver" in reason.reason


@pytest.mark.parametrize(
    ("packages", "cause", "words"),
    [
        (("onnxruntime",), Cause.SILENT_CPU_FALLBACK, "package onnxruntime has no"),
        (("onnxruntime", "onnxruntime-gpu"), Cause.PACKAGE_CONFLICT, "are both installed"),
    ],
)
def test_a_wheel_without_the_provider_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, packages: tuple[str, ...], cause: Cause, words: str
) -> None:
    """No provider library is the CPU-only wheel, or two wheels that overwrote each other; strict mode or not."""
    for package in packages:
        folder = tmp_path / f"{package.replace('-', '_')}-1.2.3.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2.3\n")
    (tmp_path / "onnxruntime" / "capi").mkdir(parents=True)
    (tmp_path / "onnxruntime" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    reason = refusal.explain("but fallback to CPU EP has been explicitly disabled by the user.")
    assert reason.cause == cause
    assert words in reason.reason


def test_two_wheels_are_blamed_although_the_provider_library_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU-only wheel over the other leaves that library; a warning of onnxruntime's tells what is in force."""
    warning = "Specified provider 'CUDAExecutionProvider' is not in available provider names."
    assert refusal.explain(warning).cause != Cause.PACKAGE_CONFLICT
    monkeypatch.setattr(refusal, "_is_installed", lambda _name: True)
    assert refusal.explain(warning).cause == Cause.PACKAGE_CONFLICT
    assert refusal.explain("").cause != Cause.PACKAGE_CONFLICT


def test_strict_mode_is_blamed_only_where_the_provider_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a provider library that loads, the refusal is strict mode's; without, it is the library's."""
    log = "Fail: This session contains nodes, but fallback to CPU EP has been explicitly disabled by the user."
    monkeypatch.setattr(loading, "probe", lambda _library: loading.LoadReport(None, (), ()))
    assert "strict mode" in refusal.explain(log).reason
    undefined = loading.LoadReport("x.so: undefined symbol: cudaNew, version 13", (), ())
    monkeypatch.setattr(loading, "probe", lambda _library: undefined)
    assert refusal.explain(log).cause == Cause.CUDA_VERSION_MISMATCH


def test_what_onnxruntime_was_built_for_is_read_from_its_log() -> None:
    """The CUDA era comes out of onnxruntime's own sentence, in the old wording and the new."""
    new = "Require cuDNN 9.* and CUDA 13.*. Please install all dependencies"
    old = "Require cuDNN 8.* and CUDA 11.*. Please install"
    assert refusal.required(new) == "cuDNN 9.* and CUDA 13.*"
    assert refusal.required(old) == "cuDNN 8.* and CUDA 11.*"
