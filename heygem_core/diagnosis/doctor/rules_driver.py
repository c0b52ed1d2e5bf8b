"""Rules about driver and GPU: there, visible, new enough for this CUDA, and of an architecture with code."""

from __future__ import annotations

import re

from heygem_core.diagnosis.diagnosis import STATED, Finding, same
from heygem_core.diagnosis.doctor import advice, eras
from heygem_core.diagnosis.doctor.facts import DRIVER, Facts
from heygem_core.errors import Cause
from heygem_core.runtime import loading
from heygem_core.text import Text

_VERSIONS_DIFFER = 18
"""NVML_ERROR_LIB_RM_VERSION_MISMATCH, nvml.h."""
_NO_DEVICE = {100, 101}
"""CUDA_ERROR_NO_DEVICE and CUDA_ERROR_INVALID_DEVICE, cuda.h; cudaError_t has the same numbers."""
_FAILURE = re.compile(r"CUDA (?:failure|error) (\d+): ([^;\n]+?)\s*(?:;|\n|$)")
_ALLOCATION = re.compile(r"Failed to allocate memory for requested buffer of size \d+")
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_KERNEL = re.compile(r"\b(\d{3}\.\d+(?:\.\d+)?)\b")


def no_driver(facts: Facts) -> Finding | None:
    """The driver's own library is not there; no package from PyPI brings it."""
    error = facts.raw["driver"].get("error")
    if facts.wanted == "cpu" or facts.on_gpu or loading.missing_library(error or "") != DRIVER:
        return None
    machine = facts.raw["machine"]
    kernel = facts.machine_file("/proc/driver/nvidia/version")
    where, remedy = _bare(facts)
    if kernel is not None or machine["nodes"]:
        where, remedy = _inside_container()
    elif machine["pci"]:
        where = Text(
            "an NVIDIA device is on the PCI bus, its driver is not loaded", "PCI 总线上有 NVIDIA 设备，但驱动未加载"
        )
    evidence = [same(error), where]
    ended = facts.trial["ended"]
    if ended not in {None, "timeout"} and facts.trial["at"] == "session":
        # 1.18 to 1.20 look up the driver's functions while the provider is loaded, and throw where nothing can catch.
        evidence.append(
            Text(
                f"onnxruntime {facts.version} does not fall back without it, it ends the process with {ended}",
                f"没有它时 onnxruntime {facts.version} 不会回退到 CPU，而是使进程以 {ended} 终止",
            )
        )
    return Finding(Cause.MISSING_CUDA_LIBRARY, STATED, tuple(evidence), remedy, DRIVER)


def _bare(facts: Facts) -> tuple[Text, Text]:
    oldest = eras.DRIVER[facts.era.cuda] if facts.era else eras.DRIVER[12]
    where = Text("no NVIDIA device is visible here, and no driver", "此处看不到 NVIDIA 设备，也没有驱动")
    remedy = Text(
        f"install the NVIDIA driver, {oldest} or newer, so that nvidia-smi lists the GPU; a container needs it on its "
        "host and docker run --gpus all; where there is no GPU, ask for the CPU (doctor --provider cpu)",
        f"安装 NVIDIA 驱动（{oldest} 或更新），使 nvidia-smi 能列出 GPU；容器则要在宿主机上安装，并使用 "
        "docker run --gpus all；没有 GPU 的机器请改用 CPU（doctor --provider cpu）",
    )
    return where, remedy


def _inside_container() -> tuple[Text, Text]:
    where = Text(
        "the kernel has the NVIDIA driver, its library is not in this container or environment",
        "内核已加载 NVIDIA 驱动，但此容器或环境里没有它的库",
    )
    remedy = Text(
        "start the container with docker run --gpus all (compose: deploy.resources.reservations.devices) and "
        "the NVIDIA "
        "container toolkit on the host, NVIDIA_DRIVER_CAPABILITIES=compute,utility,video",
        "用 docker run --gpus all 启动容器（compose：deploy.resources.reservations.devices），宿主机安装 NVIDIA "
        "container toolkit，并设置 NVIDIA_DRIVER_CAPABILITIES=compute,utility,video",
    )
    return where, remedy


