"""Remedies name the package for the library that is missing and the build for the CUDA that is there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from heygem_core.diagnosis.causes import CAUSES
from heygem_core.diagnosis.diagnosis import Finding
from heygem_core.diagnosis.logs.diagnose import diagnose
from heygem_core.diagnosis.logs.rules_environment import made_for

PROVIDER = "Failed to load library libonnxruntime_providers_cuda.so with error: "
NOT_OPENED = ": cannot open shared object file: No such file or directory"


def first(log: str) -> Finding:
    """Return the first finding for ``log``."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        Path(file.name).write_text(log, encoding="utf-8")
        return diagnose([file.name]).diagnosis.findings[0]


@pytest.mark.parametrize(
    ("log", "parts"),
    [
        (f"{PROVIDER}libcublasLt.so.12{NOT_OPENED}", ("pip install nvidia-cublas-cu12", "preload_dlls")),
        ("RuntimeError: Library libcublas.so.12 is not found or cannot be loaded", ("nvidia-cublas-cu12",)),
        (f"{PROVIDER}libcufft.so.10{NOT_OPENED}", ("nvidia-cufft-cu11", "LD_LIBRARY_PATH")),
        (f"torch 2.5.1+cu124\n{PROVIDER}libcudnn.so.9{NOT_OPENED}", ("nvidia-cudnn-cu12",)),
        (f"ImportError: libcuda.so.1{NOT_OPENED}", ("--gpus all",)),
        (f"Cuda compilation tools, release 12.2\n{PROVIDER}libcublasLt.so.11{NOT_OPENED}", ("1.19", "CUDA 12")),
        (f"CUDA 11.8, torch 2.1+cu118\nImportError: libcudart.so.12{NOT_OPENED}", ("CUDA 12", "CUDA 11")),
    ],
)
def test_the_remedy_is_for_what_the_log_shows(log: str, parts: tuple[str, ...]) -> None:
    """In both languages, with the same names and versions."""
    advice = first(log).advice()
    for part in parts:
        assert part in advice.en
        assert part in advice.zh


def test_no_function_of_onnxruntime_is_recommended_where_there_is_none() -> None:
    """For another program, and for wheels for CUDA 11, which came before it."""
    for log in ("Library libcublas.so.12 is not found", f"{PROVIDER}libcublasLt.so.11{NOT_OPENED}"):
        assert "preload_dlls" not in first(log).advice().en


def test_without_a_major_the_registry_speaks() -> None:
    """What cannot be said is not guessed."""
    found = first(f"{PROVIDER}libcudnn.so.9{NOT_OPENED}")
    assert found.advice() == CAUSES[found.cause].remedy


def test_each_version_has_its_cuda() -> None:
    """As published on PyPI."""
    assert [made_for(version) for version in ("1.16", "1.18", "1.19", "1.26", "1.27", "1.31")] == [
        11,
        11,
        12,
        12,
        13,
        13,
    ]
