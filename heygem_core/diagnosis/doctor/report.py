"""What the examination says beside its findings: who was examined, what fits, and what `exec` set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heygem_core.diagnosis.diagnosis import Diagnosis
from heygem_core.diagnosis.doctor import eras
from heygem_core.diagnosis.doctor.checkup import Cure
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.runtime import environment
from heygem_core.text import Text


@dataclass(frozen=True)
class Report:
    """An answer that is more than findings: ``lines`` to print, and what the JSON has beside the diagnosis."""

    diagnosis: Diagnosis
    lines: tuple[Text, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


def summary(facts: Facts) -> Text:
    """Return one line: interpreter, onnxruntime and its era, driver and GPUs, applied providers."""
    python = f"{facts.python} (Python {'.'.join(map(str, facts.place.python))})"
    names = ", ".join(f"{package['name']} {package['version']}" for package in facts.packages)
    era = f" (CUDA {facts.era.cuda}, cuDNN {facts.era.cudnn})" if facts.era else ""
    english = [python, f"{names or 'no onnxruntime'}{era}", *_gpu(facts, "no NVIDIA driver", "driver")]
    chinese = [python, f"{names or '没有 onnxruntime'}{era}", *_gpu(facts, "没有 NVIDIA 驱动", "驱动")]
    applied = ", ".join(facts.trial.get("session") or ())
    if applied:
        english.append(f"a session applied: {applied}")
        chinese.append(f"会话实际使用：{applied}")
    return Text("; ".join(english), "；".join(chinese))


def _gpu(facts: Facts, none: str, driver: str) -> list[str]:
    if not facts.nvml:
        return [none]
    cuda = f"CUDA {facts.nvml['cuda'] // 1000}.{facts.nvml['cuda'] % 1000 // 10}"
    devices = [f"{each['name']} ({'.'.join(map(str, each['capability']))})" for each in facts.nvml["devices"]]
    return [f"{driver} {facts.nvml['driver']} ({cuda})", *devices]


def pair(row: eras.Era) -> Text:
    """Return one line for a table of what fits."""
    oldest, newest = (".".join(map(str, version)) for version in row.python)
    beside = f"CUDA {row.cuda}, cuDNN {row.cudnn}, Python {oldest}–{newest}, {eras.TORCH[row.cuda, row.cudnn]}"
    driver = eras.DRIVER[row.cuda]
    return Text(
        f"onnxruntime-gpu {row.newest}: {beside}, driver {driver} or newer",
        f"onnxruntime-gpu {row.newest}：{beside}，驱动 {driver} 或更新",
    )


def pair_json(row: eras.Era) -> dict[str, Any]:
    """Return a row of what fits for the JSON."""
    return {
        "onnxruntime-gpu": row.newest,
        "cuda": row.cuda,
        "cudnn": row.cudnn,
        "torch": eras.TORCH[row.cuda, row.cudnn],
        "driver": eras.DRIVER[row.cuda],
    }


def of_cure(cure: Cure) -> tuple[Text, ...]:
    """Return what is set before the command starts and why, one line each."""
    lines = []
    if cure.folders:
        value = cure.variables[environment.LIBRARY_PATH]
        missing = ", ".join(cure.completes)
        lines.append(
            Text(
                f"heygem-core exec: {environment.LIBRARY_PATH}={value}: the loader did not find {missing}",
                f"heygem-core exec：{environment.LIBRARY_PATH}={value}：加载器原先找不到 {missing}",
            )
        )
    if environment.TELEMETRY in cure.variables:
        lines.append(
            Text(
                f"heygem-core exec: {environment.TELEMETRY}=1: onnxruntime {cure.facts.version} would start a "
                "thread that "
                "makes forked children hang",
                f"heygem-core exec：{environment.TELEMETRY}=1：onnxruntime {cure.facts.version} 会启动线程，使 "
                "fork 出的子进程卡死",
            )
        )
    if not cure.variables:
        lines.append(Text("heygem-core exec: nothing to set", "heygem-core exec：无需设置"))
    return tuple(lines)
