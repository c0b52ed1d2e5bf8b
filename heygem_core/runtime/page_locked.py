"""Arrays in page-locked host memory: the GPU copies from and to it directly, at twice to thrice the speed.

Locked through the CUDA runtime that the process has loaded already. Where there is none, or it refuses (the limit of
locked memory, a container), the arrays are plain ones and everything else stays the same.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import weakref
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from heygem_core.runtime.libraries import mapped_files

_RUNTIME = "libcudart.so"


def loaded_runtime(name: str = _RUNTIME) -> ctypes.CDLL | None:
    """Return the CUDA runtime library that is mapped into this process; None when there is none."""
    found = mapped_files(name)
    return ctypes.CDLL(found[0]) if found else None


class Memory:
    """Makes arrays; ``locked`` counts those that are page-locked. Each is unlocked when it is no longer used."""

    def __init__(self, runtime: ctypes.CDLL | None) -> None:
        self._runtime = runtime
        self.locked = 0

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of zeros that begins at a page."""
        kind = np.dtype(dtype)
        count = math.prod(shape)
        size = max(count * kind.itemsize, 1)
        array: NDArray[Any] = np.frombuffer(mmap.mmap(-1, size), kind, count).reshape(shape)
        if self._runtime is not None:
            address = ctypes.c_void_p(array.ctypes.data)
            if self._runtime.cudaHostRegister(address, ctypes.c_size_t(size), ctypes.c_uint(0)) == 0:
                self.locked += 1
                # Not at the interpreter's end: the driver may be gone before, and takes it back by itself.
                weakref.finalize(array, self._runtime.cudaHostUnregister, address).atexit = False
        return array
