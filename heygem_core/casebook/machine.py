"""The facts about a machine that a report's figures depend on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from heygem_core.runtime import nvml
from heygem_core.text import Text

_PACKAGES = ("heygem-core", "onnxruntime-gpu", "torch", "av", "numpy")
_ABSENT = Text("not installed", "未安装")


def facts() -> list[tuple[Text, Text]]:
    """Return pairs of name and value: system, processor, memory, GPU or why there is none, versions."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    cores = len(os.sched_getaffinity(0))
    told = [
        (Text("System", "系统"), _same(f"{platform.system()} {platform.release()} {platform.machine()}")),
        (
            Text("Processor", "处理器"),
            Text(f"{cores} cores usable, {_processor()}", f"可用 {cores} 核，{_processor()}"),
        ),
        (Text("Memory", "内存"), _same(f"{pages / (1 << 30):.1f} GiB")),
        (Text("GPU", "GPU"), _gpu()),
        (Text("Python", "Python"), _same(platform.python_version())),
    ]
    return told + [(_same(package), _version(package)) for package in _PACKAGES]


def _same(value: str) -> Text:
    return Text(value, value)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> Text:
    try:
        return _same(version(package))
    except PackageNotFoundError:
        return _ABSENT


def _gpu() -> Text:
    reason = nvml.available()
    if reason is not None:
        return Text(f"none: {reason.en}", f"无：{reason.zh}")
    found = nvml.machine()
    names, driver = found.gpus, found.driver
    return Text(f"{', '.join(names)}; driver {driver}", f"{'、'.join(names)}；驱动 {driver}")
