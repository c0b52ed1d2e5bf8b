"""Remedies that know more than the registry: the package for the library that is named, the pair for what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from heygem_core.text import Text

_ORT = {
    11: ("1.15 to 1.18", "1.15 至 1.18"),
    12: ("1.19 to 1.26", "1.19 至 1.26"),
    13: ("1.27 or newer", "1.27 及以上"),
}
"""onnxruntime-gpu from PyPI by major version of CUDA, from the wheels' metadata and NEEDED entries."""
_PACKAGES = {
    "cublas": "nvidia-cublas",
    "cudart": "nvidia-cuda-runtime",
    "cufft": "nvidia-cufft",
    "curand": "nvidia-curand",
    "cusolver": "nvidia-cusolver",
    "cusparse": "nvidia-cusparse",
    "nvrtc": "nvidia-cuda-nvrtc",
    "nvjitlink": "nvidia-nvjitlink",
    "cudnn": "nvidia-cudnn",
}
_DRIVER = re.compile(r"libcuda\.so|libnvidia-ml\.so|libnvcuvid", re.IGNORECASE)


def for_libraries(names: Iterable[str], major: int | None, *, onnxruntime: bool) -> Text | None:
    """Return what provides the libraries ``names`` for CUDA ``major``; None where that cannot be said."""
    names = list(names)
    if any(_DRIVER.search(name) for name in names):
        return Text(
            "this library belongs to the driver: install the driver on the host, and start the container with it "
            "(docker run --gpus all, with the NVIDIA Container Toolkit installed)",
            "该库属于显卡驱动：请在宿主机安装驱动，并让容器可以使用它（安装 NVIDIA Container Toolkit 后用 "
            "docker run --gpus all 启动）",
        )
    packages = dict.fromkeys(
        f"{package}-cu{major}" if major != 13 else package
        for name in names
        for stem, package in _PACKAGES.items()
        if stem in name.lower()
    )
    if not packages or major is None:
        return None
    command = f"pip install {' '.join(packages)}"
    # preload_dlls came with 1.21, which is made for CUDA 12.
    preload = onnxruntime and major >= 12
    en = "call onnxruntime.preload_dlls() before the session, or " if preload else ""
    zh = "在创建会话之前调用 onnxruntime.preload_dlls()，或者" if preload else ""
    return Text(
        f"{command} in the service's environment, then {en}put their lib folders into LD_LIBRARY_PATH before Python "
        "starts; set in the running process it has no effect",
        f"在服务所用的环境中执行 {command}，然后{zh}在 Python 启动之前把它们的 lib 目录加入 LD_LIBRARY_PATH；"
        "进程启动之后再设置无效",
    )


def for_pair(wanted: int, there: int, *, onnxruntime: bool) -> Text | None:
    """Return which build fits CUDA ``there`` where one for ``wanted`` is installed; None for other majors."""
    if there not in _ORT or wanted not in _ORT:
        return None
    if not onnxruntime:
        return Text(
            f"what is installed was built for CUDA {wanted}, but CUDA {there} is there: install the build for CUDA "
            f"{there}, or the libraries of CUDA {wanted} beside it",
            f"安装的版本是为 CUDA {wanted} 编译的，而现有的是 CUDA {there}：请改装面向 CUDA {there} 的版本，或另外安装 "
            f"CUDA {wanted} 的库",
        )
    en, zh = _ORT[there]
    return Text(
        f"this onnxruntime-gpu was built for CUDA {wanted}, but CUDA {there} is there: install onnxruntime-gpu {en} "
        f"from PyPI, or the libraries of CUDA {wanted} in the same environment",
        f"这个 onnxruntime-gpu 是为 CUDA {wanted} 编译的，而现有的是 CUDA {there}：请从 PyPI 安装 onnxruntime-gpu "
        f"{zh}，或在同一环境中安装 CUDA {wanted} 的库",
    )