def driver_updated(facts: Facts) -> Finding | None:
    """The driver's library and the kernel's part are of different versions, as after an update without a reboot."""
    if facts.wanted == "cpu" or (facts.raw["nvml"]["nvml"] or {}).get("error") != _VERSIONS_DIFFER:
        return None
    kernel = _KERNEL.search(facts.machine_file("/proc/driver/nvidia/version") or "")
    version = kernel.group(1) if kernel else "?"
    evidence = Text(
        f"NVML: driver and library versions differ; the kernel has {version}",
        f"NVML：驱动与库的版本不一致；内核中的版本是 {version}",
    )
    remedy = Text(
        "reboot, or unload and load the kernel modules again: the driver was updated while it was in use",
        "重启机器，或重新加载内核模块：驱动在使用过程中被更新了",
    )
    return Finding(Cause.CUDA_VERSION_MISMATCH, STATED, (evidence,), remedy, "NVIDIA driver")


def hidden(facts: Facts) -> Finding | None:
    """A variable hides every GPU from CUDA."""
    value = facts.environment.get(_VISIBLE)
    if facts.wanted == "cpu" or facts.on_gpu or value is None:
        return None
    first = value.split(",")[0].strip()
    count = len(facts.capabilities)
    if first not in {"", "-1", "NoDevFiles"} and not (first.isdigit() and count and int(first) >= count):
        return None
    evidence = Text(
        f"{_VISIBLE}={value!r} leaves no GPU visible; NVML counts {count}",
        f"{_VISIBLE}={value!r} 使所有 GPU 不可见；NVML 统计到 {count} 个",
    )
    remedy = Text(
        f"unset {_VISIBLE}, or set it to the number of a GPU, from 0 on",
        f"取消 {_VISIBLE}，或设为某个 GPU 的编号（从 0 开始）",
    )
    return Finding(Cause.SILENT_CPU_FALLBACK, STATED, (evidence,), remedy, _VISIBLE)


def driver_too_old(facts: Facts) -> Finding | None:
    """The driver is older than the CUDA that the installed version is built for."""
    if facts.wanted == "cpu" or facts.on_gpu or facts.era is None or facts.driver_cuda is None:
        return None
    if facts.driver_cuda // 1000 >= facts.era.cuda:
        return None
    driver = facts.nvml.get("driver", "?")
    supported = f"{facts.driver_cuda // 1000}.{facts.driver_cuda % 1000 // 10}"
    evidence = Text(
        f"driver {driver} supports CUDA up to {supported}; onnxruntime-gpu {facts.version} is built for CUDA "
        f"{facts.era.cuda}, which needs driver {eras.DRIVER[facts.era.cuda]} or newer",
        f"驱动 {driver} 最高支持 CUDA {supported}；onnxruntime-gpu {facts.version} 为 CUDA {facts.era.cuda} 编译，"
        f"需要 {eras.DRIVER[facts.era.cuda]} 或更新的驱动",
    )
    command = advice.install(facts, advice.choice(facts))
    remedy = Text(
        f"what fits this driver: {command.en}; or update the driver to {eras.DRIVER[facts.era.cuda]} or newer",
        f"安装适合此驱动的版本：{command.zh}；或将驱动升级到 {eras.DRIVER[facts.era.cuda]} 或更新",
    )
    return Finding(Cause.CUDA_VERSION_MISMATCH, STATED, (evidence,), remedy, f"NVIDIA driver {driver}")


