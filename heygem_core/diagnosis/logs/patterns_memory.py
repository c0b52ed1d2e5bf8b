"""How messages about the host's memory and /dev/shm read."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_SHM = "/dev/shm"  # noqa: S108 - messages about that very folder are looked for

MEMORY = (
    pattern(
        Kind.SHM,
        r"unexpected bus error encountered in worker|insufficient shared memory|out of shared memory|"
        r"not enough shared memory",
        "bus error|shared memory",
    ),
    pattern(Kind.SHM, r"killed by signal: Bus error", "bus error"),
    pattern(
        Kind.SHM,
        r"unable to (?:write to file|allocate shared memory\(shm\) for file|mmap \d+ bytes from file) <?/?torch_\w*>?",
        "unable to write to file|unable to allocate shared memory|unable to mmap",
    ),
    pattern(
        Kind.SHM,
        rf"{_SHM}\b.{{0,80}}(?:no space left|is full|too small|only has|has only|insufficient|100%)|"
        rf"no space left on device.{{0,80}}{_SHM}",
        _SHM,
    ),
    pattern(
        Kind.SHM,
        r"(?:while creating|failed to (?:create|open|extend)|error.{0,20}extend\w*) shared memory segment|"
        r"shared memory segment.{0,60}(?:no space|failed)|/dev/shm/nccl-",
        "shared memory segment|/dev/shm/nccl-",
    ),
    pattern(Kind.SHM, r"共享内存(?:不足|不够|太小|已满)|shm(?:_size)?.{0,6}(?:不足|不够|太小)", "共享内存|shm"),
    pattern(
        Kind.SHM,
        r"(?<!-)\b(?:shm|shared memory)\b.{0,20}(?:is |was )?(?:too small|exhausted|full\b)",
        "shm|shared memory",
    ),
    pattern(
        Kind.BUS_ERROR,
        r"\bbus error\b|SIGBUS|signal 7\b|exit(?:ed with)? code:? (?:135|-7)\b",
        "bus error|sigbus|signal 7|exit",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"out of memory: killed process|oom-kill(?:er)?\b.{0,40}(?:constraint|invoked|gfp|kill)|invoked oom-killer|"
        r"memory cgroup out of memory|oom_reaper: reaped",
        "out of memory: kill|oom-kill|oom_reaper|memory cgroup",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"OOMKilled['\"]?\s*[:=]?\s*['\"]?(?!['\"]?\s*false)(?:true|$|\W*exit|\()|reason:\s+OOMKilled|\bOOMKilled\s+\d",
        "oomkilled",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"DefaultCPUAllocator: (?:can't allocate|not enough) memory|\[Errno 12\] Cannot allocate memory|"
        r"std::bad_alloc|^MemoryError\b|ArrayMemoryError|unable to allocate [\d.]+ [KMGT]iB for an array|"
        r"not enough memory: you tried to allocate|insufficient memory \(.{0,20}outofmemory|"
        r"failed to allocate \d+ bytes in function 'OutOfMemoryError'",
        "defaultcpuallocator|errno 12|bad_alloc|memoryerror|unable to allocate|not enough memory|outofmemory",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"node was low on (?:resource: )?memory|memory on the node.{0,80}(?:exceeds|above) the memory usage threshold|"
        r"perhaps out of memory",
        "low on|memory usage threshold|perhaps out of memory",
    ),
    pattern(Kind.HOST_MEMORY, r"(?:系统|主机|物理)?内存(?:不足|不够|溢出|爆了|耗尽)|爆内存", "内存"),
)
