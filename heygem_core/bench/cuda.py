"""The CUDA libraries beside an environment: of the major version that its provider library was built for.

Each era has a folder of its own, so that versions of CUDA 11, 12 and 13 can be measured in one session.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from heygem_core.runtime import elf, environment, libraries, ort_envs
from heygem_core.runtime.cache import cache_dir

PACKAGES = {
    11: (
        "nvidia-cublas-cu11",
        "nvidia-cuda-nvrtc-cu11",
        "nvidia-cuda-runtime-cu11",
        "nvidia-cudnn-cu11<9",
        "nvidia-cufft-cu11",
        "nvidia-curand-cu11",
    ),
    12: (
        "nvidia-cublas-cu12",
        "nvidia-cuda-nvrtc-cu12",
        "nvidia-cuda-runtime-cu12",
        "nvidia-cudnn-cu12>=9",
        "nvidia-cufft-cu12",
        "nvidia-curand-cu12",
        "nvidia-nvjitlink-cu12",
    ),
    13: (
        "nvidia-cublas~=13.0",
        "nvidia-cuda-nvrtc~=13.0",
        "nvidia-cuda-runtime~=13.0",
        "nvidia-cudnn-cu13~=9.0",
        "nvidia-cufft~=12.0",
        "nvidia-curand~=10.0",
        "nvidia-nvjitlink~=13.0",
    ),
}
"""By major version; the last as in the extras of onnxruntime-gpu 1.31.1, with what those need in turn."""
_MAJOR = re.compile(r"lib(?:cublas|cudart)\.so\.(\d+)")


def needed(path: Path) -> tuple[str, ...]:
    """Return what the CUDA provider library of the environment in ``path`` needs; nothing for a CPU package."""
    library = path / "onnxruntime" / "capi" / libraries.PROVIDER
    return elf.read(library).needed if library.exists() else ()


def folder(path: Path, python: str) -> Path | None:
    """Return the folder with the CUDA libraries for the environment in ``path``, built if need be; None for no CUDA.

    Raises subprocess.CalledProcessError when pip fails.
    """
    majors = [int(match[1]) for match in map(_MAJOR.fullmatch, needed(path)) if match]
    if not majors or majors[0] not in PACKAGES:
        return None
    target = cache_dir() / "cuda" / str(majors[0])
    other = None if python == sys.executable else python
    return ort_envs.complete(target, lambda into: ort_envs.install(into, *PACKAGES[majors[0]], python=other))


def directories(root: Path) -> tuple[Path, ...]:
    """Return the folders of libraries below ``root``."""
    return libraries.nvidia_directories([root])


def variables(folders: Sequence[Path]) -> Mapping[str, str]:
    """Return what a process needs in its environment from its start on."""
    return environment.child_environment(directories=list(folders)) if folders else {environment.TELEMETRY: "1"}


def found(path: Path, folders: Sequence[Path]) -> dict[str, str]:
    """Return the CUDA libraries that the environment needs and where each is, "" for nowhere that we put it."""
    names = [name for name in needed(path) if re.match(r"lib(cu|nv)", name)]
    return {name: next((str(f / name) for f in folders if (f / name).exists()), "") for name in names}