def architecture(facts: Facts) -> Finding | None:
    """The installed version has no code for a GPU of this machine."""
    if facts.wanted == "cpu" or facts.on_gpu or facts.era is None:
        return None
    for device in facts.nvml.get("devices", ()):
        capability = tuple(device["capability"])
        if eras.runs_on(facts.era, capability) is None:
            break
    else:
        return None
    gpu = f"{device['name']} ({'.'.join(map(str, capability))})"
    codes = ", ".join(f"{code // 10}.{code % 10}" for code in facts.era.sass)
    evidence = Text(
        f"{gpu}: onnxruntime-gpu {facts.version} has code for {codes} only, with CUDA {facts.era.cuda}",
        f"{gpu}：onnxruntime-gpu {facts.version}（CUDA {facts.era.cuda}）只包含 {codes} 的代码",
    )
    remedy = advice.install(facts, advice.choice(facts))
    return Finding(Cause.UNSUPPORTED_GPU_ARCH, STATED, (evidence,), remedy, gpu)


_CUDA_ERRORS: dict[int, tuple[Cause, Text]] = {
    2: (
        Cause.GPU_OUT_OF_MEMORY,
        Text("end what else holds the GPU's memory; nvidia-smi lists it", "结束其他占用显存的进程；用 nvidia-smi 查看"),
    ),
    35: (Cause.CUDA_VERSION_MISMATCH, Text("update the driver", "升级驱动")),
    209: (Cause.UNSUPPORTED_GPU_ARCH, Text("take a build for this GPU", "换用支持此 GPU 的版本")),
    803: (
        Cause.CUDA_VERSION_MISMATCH,
        Text(
            "a container's own libcuda.so.1 (compat folder) must not be newer or older than the host's driver: take it "
            "off LD_LIBRARY_PATH",
            "容器自带的 libcuda.so.1（compat 目录）必须与宿主机驱动一致：将其从 LD_LIBRARY_PATH 移除",
        ),
    ),
}
"""Numbers of cudaError_t, driver_types.h, that say more than that there is no GPU."""


def cuda_error(facts: Facts) -> Finding | None:
    """The session, or the first work in it, ended with an error of CUDA."""
    failure = _FAILURE.search(facts.said)
    if facts.wanted == "cpu" or facts.on_gpu or failure is None or no_driver(facts):
        return None
    number = int(failure.group(1))
    evidence = (same(f"CUDA error {number}: {failure.group(2)}"),)
    if number in _NO_DEVICE:
        return _no_device(facts, evidence)
    cause, remedy = _CUDA_ERRORS.get(number, (Cause.SILENT_CPU_FALLBACK, None))
    if cause in {Cause.CUDA_VERSION_MISMATCH, Cause.UNSUPPORTED_GPU_ARCH} and remedy is not None:
        pair = advice.install(facts, advice.choice(facts))
        remedy = Text(f"{remedy.en}; what fits here: {pair.en}", f"{remedy.zh}；适合此处的版本：{pair.zh}")
    return Finding(cause, STATED, evidence, remedy, f"CUDA error {number}")


def memory_used_up(facts: Facts) -> Finding | None:
    """The session, or the first work in it, got no memory on the GPU."""
    failure = _ALLOCATION.search(facts.said)
    if facts.wanted == "cpu" or facts.on_gpu or failure is None:
        return None
    free = [f"{device['name']}: {device['memory'][1] / (1 << 30):.1f} GiB" for device in facts.nvml.get("devices", ())]
    left = Text(f"free on the GPU: {', '.join(free) or '?'}", f"GPU 剩余显存：{', '.join(free) or '?'}")
    return Finding(Cause.GPU_OUT_OF_MEMORY, STATED, (same(failure.group(0)), left), None, "GPU memory")


def _no_device(facts: Facts, evidence: tuple[Text, ...]) -> Finding:
    nodes = ", ".join(facts.raw["machine"]["nodes"])
    seen = Text(f"device files: {nodes or 'none'}", f"设备文件：{nodes or '无'}")
    remedy = Text(
        "nvidia-smi must list a GPU where this runs: start the container with docker run --gpus all, and look whether "
        "/dev/nvidia0 and /dev/nvidia-uvm are there",
        "运行处的 nvidia-smi 必须能列出 GPU：用 docker run --gpus all 启动容器，并检查 /dev/nvidia0 与 "
        "/dev/nvidia-uvm 是否存在",
    )
    return Finding(Cause.SILENT_CPU_FALLBACK, STATED, (*evidence, seen), remedy, "CUDA error 100")
