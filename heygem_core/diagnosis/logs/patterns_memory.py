"""How messages about the host's memory and /dev/shm read."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_SHM = "/dev/shm"  # noqa: S108 - messages about that very folder are looked for

SHARED = (
    pattern(
        Kind.SHM,
        r"unexpected bus error encountered in worker|(?:insufficient|out of|not enough|no) shared memory|"
        r"couldn't allocate shared memory|killed by signal: Bus error",
        "bus error|shared memory",
    ),
    pattern(
        Kind.SHM,
        r"unable to (?:write to file|allocate shared memory\(shm\) for file|mmap \d+ bytes from file|resize file) "
        r"<?/?torch_\w*>?|unable to open shared memory object <?/?torch_\w*>?(?!.{0,60}too many open files)",
        "unable to write to file|unable to allocate shared memory|unable to mmap|unable to resize file|"
        "unable to open shared memory",
    ),
    # Ray's note that it goes without is no failure.
    pattern(
        Kind.SHM,
        rf"(?<!shm because ){_SHM}\b(?! because).{{0,80}}(?:no space left|is full|too small|only has|has only|"
        rf"insufficient|"
        rf"100%)|no space left on device.{{0,80}}{_SHM}",
        _SHM,
    ),
    pattern(
        Kind.SHM,
        r"(?:while creating|failed to (?:create|open|extend)|error.{0,20}extend\w*) shared memory segment|"
        r"unable to initialize shared memory key|"
        r"shared memory segment.{0,60}(?:no space|failed)|/dev/shm/nccl-|posix_fallocate failed",
        "shared memory segment|shared memory key|/dev/shm/nccl-|posix_fallocate",
    ),
    pattern(Kind.SHM, r"共享内存(?:不足|不够|太小|已满|耗尽)|shm(?:_size)?.{0,6}(?:不足|不够|太小)", "共享内存|shm"),
    pattern(
        Kind.SHM,
        r"(?<!-)\b(?:shm|shared memory)\b.{0,20}(?:is |was )?(?:too small|exhausted|full\b)",
        "shm|shared memory",
    ),
    pattern(
        Kind.BUS_ERROR,
        r"\bbus error\b|总线错误|SIGBUS|signal 7\b|exit(?:ed with)? code:? (?:135|-7)\b",
        "bus error|总线错误|sigbus|signal 7|exit",
    ),
    pattern(Kind.NO_SPACE, r"\[Errno 28\] No space left on device:?(?! ?'/(?!dev/shm))", "[errno 28]"),
    pattern(
        Kind.SHARES_MEMORY,
        r"multiprocessing[\\/](?:heap|synchronize|shared_memory)\.py|queues\.py\", line \d+, in __init__|"
        r"_posixshmem|torch[\\/]multiprocessing[\\/]"
        r"reductions\.py|\bSemLock\b|share_memory_?\(|_share_\w+\(",
        "multiprocessing/|multiprocessing\\|_posixshmem|semlock|share_memory|_share_",
        in_lists=True,
    ),
)

HOST = (
    pattern(
        Kind.HOST_MEMORY,
        r"out of memory: killed process|oom-kill(?:er)?\b.{0,40}(?:constraint|invoked|gfp|kill)|invoked oom-killer|"
        r"memory cgroup out of memory|oom_reaper: reaped|failed with result 'oom-kill'",
        "out of memory: kill|oom-kill|oom_reaper|memory cgroup",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"OOMKilled['\"]?\s*[:=]?\s*['\"]?(?!['\"]?\s*false)(?:true|$|\W*exit|\()|reason:\s+OOMKilled|\bOOMKilled\s+\d",
        "oomkilled",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"DefaultCPUAllocator: (?:can't allocate|not enough) memory|(?:errno|os error|error) 12\W{1,3}\s*"
        r"Cannot allocate memory|fork\b.{0,20}: Cannot allocate memory|Cannot allocate memory \(os error 12\)|"
        r"std::bad_alloc|\bbad allocation\b|^\W*MemoryError\b|ArrayMemoryError|"
        r"unable to allocate [\d.]+ [KMGT]iB for an array|memory allocation of \d+ bytes failed|"
        r"not enough memory: you tried to allocate|insufficient memory \(.{0,20}outofmemory|"
        r"failed to allocate \d+ bytes in function 'OutOfMemoryError'",
        "defaultcpuallocator|allocate memory|bad_alloc|bad allocation|memoryerror|unable to allocate|"
        "memory allocation of|not enough memory|outofmemory",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"os error 1455|\[?WinError 1455\]?|paging file is too small|页面文件太小",
        "1455|paging file|页面文件太小",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"node was low on (?:resource: )?memory|(?:due to the )?node running low on memory|memory on the node.{0,80}"
        r"(?:exceeds|above) the memory usage threshold|perhaps out of memory|crashed after using all available RAM",
        "low on|memory usage threshold|perhaps out of memory|all available ram",
    ),
    pattern(
        Kind.HOST_MEMORY,
        r"(?<!显)(?<!显卡)(?<!显卡的)(?<!GPU)(?<!GPU )(?<!CUDA)(?<!CUDA )内存(?:不足|不够|溢出|爆了|耗尽)|爆内存",
        "内存",
    ),
)

MEMORY = (*SHARED, *HOST)
