"""How many pipelines a machine gets, and why that many."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from heygem_core.text import Text

CORES = 2
"""Cores that one pipeline keeps busy on the CPU: all its stages' time over that of the slowest stage, which sets the
pace, is 2.2 for the default clip (render_default_clip in bench/results/cpu-2026-11-23.json)."""
MEMORY = 1 << 30
"""Bytes to have free per pipeline; its five processes were measured at 602 MiB (memory in the same file), and larger
pictures need more."""
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Place:
    """Where one pipeline works; ``variables`` are for its workers' environment."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The places of one machine, and the reason for their number."""

    places: tuple[Place, ...]
    reason: Text


def cores() -> int:
    """Return how many cores this process may use: its affinity, and its cgroup's quota where that is lower."""
    allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))


def gpus(variables: Mapping[str, str], count: int) -> list[str]:
    """Return the GPUs to name in CUDA_VISIBLE_DEVICES, one pipeline each: those visible already, or all ``count``."""
    visible = variables.get("CUDA_VISIBLE_DEVICES")
    return [str(index) for index in range(count)] if visible is None else [name for name in visible.split(",") if name]


def by_gpu(names: list[str], jobs: int, wanted: int | None) -> Plan:
    """Return one place per GPU; ``wanted`` of them in turn where that is given."""
    count = _bounded(wanted or len(names), jobs)
    places = tuple(
        Place(f"gpu{names[index % len(names)]}", {"CUDA_VISIBLE_DEVICES": names[index % len(names)]})
        for index in range(count)
    )
    why = Text(f"one for each of {len(names)} GPUs", f"{len(names)} 块 GPU 各一条")
    return Plan(places, _reason(count, why, jobs, wanted))


def by_cores(usable: int, free: int, jobs: int, wanted: int | None) -> Plan:
    """Return one place per `CORES` of ``usable`` cores, as far as ``free`` bytes of memory go."""
    groups, room = max(1, usable // CORES), max(1, free // MEMORY)
    count = _bounded(wanted or min(groups, room), jobs)
    why = Text(
        f"one for every {CORES} of {usable} cores, which is what one keeps busy",
        f"{usable} 个核，每 {CORES} 个核一条（一条流水线可用满这么多核）",
    )
    if room < groups:
        free_gib = free / (1 << 30)
        why = Text(
            f"{free_gib:.1f} GiB of memory are free, one needs 1 GiB (the {usable} cores would do for {groups})",
            f"可用内存 {free_gib:.1f} GiB，每条需 1 GiB（{usable} 个核本可支持 {groups} 条）",
        )
    return Plan(tuple(Place(f"cpu{index}") for index in range(count)), _reason(count, why, jobs, wanted))


def local(on_gpu: bool, jobs: int, wanted: int | None = None) -> Plan:
    """Return the plan for this machine: by GPU where sessions run on it, else by cores; at most one place per job."""
    if on_gpu:
        from heygem_core.runtime import nvml

        names = gpus(os.environ, len(nvml.machine().gpus))
        if names:
            return by_gpu(names, jobs, wanted)
    import psutil

    return by_cores(cores(), psutil.virtual_memory().available, jobs, wanted)


def _bounded(count: int, jobs: int) -> int:
    return max(1, min(count, jobs))


def _reason(count: int, why: Text, jobs: int, wanted: int | None) -> Text:
    if wanted is not None:
        why = Text("as asked for", "按指定数量")
    if count == jobs:
        why = Text(f"{why.en}; not more than jobs ({jobs})", f"{why.zh}；任务不超过 {jobs} 个")
    pipelines = "pipeline" if count == 1 else "pipelines"
    return Text(f"{count} {pipelines}: {why.en}", f"{count} 条流水线：{why.zh}")
