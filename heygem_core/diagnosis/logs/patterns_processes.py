"""How it reads when processes are started wrongly, die, or are replaced: Python, torch, gunicorn, Ray, vLLM, shells."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_CODE = (
    r"(?:exit(?:ed)?(?: with)?(?: (?:code|status))?|exitcode|return ?code|退出码|退出代码)[:= ]*(?:is |of |为|\[)?\(?"
)
_NTSTATUS = r"0xC0000(?:005|01D|094|0FD|374|409)"
"""Windows: access violation, illegal instruction, division, stack overflow, corrupt heap, stack overrun."""
_CRASH_CODES = (
    rf"(?:13[2469]|-(?:4|6|8|11)|3221225(?:477|501|620|725)|3221226(?:356|505)|-107374(?:1819|1795|1676|1571|0940|"
    rf"0791)|"
    rf"{_NTSTATUS})"
)
"""128 + signal and -signal for ILL, ABRT, FPE, SEGV; the same statuses of Windows unsigned and signed."""

STARTING = (
    pattern(Kind.FORK_CUDA, r"cannot re-initialize CUDA in forked subprocess", "re-initialize cuda"),
    pattern(
        Kind.FORK_CUDA,
        r"\b(?:CUDA(?::| (?:failure|error|failed with error))|cuInit failed):? ?(?:\(?3\)?[:,]? ?)?initialization error"
        r"(?!.{0,40}(?:no CUDA-capable|driver version))|"
        r"Error\(b?'initialization error'|cuda runtime error \(3\)|cudaErrorInitializationError|"
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
    pattern(
        Kind.SPAWN_MAIN,
        r"_fixup_main_from_path|\bin spawn_main\b|popen_spawn_win32",
        "_fixup_main_from_path|in spawn_main|popen_spawn",
    ),
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

ENDED = (
    pattern(
        Kind.KILLED,
        r"^(?:.{0,80}: line \d+:\s+\d+ )?(?:\[\d+\]\s*[-+]?\s*(?:\d+ )?)?(?:Killed|已杀死)(?:\s{2,}\S.*|"
        r"\s+\(?\S*python\S*.*|\s*\(core dumped\)\s*)?\s*$",
        "killed|已杀死",
        said_by_programs=True,
    ),
    # A progress bar's line goes on with the shell's word.
    pattern(Kind.KILLED, r"(?:it|step|batch|s)/(?:s|it|step).{0,160}\]\s*(?:Killed|已杀死)\s*$", "killed|已杀死"),
    pattern(
        Kind.KILLED, rf"{_CODE}(?:137|-9)\b|(?:code|error|exit)[:=]? ?137\b|\bexited \(137\)", "exit|137|code|退出"
    ),
    pattern(
        Kind.KILLED,
        r"signal 9\b|SIGKILL|killed by signal: (?:Killed|9)|status=9/KILL",
        "signal 9|sigkill|killed by signal|status=9",
    ),
    pattern(
        Kind.CRASHED,
        r"segmentation fault|SIGSEGV|signal 11\b|killed by signal: (?:segmentation|aborted|floating|illegal)|"
        r"segfault at [0-9a-f]+|status=11/SEGV|段错误",
        "segmentation fault|sigsegv|signal 11|killed by signal|segfault at|status=11|段错误",
    ),
    pattern(
        Kind.CRASHED, rf"{_CODE}{_CRASH_CODES}\b|\bexited \((?:139|134)\)|\b{_NTSTATUS}\b", "exit|code|退出|0xc00000"
    ),
    pattern(
        Kind.CRASHED,
        r"access violation|terminate called (?:after throwing|without an active)|SIGABRT|signal 6\b|Fatal Python error|"
        r"status=6/ABRT|SIGILL\b|(?:stack|heap) corruption|stack smashing detected|"
        r"(?:free|malloc|munmap_chunk|double free or corruption)\(\w*\)?: (?:invalid|corrupt)|corrupted size vs",
        "access violation|terminate called|sigabrt|signal 6|fatal python error|status=6|sigill|corruption|"
        "stack smashing|invalid|corrupt",
    ),
    pattern(
        Kind.CRASHED,
        r"^\s*(?:已)?(?:Aborted|放弃|中止)(?: \(core dumped\)|（核心已转储）| \(核心已转储\))?\s*$|\(core dumped\)|"
        r"核心已转储|\bIOT instruction\b|illegal hardware instruction|trace trap",
        "aborted|core dumped|核心已转储|放弃|iot instruction|illegal hardware|trace trap",
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
        r"DataLoader worker \(pid(?:\(s\))? ?[\d, ]*\) (?:exited unexpectedly|is killed by signal)|"
        r"DataLoader \d+ workers? exit(?:ed)? unexpectedly|"
        r"pin memory thread exited unexpectedly",
        "dataloader worker|exit unexpectedly|exited unexpectedly|pin memory thread",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"process(?:es)? in the process pool w(?:as|ere) terminated abruptly|BrokenProcessPool|TerminatedWorkerError|"
        r"a worker process managed by the executor was unexpectedly terminated|A child process terminated abruptly",
        "terminated abruptly|brokenprocesspool|terminatedworkererror|unexpectedly terminated",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"WorkerLostError|worker exited prematurely|WorkerCrashedError|ActorDiedError|the actor died|"
        r"worker (?:process )?(?:died|crashed|has died|was killed)|ProcessExitedException|"
        r"worker unexpectedly exits|\bworker died or was killed",
        "workerlosterror|exited prematurely|workercrashederror|actordied|actor died|died|crashed|was killed|"
        "processexitedexception|unexpectedly exits",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"\b(?:proc(?:ess)?|worker|child|subprocess|engine|actor|daemon|thread|server|backend|runner|kernel)\b"
        r"[^.;,]{0,40}? (?:(?:has |have )?(?:died|exited|terminated|stopped|crashed|ended) (?:unexpectedly|abruptly|"
        r"prematurely)|unexpectedly (?:died|exited|terminated|stopped|crashed|quit)|(?:appears to have|has) died)",
        "unexpectedly|abruptly|prematurely|have died|has died",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"the kernel crashed while executing|your session crashed|not expected\)|died, killed by signal|"
        r"main process exited, code=(?:killed|dumped)|failed with result '(?:core-dump|signal)'|died with <Signals",
        "kernel crashed|session crashed|not expected)|killed by signal|main process exited|failed with result|"
        "died with",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"(?:process|worker|进程)\W{0,3}[^\s,.，。]{0,40} ?(?:died|is dead|意外退出|已?崩溃|挂了|被杀死|被 ?kill)",
        "died|is dead|退出|崩溃|挂了|被",
    ),
    pattern(
        Kind.WORKER_GONE,
        r"process \d+ terminated with (?:signal SIG\w+|exit code [1-9])|terminated with signal SIG\w+",
        "terminated with",
    ),
    # gunicorn's own codes 3 and 4 say that the application could not be loaded; its error says why.
    pattern(
        Kind.WORKER_GONE,
        r"worker \(pid:?\s*\d+\) (?:was sent (?:SIG(?:KILL|SEGV|ABRT|BUS)|code (?![34]\b)[1-9])|"
        r"was terminated due to signal (?:9|11|6)|exited with code (?![34]\b)[1-9])",
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
        r"_try_get_data|_data_queue\.get|_MultiProcessingDataLoaderIter|dataloader\.py\", line \d+, in (?:__next__|"
        r"_next_data|_get_data|_try_get_\w+)|\b(?:_get_data|"
        r"_next_data) \(?.{0,40}dataloader\.py",
        "_try_get_data|_data_queue|_multiprocessingdataloaderiter|dataloader.py",
    ),
    pattern(Kind.INTERRUPTED, r"^KeyboardInterrupt|^\^C", "keyboardinterrupt|^c"),
)

PROCESSES = (*STARTING, *ENDED)
