"""How messages about processes, memory and queues read: Python, torch, gunicorn, Celery, Ray, the kernel."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_SHM = "/dev/shm"  # noqa: S108 - messages about that very folder are looked for

STARTING = (
    pattern(Kind.FORK_CUDA, r"cannot re-initialize CUDA in forked subprocess", "re-initialize cuda"),
    pattern(
        Kind.FORK_CUDA,
        r"CUDA (?:failure|error):? ?\(?3\)?: ?initialization error|CUDA (?:error|"
        r"failed with error):? initialization error|cuda runtime error \(3\)|cudaErrorInitializationError|"
        r"CUDA_ERROR_NOT_INITIALIZED",
        "initialization error|cuda runtime error (3)|initializationerror|error_not_initialized",
    ),
    pattern(
        Kind.FORK_CUDA,
        r"_cuda_isInBadFork|poison(?:ed)? fork|CUDA.{0,60}(?:after|before|in a?) fork|"
        r"fork\w*.{0,40}after (?:initializing )?CUDA",
        "badfork|fork",
    ),
    pattern(Kind.FORK_CUDA, r"os\.fork\(\) is incompatible with multithreaded code", "os.fork()"),
    pattern(Kind.DAEMONIC, r"daemonic processes are not allowed to have children", "daemonic processes"),
    pattern(Kind.SPAWN_MAIN, r"_fixup_main_from_path|\bin spawn_main\b", "_fixup_main_from_path|in spawn_main"),
    pattern(Kind.FREEZE_SUPPORT, r"freeze_support", "freeze_support", in_lists=True),
    pattern(
        Kind.MAIN_GUARD,
        r"attempt has been made to start a new process before the",
        "attempt has been made to start",
    ),
    pattern(
        Kind.MAIN_GUARD,
        r"forgotten to use the proper idiom|(?:current )?process has finished its bootstrapping phase",
        "proper idiom|bootstrapping phase",
    ),
)

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

ENDED = (
    pattern(
        Kind.KILLED,
        r"^(?:.{0,80}: line \d+:\s+\d+ )?(?:\[\d+\]\s*[-+]?\s*(?:\d+ )?)?Killed(?:\s{2,}\S.*|\s+\(?\S*python\S*.*|"
        r"\s*\(core dumped\)\s*)?\s*$",
        "killed",
        said_by_programs=True,
    ),
    pattern(
        Kind.KILLED,
        r"(?:exit(?:ed)?(?: with)?(?: (?:code|status))?|exitcode|return ?code|退出码|退出代码)[:= ]*(?:is )?\(?(?:137|"
        r"-9)\b|(?:code|error|exit)[:=]? ?137\b|\bexited \(137\)",
        "exit|137|code",
    ),
    pattern(
        Kind.KILLED,
        r"signal 9\b|SIGKILL|killed by signal: Killed|killed by signal: 9",
        "signal 9|sigkill|killed by signal",
    ),
    pattern(
        Kind.CRASHED,
        r"segmentation fault|SIGSEGV|signal 11\b|killed by signal: (?:segmentation|aborted|floating|illegal)|"
        r"segfault at [0-9a-f]+|段错误",
        "segmentation fault|sigsegv|signal 11|killed by signal|segfault at|段错误",
    ),
    pattern(
        Kind.CRASHED,
        r"(?:exit(?:ed)?(?: with)?(?: (?:code|status))?|exitcode|return ?code|退出码|退出代码)[:= ]*(?:is )?\(?(?:139|"
        r"134|132|136|-11|-6|-4|-8|3221225477|0xC0000005|-1073741819)\b|\bexited \((?:139|134)\)",
        "exit|code|退出",
    ),
    pattern(
        Kind.CRASHED,
        r"access violation|terminate called (?:after throwing|without an active)|SIGABRT|signal 6\b|Fatal Python error",
        "access violation|terminate called|sigabrt|signal 6|fatal python error",
    ),
    pattern(
        Kind.CRASHED,
        r"^\s*(?:已)?(?:Aborted|放弃|中止)(?: \(core dumped\)|（核心已转储）| \(核心已转储\))?\s*$|\(core dumped\)|"
        r"核心已转储",
        "aborted|core dumped|核心已转储|放弃",
    ),
    pattern(
        Kind.STOP_ASKED,
        r"gracefully stopping|autorestarting worker|handling signal: hup|received SIGTERM|handling signal: (?:term|"
        r"int|quit)|shutting down: master|docker (?:stop|kill|compose down)|warm shutdown|stopped by user",
        "gracefully stopping|autorestarting|received sigterm|handling signal|shutting down|docker |warm shutdown|"
        "stopped by user",
        in_lists=True,
    ),
    pattern(
        Kind.WORKER_GONE,
        r"DataLoader worker \(pid(?:\(s\))? ?[\d, ]*\) (?:exited unexpectedly|is killed by signal)",
        "dataloader worker",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"process(?:es)? in the process pool w(?:as|ere) terminated abruptly|BrokenProcessPool|TerminatedWorkerError|"
        r"a worker process managed by the executor was unexpectedly terminated|A child process terminated abruptly",
        "terminated abruptly|brokenprocesspool|terminatedworkererror|unexpectedly terminated",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"WorkerLostError|worker exited prematurely|WorkerCrashedError|ActorDiedError|actor died unexpectedly|"
        r"worker (?:process )?(?:died|crashed|has died|was killed)|ProcessExitedException|"
        r"worker \S{0,20} ?exited unexpectedly",
        "workerlosterror|exited prematurely|workercrashederror|actordied|died|crashed|was killed|"
        "processexitedexception|exited unexpectedly",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"(?:process|worker|进程)\W{0,3}\S{0,40} ?(?:died|is dead|意外退出|已?崩溃|挂了|被杀死|被 ?kill)",
        "died|is dead|退出|崩溃|挂了|被",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"process \d+ terminated with (?:signal SIG\w+|exit code [1-9])|terminated with signal SIG\w+",
        "terminated with",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"worker \(pid:?\s*\d+\) (?:was sent (?:SIG(?:KILL|SEGV|ABRT|BUS)|code [1-9])|"
        r"was terminated due to signal (?:9|11|6)|"
        r"exited with code [1-9])",
        "worker (pid",
    ),
    pattern(Kind.WORKER_GONE, r"worker with pid \d+ was terminated due to signal", "was terminated due to signal"),
    pattern(
        Kind.WORKER_RAISED,
        r"^Exception in thread |^Process (?:Spawn|Fork|ForkServer)?\w*(?:Process|Worker)\S*-\d+:|^Process \S+:$",
        "exception in thread|process ",
        said_by_programs=True,
    ),
    pattern(Kind.BOOTING, r"booting worker with pid", "booting worker"),
    pattern(Kind.WORKER_TIMEOUT, r"WORKER TIMEOUT \(pid", "worker timeout"),
    pattern(Kind.LOADER_TIMEOUT, r"DataLoader timed out after", "dataloader timed out"),
    pattern(
        Kind.LOADER_WAIT,
        r"_try_get_data|_data_queue\.get|_MultiProcessingDataLoaderIter|\b(?:_get_data|"
        r"_next_data) \(?.{0,40}dataloader\.py",
        "_try_get_data|_data_queue|_multiprocessingdataloaderiter|dataloader.py",
    ),
    pattern(Kind.INTERRUPTED, r"^KeyboardInterrupt|^\^C", "keyboardinterrupt|^c"),
)

QUEUES = (
    pattern(
        Kind.QUEUE_FULL,
        r"^\s*(?:raise )?(?:_?queue\.|asyncio\.(?:queues\.)?|Queue\.)?(?:Full|QueueFull)\b:?\s*$|"
        r"(?<![\w.])_?queue\.Full\b|任务视频驱动队列满|queue (?:is |was )?full\b.{0,60}(?:block|timeout|timed|drop|"
        r"moving on|skip|discard|"
        r"giving|abort|stall|for \d)|put\b.{0,30}timed out|(?:timed out|timeout).{0,40}\bput\b|队列(?:已)?满",
        "full|队列满|timed out|timeout|已满",
    ),
    pattern(
        Kind.QUEUE_EMPTY,
        r"^\s*(?:_?queue\.|multiprocessing\.queues\.|Queue\.|asyncio\.(?:queues\.)?)(?:Empty|QueueEmpty)\b:?\s*$|"
        r"(?<![\w.])_?queue\.Empty\b|get\b.{0,30}timed out waiting for|queue (?:is |was )?empty\b.{0,60}(?:timeout|"
        r"timed|after \d|for \d)|(?:timed out|timeout).{0,40}\b(?:waiting for|get\b).{0,40}\b(?:frame|batch|item|"
        r"result|queue)",
        "empty|timed out|timeout",
    ),
)

OUTCOME = (
    pattern(
        Kind.EXIT,
        r"(?:exited with (?:code|status)|exit (?:code|status)|exitcode|退出代码为?|退出码)[:= ]*(?P<code>-?\d+)",
        "exit|退出",
    ),
    pattern(Kind.ERROR, r"^\s*Traceback \(most recent call last\)", "traceback (most", said_by_programs=True),
    pattern(
        Kind.ERROR,
        r"^[\w.]*(?:Error|Exception)\b(?::|$)|^(?:fatal|critical|panic)\b[: ]|^error[: ]",
        "error|exception|fatal|critical|panic",
        said_by_programs=True,
    ),
    pattern(
        Kind.ERROR,
        r"\[E:onnxruntime|command not found|permission denied|address already in use|connection refused|"
        r"no module named",
        "[e:onnxruntime|command not found|permission denied|address already in use|connection refused|no module named",
    ),
    pattern(
        Kind.ERROR,
        r"^\[?[\w.]*(?:\[ONNXRuntimeError\]|ONNXRuntimeError\]) : [1-9]|^[\w.]+\.(?:exceptions?|errors?|"
        r"\w*pybind11_state)\.[A-Z]\w+",
        "onnxruntimeerror]|.exceptions.|.exception.|.errors.|.error.|pybind11_state.",
    ),
    pattern(
        Kind.DONE,
        r"\b100%\|?|\b(?:completed|finished|done)\b(?: successfully)?\W*(?:$|in \d)|successfully (?:completed|"
        r"finished|saved|generated|created)|\b(?:saved|written|wrote|output) (?:\S+ )?to\b|\bsaved in\b|video saved|"
        r"合成(?:成功|完成)|处理完成|任务完成|生成成功",
        "100%|completed|finished|done|successfully|saved|written|wrote|output|成功|完成",
        said_by_programs=True,
    ),
    pattern(
        Kind.ELSEWHERE,
        r"torch not compiled with CUDA|found no NVIDIA driver|no CUDA-capable device|no CUDA GPUs are available|"
        r"nvidia-smi has failed|could not select device driver|driver not loaded",
        "not compiled with cuda|no nvidia driver|no cuda-capable|no cuda gpus|nvidia-smi has failed|"
        "could not select device|driver not loaded",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"device-side assert triggered|illegal memory access|unspecified launch failure|misaligned address|"
        r"CUBLAS_STATUS_(?:NOT_INITIALIZED|EXECUTION_FAILED|NOT_SUPPORTED|INVALID_VALUE|INTERNAL_ERROR)|"
        r"CUDNN_STATUS_(?:NOT_INITIALIZED|EXECUTION_FAILED|INTERNAL_ERROR|BAD_PARAM|NOT_SUPPORTED|MAPPING_ERROR)",
        "device-side assert|illegal memory|launch failure|misaligned|cublas_status_|cudnn_status_",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"Xid \(PCI:[^)]+\): \d+|GPU has fallen off the bus|too many open files|received 0 items of ancdata",
        "xid (|fallen off the bus|too many open files|ancdata",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"address already in use|no module named|command not found|ModuleNotFoundError|cannot import name|"
        r"has no attribute|command ['\"]?\S+['\"]? not found|no matching distribution|"
        r"could not find a version that satisfies",
        "address already in use|no module named|command not found|modulenotfounderror|cannot import name|"
        "has no attribute|not found|no matching distribution|could not find a version",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"No space left on device|connection (?:refused|reset|timed out)|SSLError|Max retries exceeded|"
        r"HTTPError: [45]\d\d|permission denied",
        "no space left|connection |sslerror|max retries|httperror|permission denied",
    ),
)

PROCESSES = (*STARTING, *MEMORY, *ENDED, *QUEUES, *OUTCOME)
