"""What is no fault on this machine and still worth knowing: hazards, and variables that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from heygem_core.diagnosis.doctor import eras
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.runtime import environment
from heygem_core.text import Text

_GIB = 1 << 30
_NO_LIMIT = 1 << 60
"""Control groups version 1 write a number near 2**63 where there is no limit."""
HEYGEM_MEMORY = 32 * _GIB
"""What HeyGem's own installation guide asks for; several stalls ended with more memory."""
INERT = {
    "ORT_PARALLEL": Text("a name of an enumeration, no library reads it", "只是枚举名，没有任何库读取它"),
    "ORT_SEQUENTIAL": Text("a name of an enumeration, no library reads it", "只是枚举名，没有任何库读取它"),
    "ORT_LOGGING_LEVEL": Text("no library reads it", "没有任何库读取它"),
    "ORT_LOG_LEVEL": Text("no library reads it", "没有任何库读取它"),
    "ORT_LOG_SEVERITY_LEVEL": Text("no library reads it", "没有任何库读取它"),
    "ONNXRUNTIME_LOG_SEVERITY_LEVEL": Text("no library reads it", "没有任何库读取它"),
    "ORT_NUM_THREADS": Text("no library reads it", "没有任何库读取它"),
    "TORCH_DATALOADER_NUM_WORKERS": Text("torch does not read it", "torch 不读取它"),
    "OMP_NUM_THREADS": Text(
        "onnxruntime has no OpenMP; it acts on torch and OpenBLAS",
        "onnxruntime 不使用 OpenMP；它只影响 torch 与 OpenBLAS",
    ),
    "OMP_WAIT_POLICY": Text(
        "onnxruntime has no OpenMP; ACTIVE makes torch's threads spin",
        "onnxruntime 不使用 OpenMP；ACTIVE 会让 torch 的线程空转",
    ),
}
"""What the variables of circulating start scripts do for onnxruntime: nothing (getenv interposed, 1.16.3 to 1.31.1)."""
_THREADS = ("ORT_INTRA_OP_NUM_THREADS", "ORT_INTER_OP_NUM_THREADS")


def notes(facts: Facts) -> tuple[Text, ...]:
    """Return all that apply, one line each."""
    parts = (_telemetry, _inert, _too_early, _compiled, _torch, _memory, _processors, _killed)
    return tuple(line for part in parts for line in part(facts))


def _series(facts: Facts) -> eras.Version:
    return eras.numbers(facts.version or "0")[:2]


def _telemetry(facts: Facts) -> Iterator[Text]:
    if _series(facts) >= eras.TELEMETRY and environment.TELEMETRY not in facts.environment:
        yield Text(
            f"importing onnxruntime {facts.version} starts a thread; a child forked after "
            "that hangs "
            f"when it ends: set {environment.TELEMETRY}=1 before the import (heygem-core exec does)",
            f"导入 onnxruntime {facts.version} 会启动一个线程；之后 fork 出的子进程退出时会卡死："
            f"请在导入前设置 {environment.TELEMETRY}=1（heygem-core exec 会设置）",
        )


def _inert(facts: Facts) -> Iterator[Text]:
    for name, why in INERT.items():
        if name in facts.environment:
            value = facts.environment[name]
            yield Text(
                f"{name}={value} does nothing for onnxruntime: {why.en}",
                f"{name}={value} 对 onnxruntime 不起作用：{why.zh}",
            )


def _too_early(facts: Facts) -> Iterator[Text]:
    for name in _THREADS:
        if name in facts.environment and _series(facts) < eras.TELEMETRY:
            yield Text(
                f"{name} is read from onnxruntime 1.29 on, this is {facts.version}",
                f"{name} 从 onnxruntime 1.29 起才被读取，此处是 {facts.version}",
            )


def _compiled(facts: Facts) -> Iterator[Text]:
    for device in facts.nvml.get("devices", ()):
        capability = tuple(device["capability"])
        if facts.era and eras.runs_on(facts.era, capability) == "compiled":
            yield Text(
                f"onnxruntime-gpu {facts.version} has no machine code for {device['name']}: the driver compiles "
                "it at the "
                "first start, which takes minutes once and looks like a stall",
                f"onnxruntime-gpu {facts.version} 没有 {device['name']} 的机器码：首次启动时由驱动编译，"
                "会耗时数分钟，看起来像卡死",
            )


def _torch(facts: Facts) -> Iterator[Text]:
    if facts.torch is not None and facts.torch[1] is None and facts.wanted == "cuda":
        yield Text(f"torch {facts.torch[0]} is built for the CPU", f"torch {facts.torch[0]} 只支持 CPU")


def memory_limit(facts: Facts) -> int | None:
    """Return the bytes that the control group allows, version 2 or 1; None without a limit."""
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = (facts.machine_file(name) or "").strip()
        if text.isdigit() and int(text) < _NO_LIMIT:
            return int(text)
    return None


def _memory(facts: Facts) -> Iterator[Text]:
    limit = memory_limit(facts)
    if limit is not None and limit < HEYGEM_MEMORY:
        yield Text(
            f"the control group allows {limit / _GIB:.1f} GiB of memory, HeyGem asks for {HEYGEM_MEMORY // _GIB}; what "
            "exceeds it is killed without a word",
            f"控制组只允许 {limit / _GIB:.1f} GiB 内存，HeyGem 要求 {HEYGEM_MEMORY // _GIB} GiB；"
            "超出者会被直接杀死，没有任何提示",
        )


def processors(facts: Facts) -> float | None:
    """Return how many processors the control group allows, version 2 or 1; None without a limit."""
    quota, _, period = (facts.machine_file("/sys/fs/cgroup/cpu.max") or "").strip().partition(" ")
    if not quota:
        quota = (facts.machine_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") or "").strip()
        period = (facts.machine_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us") or "").strip()
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _processors(facts: Facts) -> Iterator[Text]:
    allowed, host = processors(facts), facts.raw["machine"]["cpus"]["host"]
    if allowed is not None and allowed < host:
        yield Text(
            f"the control group allows {allowed:g} processors, onnxruntime makes threads for all {host}: set "
            "intra_op_num_threads",
            f"控制组只允许 {allowed:g} 个处理器，而 onnxruntime 会按全部 {host} 个创建线程：请设置 "
            "intra_op_num_threads",
        )


def _killed(facts: Facts) -> Iterator[Text]:
    for name in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        words = dict(line.split(" ", 1) for line in (facts.machine_file(name) or "").splitlines() if " " in line)
        count = words.get("oom_kill", "0").strip()
        if count.isdigit() and int(count):
            yield Text(
                f"the kernel has killed {count} processes of this control group for want of memory",
                f"内核已因内存不足杀死此控制组中的 {count} 个进程",
            )
