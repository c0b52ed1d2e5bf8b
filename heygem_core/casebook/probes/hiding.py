"""An environment in which a CUDA provider library cannot be loaded, on a machine with CUDA as well."""

from __future__ import annotations

from pathlib import Path

from heygem_core.runtime import elf, loading
from heygem_core.runtime.environment import LIBRARY_PATH


def without_cuda(provider: Path, folder: Path) -> dict[str, str]:
    """Return the variables with which ``provider`` does not load; none where a library is missing anyway.

    Elsewhere an empty file in ``folder``, in front of the path, takes the place of the first library that is
    needed, as a broken download does.
    """
    if loading.probe(provider).first_missing is not None:
        return {}
    (folder / elf.read(provider).needed[0]).touch()
    return {LIBRARY_PATH: str(folder)}
