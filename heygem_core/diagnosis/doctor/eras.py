"""Which onnxruntime-gpu goes with which CUDA, cuDNN, Python, driver and GPU: the wheels on PyPI, Linux x86_64.

CUDA and cuDNN are the SONAMEs that the wheel's provider library needs (readelf; 1.15's names none and opens the same
ones by name), the versions of Python what pip accepts, the architectures what lies in the library's fatbin section.
Measured on every row's wheel in 2026-11; tests compare the rows of the cached wheels again. Drivers: NVIDIA's CUDA
release notes, minor version compatibility. cuDNN from 9.11 on has no code for GPUs below 7.5 (NVIDIA's support
matrix). What torch brings: the nvidia-* requirements of its wheels on PyPI. Not verified on a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

Version = tuple[int, ...]


@dataclass(frozen=True)
class Era:
    """One minor version of onnxruntime-gpu, by its ``newest`` patch release on PyPI."""

    newest: str
    cuda: int
    """Major version of CUDA."""
    cudnn: int
    """Major version of cuDNN."""
    python: tuple[Version, Version]
    """Oldest and newest Python with wheels."""
    sass: Version
    """Architectures, 86 for 8.6, with machine code: it runs on that one and on later ones of the same major."""
    ptx: int | None
    """Architecture of the newest code that a driver compiles for later GPUs at the first start; None without any."""

    @property
    def series(self) -> Version:
        """Return (major, minor)."""
        return numbers(self.newest)[:2]


_MAXWELL = (52, 60, 61, 70, 75, 80)
_PASCAL = (60, 70, 75, 80, 86, 90)
_TURING = (75, 80, 86, 89, 90, 100, 120)
_NO_100 = (75, 80, 86, 89, 90, 120)
_TO_11, _TO_12 = ((3, 8), (3, 11)), ((3, 8), (3, 12))
_FROM_10, _FROM_11 = ((3, 10), (3, 13)), ((3, 11), (3, 14))

ERAS = (
    Era("1.15.1", 11, 8, _TO_11, _MAXWELL, 80),
    Era("1.16.3", 11, 8, _TO_11, _MAXWELL, 80),
    Era("1.17.1", 11, 8, _TO_12, _MAXWELL, 80),
    Era("1.18.1", 11, 8, _TO_12, _MAXWELL, 80),
    Era("1.19.2", 12, 9, _TO_12, _MAXWELL, 80),
    Era("1.20.2", 12, 9, _FROM_10, _MAXWELL, 80),
    Era("1.21.1", 12, 9, _FROM_10, _PASCAL, 90),
    Era("1.22.0", 12, 9, _FROM_10, _PASCAL, 90),
    Era("1.23.2", 12, 9, _FROM_10, _PASCAL, 90),
    Era("1.24.4", 12, 9, _FROM_11, _PASCAL, 90),
    Era("1.25.1", 12, 9, _FROM_11, _PASCAL, 90),
    Era("1.26.0", 12, 9, _FROM_11, _PASCAL, 90),
    Era("1.27.0", 13, 9, _FROM_11, _TURING, 120),
    Era("1.28.0", 13, 9, _FROM_11, _TURING, 120),
    Era("1.29.0", 13, 9, _FROM_11, _NO_100, None),
    Era("1.30.0", 13, 9, _FROM_11, _NO_100, None),
    Era("1.31.1", 13, 9, _FROM_11, _NO_100, None),
)

DRIVER = {11: "450.80.02", 12: "525.60.13", 13: "580.65.06"}
"""Oldest driver for a major version of CUDA."""
ARCHITECTURES = {11: ((3, 5), (9, 0)), 12: ((5, 0), (12, 1)), 13: ((7, 5), (12, 1))}
"""Compute capabilities that the CUDA libraries themselves support; Blackwell from 12.8 on."""
TORCH = {(11, 8): "torch 1.13 … 2.3 (cu117, cu118)", (12, 9): "torch 2.4 … (cu12x)", (13, 9): "torch 2.9 … (cu130)"}
"""Builds of torch that bring the same major versions of CUDA and cuDNN; 2.1 to 2.3 for CUDA 12 bring cuDNN 8."""
TELEMETRY = (1, 29)
"""From here on importing onnxruntime starts a thread."""
PRELOAD = (1, 21)
"""From here on there are preload_dlls and the extras [cuda,cudnn]."""
LAZY = (1, 28)
"""From here on `OPENED_LATER` are not NEEDED, but opened by name at the first work that wants them."""
OPENED_LATER = ("libcudnn.so.9", "libcufft.so.12", "libnvrtc.so.13")
NUMPY_2 = (1, 19)
"""From here on wheels are built for numpy 2 as well; before, importing one with numpy 2 fails."""
BROKEN_EXTRAS = (1, 27)
"""Its extras name packages that do not exist (nvidia-cuda-nvrtc-cu13 and others)."""
LAST_CUDNN_BEFORE_TURING = "9.11"
"""GPUs below 7.5 need a cuDNN 9 before this one."""
_LIBRARIES = {
    11: ("cublas", "cuda-runtime", "cufft", "curand"),
    12: ("cublas", "cuda-runtime", "cufft", "curand", "cuda-nvrtc"),
    13: ("cublas", "cuda-runtime", "cufft", "curand", "cuda-nvrtc"),
}
"""Packages nvidia-…, beside cuDNN, that hold what the provider library needs."""


def numbers(version: str) -> Version:
    """Return the leading numbers of ``version``, (1, 23, 2) for "1.23.2rc1"."""
    found: list[int] = []
    for part in version.split("+", maxsplit=1)[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
    return tuple(found)


def era(version: str) -> Era | None:
    """Return the era of an installed ``version``; of one newer than the table the newest row, older ones have none."""
    series = numbers(version)[:2]
    exact = next((row for row in ERAS if row.series == series), None)
    return exact or (ERAS[-1] if series > ERAS[-1].series else None)


@dataclass(frozen=True)
class Place:
    """What a version must fit: None where it is not known, and then everything fits."""

    python: Version
    driver_cuda: int | None = None
    """CUDA version that the driver supports, 12040 for 12.4."""
    capability: Version | None = None
    """Compute capability of the GPU, (8, 6)."""


def runs_on(row: Era, capability: Version) -> str | None:
    """Return "code" where ``row`` has machine code for a GPU, "compiled" where the driver must compile it, or None."""
    oldest, newest = ARCHITECTURES[row.cuda]
    if not oldest <= capability <= newest:
        return None
    own = capability[0] * 10 + capability[1]
    if any(code // 10 == capability[0] and code <= own for code in row.sass):
        return "code"
    return "compiled" if row.ptx is not None and row.ptx <= own else None


def fits(row: Era, place: Place) -> bool:
    """Tell whether ``row`` can run at ``place``."""
    return (
        row.python[0] <= place.python[:2] <= row.python[1]
        and (place.driver_cuda is None or place.driver_cuda // 1000 >= row.cuda)
        and (place.capability is None or runs_on(row, place.capability) is not None)
    )


def fitting(place: Place) -> tuple[Era, ...]:
    """Return the newest fitting row of each pair of CUDA and cuDNN, newest first."""
    newest = {(row.cuda, row.cudnn): row for row in ERAS if fits(row, place)}
    return tuple(sorted(newest.values(), key=lambda row: row.series, reverse=True))


def requirements(row: Era, place: Place) -> str:
    """Return what to give to pip so that ``row`` comes with its CUDA libraries: the exact pair."""
    old = place.capability is not None and place.capability < (7, 5)
    before = LAST_CUDNN_BEFORE_TURING if old and row.cudnn == 9 else None
    numpy = [] if row.series >= NUMPY_2 else ['"numpy<2"']
    if row.series >= PRELOAD and row.series != BROKEN_EXTRAS:
        pair = [f'"onnxruntime-gpu[cuda,cudnn]=={row.newest}"']
        return " ".join([*pair, *([f'"nvidia-cudnn-cu12<{before}"'] if before else []), *numpy])
    tail = "" if row.cuda >= 13 else f"-cu{row.cuda}"
    libraries = [f"nvidia-{name}{tail}" for name in _LIBRARIES[row.cuda]]
    cudnn = f'"nvidia-cudnn-cu{row.cuda}>={row.cudnn},<{before or row.cudnn + 1}"'
    return " ".join([f"onnxruntime-gpu=={row.newest}", *libraries, cudnn, *numpy])
