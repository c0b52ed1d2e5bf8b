"""Broken environments, made for real, and what must be found first in each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from heygem_core.casebook import field_envs
from heygem_core.errors import Cause
from heygem_core.runtime.libraries import PROVIDER
from tests.diagnosis.doctor import fake_cuda
from tests.diagnosis.doctor.workshop import NEWEST, Built, Workshop, packages_38, paths, python_38

OLD_GPU = "580.95.05,13000,Tesla V100-SXM2-16GB,7.0"
OLD_DRIVER = "535.161.08,12020,Tesla T4,7.5"


@dataclass(frozen=True)
class World:
    """One environment, how to make it, and the first finding: its cause, culprit, and words of its remedy."""

    name: str
    build: Callable[[Workshop], Built]
    cause: Cause | None
    culprit: str | None = None
    remedy: Sequence[str] = ()


def _no_libraries(version: str) -> Callable[[Workshop], Built]:
    return lambda shop: shop.interpreter(shop.packages(version))


def _conflict(kind: str) -> Callable[[Workshop], Built]:
    def build(shop: Workshop) -> Built:
        root = shop.field(field_envs.CONFLICT)
        return shop.interpreter(root / kind, root / "numpy")

    return build


def _pip_layout(shop: Workshop) -> Built:
    built = shop.interpreter(shop.packages("1.23.2"))
    for library in shop.cuda("1.23.2").iterdir():
        package = shop.site(built) / "nvidia" / library.name.split(".")[0].removeprefix("lib") / "lib"
        package.mkdir(parents=True)
        shutil.copy2(library, package)
    return built


def _conda_layout(shop: Workshop) -> Built:
    built = shop.interpreter(shop.packages("1.16.3"))
    shutil.copytree(shop.cuda("1.16.3"), Path(built.python).parent.parent / "lib", dirs_exist_ok=True)
    return built


def _other_cuda(version: str, *sonames: str) -> Callable[[Workshop], Built]:
    def build(shop: Workshop) -> Built:
        built = shop.interpreter(shop.packages(version))
        fake_cuda.empty(shop.site(built) / "nvidia" / "all" / "lib", *sonames)
        return built

    return build


def _other_cudnn(shop: Workshop) -> Built:
    folder = shop.fresh("cudnn") / "lib"
    shutil.copytree(shop.cuda("1.23.2"), folder, ignore=shutil.ignore_patterns("libcudnn*"))
    fake_cuda.empty(folder, "libcudnn.so.8")
    return shop.interpreter(shop.packages("1.23.2"), LD_LIBRARY_PATH=paths(folder, shop.driver()))


def _without_symbols(shop: Workshop) -> Built:
    folder = fake_cuda.empty(shop.fresh("empty"), *(path.name for path in shop.cuda("1.23.2").iterdir()))
    return shop.interpreter(shop.packages("1.23.2"), LD_LIBRARY_PATH=paths(folder, shop.driver()))


def _lazy_cudnn(shop: Workshop) -> Built:
    folder = shop.fresh("cuda") / "lib"
    shutil.copytree(shop.cuda(NEWEST), folder, ignore=shutil.ignore_patterns("libcudnn*"))
    return shop.interpreter(shop.packages(NEWEST), LD_LIBRARY_PATH=paths(folder, shop.driver()))


def _numpy_2(shop: Workshop) -> Built:
    return shop.interpreter(shop.field(field_envs.CONFLICT) / "numpy", shop.packages("1.16.3"))


def _crash(shop: Workshop) -> Built:
    packages = shop.copy("1.26.0")
    (binding,) = (packages / "onnxruntime" / "capi").glob("onnxruntime_pybind11_state*.so")
    binding.unlink()
    fake_cuda.crashing(binding)
    return shop.interpreter(packages)


def _no_driver(version: str, **variables: str) -> Callable[[Workshop], Built]:
    return lambda shop: shop.interpreter(shop.packages(version), LD_LIBRARY_PATH=paths(shop.cuda(version)), **variables)


def _python_38_working(shop: Workshop) -> Built:
    python, path = python_38(), paths(shop.cuda("1.16.3"), shop.driver())
    return shop.interpreter(packages_38("1.16.3"), python=python, LD_LIBRARY_PATH=path)


def _beside_old_torch(shop: Workshop) -> Built:
    """The recipe that circulates: onnxruntime-gpu 1.19.2 beside torch 1.13."""
    built = shop.interpreter(packages_38("1.19.2"), python=python_38())
    site = shop.site(built)
    (site / "torch").mkdir()
    (site / "torch" / "__init__.py").touch()
    version = "__version__ = '1.13.1+cu117'\ncuda: Optional[str] = '11.7'\n"
    (site / "torch" / "version.py").write_text(version, encoding="utf-8")
    fake_cuda.empty(site / "nvidia" / "cublas" / "lib", "libcublas.so.11", "libcublasLt.so.11")
    fake_cuda.empty(site / "nvidia" / "cudnn" / "lib", "libcudnn.so.8")
    return built


def _working(version: str, **variables: str) -> Callable[[Workshop], Built]:
    return lambda shop: shop.working(version, **variables)


MISSING, MISMATCH, CONFLICT = Cause.MISSING_CUDA_LIBRARY, Cause.CUDA_VERSION_MISMATCH, Cause.PACKAGE_CONFLICT
CUDA_12 = ("libcublasLt.so.12", "libcublas.so.12", "libcudart.so.12", "libcudnn.so.9")
PAIR_1_18 = ("onnxruntime-gpu==1.18.1", "nvidia-cudnn-cu11>=8,<9")

BROKEN = (
    World(
        "1.16.3 alone", _no_libraries("1.16.3"), MISSING, "libcublasLt.so.11", ("==1.16.3", "nvidia-cudnn-cu11>=8,<9")
    ),
    World("1.18.1 alone", _no_libraries("1.18.1"), MISSING, "libcublasLt.so.11", PAIR_1_18),
    World("1.20.2 alone", _no_libraries("1.20.2"), MISSING, "libcublasLt.so.12", ("==1.20.2", "nvidia-cublas-cu12")),
    World("1.23.2 alone", _no_libraries("1.23.2"), MISSING, "libcublasLt.so.12", ("[cuda,cudnn]==1.23.2",)),
    World("1.26.0 alone", _no_libraries("1.26.0"), MISSING, "libcublasLt.so.12", ("[cuda,cudnn]==1.26.0",)),
    World("newest alone", _no_libraries(NEWEST), MISSING, "libcublasLt.so.13", (f"[cuda,cudnn]=={NEWEST}",)),
    World("both wheels, CPU last", _conflict("cpu-last"), CONFLICT, "onnxruntime", ("uninstall -y onnxruntime",)),
    World("both wheels, GPU last", _conflict("gpu-last"), CONFLICT, "onnxruntime", ("uninstall -y onnxruntime",)),
    World("one of both removed", _conflict("cpu-removed"), CONFLICT, "onnxruntime-gpu", ("--force-reinstall",)),
    World(
        "CPU wheel only",
        lambda shop: shop.interpreter(shop.field(field_envs.BEFORE_TELEMETRY)),
        Cause.SILENT_CPU_FALLBACK,
        "onnxruntime",
        ("uninstall -y onnxruntime &&", "onnxruntime-gpu"),
    ),
    World(
        "pip's libraries, no path",
        _pip_layout,
        MISSING,
        "libcublasLt.so.12",
        ("LD_LIBRARY_PATH=", "nvidia/cublasLt/lib"),
    ),
    World("conda's libraries, no path", _conda_layout, MISSING, "libcublasLt.so.11", ("LD_LIBRARY_PATH=", "/lib ")),
    World("CUDA 12 for 13", _other_cuda(NEWEST, *CUDA_12), MISMATCH, "libcublasLt.so.13", (NEWEST, "==1.26.0")),
    World(
        "CUDA 12 for 11", _other_cuda("1.18.1", *CUDA_12), MISMATCH, "libcublasLt.so.11", ("cublas-cu11", "==1.26.0")
    ),
    World("cuDNN 8 for 9", _other_cudnn, MISMATCH, "libcudnn.so.9", ("[cuda,cudnn]==1.23.2",)),
    World("right names, wrong symbols", _without_symbols, MISMATCH, None, ("==1.23.2",)),
    World("newest without cuDNN", _lazy_cudnn, MISSING, "libcudnn.so.9", (NEWEST,)),
    World("numpy 2, old wheel", _numpy_2, Cause.OTHER, "numpy 2.3.5", ('"numpy<2"',)),
    World(
        "provider library deleted",
        lambda shop: shop.interpreter(shop.copy("1.26.0", PROVIDER)),
        MISSING,
        PROVIDER,
        ("--force-reinstall --no-deps onnxruntime-gpu==1.26.0",),
    ),
    World("no onnxruntime", lambda shop: shop.interpreter(), Cause.OTHER, "onnxruntime", ("pip install",)),
    World("import crashes", _crash, Cause.OTHER, "onnxruntime", ("--force-reinstall",)),
    World("no driver", _no_driver(NEWEST), MISSING, "libcuda.so.1", ("580.65.06",)),
    World("no driver, and a crash", _no_driver("1.18.1"), MISSING, "libcuda.so.1", ("450.80.02",)),
    World("no driver, CUDA error 35", _no_driver("1.26.0", FAKE_CUDA="old-driver"), MISSING, "libcuda.so.1", ("525",)),
    World(
        "GPU hidden",
        _working("1.23.2", FAKE_CUDA="no-device", CUDA_VISIBLE_DEVICES=""),
        Cause.SILENT_CPU_FALLBACK,
        "CUDA_VISIBLE_DEVICES",
        ("CUDA_VISIBLE_DEVICES",),
    ),
    World(
        "no GPU in the container",
        _working("1.23.2", FAKE_CUDA="no-device"),
        Cause.SILENT_CPU_FALLBACK,
        "CUDA error 100",
        ("--gpus all",),
    ),
    World(
        "driver too old",
        _working(NEWEST, FAKE_CUDA="old-driver", FAKE_NVML=OLD_DRIVER),
        MISMATCH,
        "NVIDIA driver 535.161.08",
        ("[cuda,cudnn]==1.26.0", "580.65.06"),
    ),
    World(
        "V100 with CUDA 13",
        _working(NEWEST, FAKE_CUDA="no-kernel", FAKE_NVML=OLD_GPU),
        Cause.UNSUPPORTED_GPU_ARCH,
        "Tesla V100-SXM2-16GB (7.0)",
        ("[cuda,cudnn]==1.26.0", "nvidia-cudnn-cu12<9.11"),
    ),
    World(
        "driver updated, not rebooted",
        _working("1.23.2", FAKE_CUDA="no-device", FAKE_NVML="18"),
        MISMATCH,
        "NVIDIA driver",
        (),
    ),
    World("1.19.2 beside torch 1.13", _beside_old_torch, MISMATCH, "libcublasLt.so.12", PAIR_1_18),
    World("GPU memory used up", _working("1.23.2", FAKE_CUDA="no-memory"), Cause.GPU_OUT_OF_MEMORY, "GPU memory", ()),
)
"""Without a driver on the machine as well, unless a world has one: what is wrong in the interpreter comes first."""

HEALTHY = (
    World("healthy, Python 3.8", _python_38_working, None),
    *(
        World(f"healthy {version}", _working(version), None)
        for version in ("1.16.3", "1.18.1", "1.20.2", "1.23.2", "1.26.0", NEWEST)
    ),
)
