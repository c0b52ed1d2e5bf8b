"""What every test in this folder needs: a GPU that NVML sees, and an onnxruntime with the CUDA provider."""

from __future__ import annotations

import pytest

from heygem_core.runtime import libraries, nvml


@pytest.fixture(scope="session", autouse=True)
def gpu() -> None:
    """Skip, with the reason, where there is no GPU or the installed onnxruntime has no CUDA provider."""
    reason = nvml.available()
    if reason is not None:
        pytest.skip(reason.en)
    if libraries.provider_library() is None:
        pytest.skip("the installed onnxruntime has no CUDA provider")
