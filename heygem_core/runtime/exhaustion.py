"""Telling that memory ran out from any other failure of a model, on the GPU or beside it."""

from __future__ import annotations

import re

# onnxruntime's errors are of a few classes only; what happened is in their words. Those of its arena when the device
# is full and when its own limit is reached; of CUDA, cuDNN and cuBLAS; and of C++'s allocator.
_WORDS = re.compile(
    r"Failed to allocate memory for requested buffer|Available memory of \d+ is smaller than requested bytes|"
    r"\bout of memory\b|cudaErrorMemoryAllocation|CUDNN_STATUS_ALLOC_FAILED|CUBLAS_STATUS_ALLOC_FAILED|"
    r"\bbad_alloc\b|\bbad allocation\b",
    re.IGNORECASE,
)


def is_exhausted(error: BaseException) -> bool:
    """Return whether ``error`` says that memory ran out."""
    return isinstance(error, MemoryError) or said(str(error)) is not None


def said(text: str) -> str | None:
    """Return the words of ``text`` that say that memory ran out, to their line's end; None when none does."""
    match = _WORDS.search(text)
    return None if match is None else text[match.start() :].splitlines()[0].strip()
