"""What a process has loaded, and what it was started with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from heygem_core.diagnosis.doctor.notes import INERT
from heygem_core.diagnosis.watching.model import Onnxruntime
from heygem_core.diagnosis.watching.proc import Segment
from heygem_core.runtime.libraries import PROVIDER

_CUDA = re.compile(
    r"^lib(cuda|cudart|cublas|cublasLt|cudnn\w*|cufft|curand|cusparse|cusolver|nvrtc|nvinfer|nccl|torch_cuda"
    r"|onnxruntime_providers_(cuda|tensorrt))[-.\d]*\.so"
)
_SESSION = re.compile(r"^(onnxruntime_pybind11_state|libonnxruntime\.so)")
_PYTHON = re.compile(r"^(libpython[\d.]+\w*\.so|python[\d.]*$)")

TELLING = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "CUDA_HOME",
    "CUDA_LAUNCH_BLOCKING",
    "ORT_DISABLE_TELEMETRY",
    "ORT_INTRA_OP_NUM_THREADS",
    "ORT_INTER_OP_NUM_THREADS",
    *INERT,
)
"""The only variables that are shown: others may hold what is nobody's business."""


def cuda(mapped: Iterable[Segment]) -> tuple[str, ...]:
    """Return the file names of the CUDA libraries and onnxruntime providers that are mapped."""
    names = {Path(each.path).name for each in mapped}
    return tuple(sorted(name for name in names if _CUDA.match(name)))


def sessions(mapped: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the mappings of onnxruntime itself, as against its providers."""
    return tuple(each for each in mapped if _SESSION.match(Path(each.path).name))


def onnxruntime(pid: int, mapped: Collection[Segment]) -> Onnxruntime | None:
    """Return which onnxruntime is mapped; None where there is none."""
    paths = {Path(each.path) for each in mapped}
    own = sessions(mapped)
    if not own:
        return None
    session = Path(own[0].path)
    loaded = any(path.name == PROVIDER for path in paths)
    beside = Path(f"/proc/{pid}/root{session.parent / PROVIDER}")
    return Onnxruntime(str(session.parent), loaded, loaded or beside.exists())


def is_python(mapped: Iterable[Segment]) -> bool:
    """Tell whether a Python interpreter is mapped."""
    return any(_PYTHON.match(Path(each.path).name) for each in mapped)


def telling(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are shown."""
    return {name: environment[name] for name in TELLING if name in environment}
