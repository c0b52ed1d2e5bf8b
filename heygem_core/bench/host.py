"""The machine that figures belong to, and the refusal to compare those of two machines."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

from heygem_core.bench.schema import Host
from heygem_core.bench.twin import ROOT
from heygem_core.errors import NotComparable
from heygem_core.runtime import nvml

_OF_THE_MOMENT = {"boot", "git", "load"}
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def facts() -> Host:
    """Return this machine's facts; those that it does not tell are None."""
    gpus, driver = _gpus()
    return Host(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        kernel=platform.release(),
        system=platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
        governor=_GOVERNOR.read_text().strip() if _GOVERNOR.exists() else None,
        gpus=gpus,
        driver=driver,
        boot=Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        git=_git(),
        load=tuple(os.getloadavg()),
    )


def require_same(first: Host, second: Host) -> None:
    """Raise `NotComparable` naming both values of every fact that differs, the moment's own left aside."""
    names = [field.name for field in fields(Host) if field.name not in _OF_THE_MOMENT]
    told = [
        f"{name} is {getattr(first, name)!r} in one and {getattr(second, name)!r} in the other"
        for name in names
        if getattr(first, name) != getattr(second, name)
    ]
    if told:
        raise NotComparable(f"the runs are of different hosts: {'; '.join(told)}")


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _gpus() -> tuple[tuple[str, ...], str | None]:
    if nvml.available() is not None:
        return (), None
    binding = importlib.import_module(nvml.BINDING)
    binding.nvmlInit()
    try:
        handles = [binding.nvmlDeviceGetHandleByIndex(index) for index in range(binding.nvmlDeviceGetCount())]
        return tuple(map(binding.nvmlDeviceGetName, handles)), binding.nvmlSystemGetDriverVersion()
    finally:
        binding.nvmlShutdown()


def _git() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        dirty = git("status", "--porcelain", "--untracked-files=no", "--", "heygem_core")
        return git("rev-parse", "HEAD") + ("+dirty" if dirty else "")
    except (OSError, subprocess.CalledProcessError):
        return version("heygem-core")
