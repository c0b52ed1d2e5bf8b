"""Logs whose cause lies in how processes are started, or in how one ended."""

from __future__ import annotations

from heygem_core.errors import Cause
from tests.diagnosis.logs.sample import sample

DIED = Cause.WORKER_DIED
SHM = Cause.SHM_EXHAUSTED
LOADER = Cause.DATALOADER_WORKER_DEADLOCK
FORK = Cause.FORK_AFTER_CUDA
DAEMONIC = Cause.DAEMONIC_CHILDREN
GUARD = Cause.SPAWN_MAIN_GUARD

PROCESSES = (
    sample(
        "fork",
        FORK,
        """
Process ForkPoolWorker-3:
Traceback (most recent call last):
RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must use the 'spawn' start method
""",
    ),
    sample(
        "fork-then-worker-gone",
        FORK,
        """
RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must use the 'spawn' start method
RuntimeError: DataLoader worker (pid(s) 4411) exited unexpectedly
""",
    ),
    sample(
        "initialization-error",
        FORK,
        """
[2026-01-09 10:00:01 +0000] [31] [INFO] Booting worker with pid: 31
RuntimeError: CUDA failure 3: initialization error ; GPU=0 ; expr=cudaSetDevice(info_.device_id);
""",
    ),
    sample(
        "jax-fork",
        FORK,
        "RuntimeWarning: os.fork() was called. os.fork() is incompatible with multithreaded code, and JAX is multithreaded, so this will likely lead to a deadlock.",
    ),
    sample(
        "daemonic",
        DAEMONIC,
        """
  File "/usr/lib/python3.11/multiprocessing/process.py", line 118, in start
    assert not _current_process._config.get('daemon'), \\
AssertionError: daemonic processes are not allowed to have children
""",
    ),
    sample(
        "daemonic-then-full",
        DAEMONIC,
        """
consumer | AssertionError: daemonic processes are not allowed to have children
producer |   File "/usr/lib/python3.11/multiprocessing/queues.py", line 90, in put
producer |     raise Full
producer | queue.Full
""",
        also=(Cause.QUEUE_FULL_NO_CONSUMER,),
    ),
    sample(
        "guard",
        GUARD,
        """
RuntimeError:
        An attempt has been made to start a new process before the
        current process has finished its bootstrapping phase.

        This probably means that you are not using fork to start your
        child processes and you have forgotten to use the proper idiom
        in the main module:

            if __name__ == '__main__':
                freeze_support()
""",
    ),
    sample(
        "torch-bus-error",
        SHM,
        """
ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).
RuntimeError: DataLoader worker (pid 812) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory. Please try to raise your shared memory limit.
""",
        "shared-memory-message",
        also=(DIED,),
    ),
    sample("bus-error", SHM, "Bus error (core dumped)\nfree -g shows plenty of memory"),
    sample("nccl-shm", SHM, "NCCL WARN Error while creating shared memory segment /dev/shm/nccl-8pYtHK (size 9637888)"),
    sample(
        "torch-file",
        SHM,
        "RuntimeError: unable to write to file </torch_51_2113475418_3>: No space left on device (28)",
    ),
    sample("shm-errno", SHM, "OSError: [Errno 28] No space left on device: '/dev/shm/pym-51-abc'"),
    sample(
        "compose-killed",
        DIED,
        """
gen-1  | loading checkpoints
gen-1  | /entry.sh: line 12:     8 Killed                  python3 app.py
gen-1 exited with code 137
""",
        "killed",
    ),
    sample(
        "kernel",
        DIED,
        """
[81234.551230] python3 invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0
[81234.551990] Out of memory: Killed process 20118 (python3) total-vm:41231232kB, anon-rss:30121212kB
""",
        "killed",
    ),
    sample("kubernetes", DIED, "Last State:     Terminated\n  Reason:       OOMKilled\n  Exit Code:    137"),
    sample(
        "gunicorn-sigkill",
        DIED,
        "[2026-01-09 10:00:09 +0000] [7] [ERROR] Worker (pid:21) was sent SIGKILL! Perhaps out of memory?",
    ),
    sample(
        "segfault",
        DIED,
        'Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n  File "a.py", line 3 in run',
    ),
    sample("exit-139", DIED, "service exited with code 139"),
    sample("windows-access", DIED, "Process finished with exit code -1073741819 (0xC0000005)"),
    sample(
        "pool",
        DIED,
        "concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly while the future was running or pending.",
    ),
    sample(
        "celery", DIED, "billiard.exceptions.WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL) Job: 3."
    ),
    sample(
        "loader-exited",
        DIED,
        """
RuntimeError: DataLoader worker (pid(s) 9120, 9121) exited unexpectedly
it works with num_workers=0
""",
    ),
    sample(
        "host-memory",
        DIED,
        "RuntimeError: [enforce fail at alloc_cpu.cpp:75] DefaultCPUAllocator: can't allocate memory: you tried to allocate 12884901888 bytes.",
    ),
    sample(
        "spawn-context",
        DIED,
        "torch.multiprocessing.spawn.ProcessExitedException: process 1 terminated with signal SIGKILL",
    ),
    sample(
        "torchrun",
        DIED,
        "torch.distributed.elastic.multiprocessing.api: [ERROR] failed (exitcode: -9) local_rank: 0 (pid: 30711) of binary: /usr/bin/python3",
    ),
    sample(
        "killed-with-fallback",
        DIED,
        """
Applied providers: ['CPUExecutionProvider'], with options: {'CPUExecutionProvider': {}}
Killed
""",
        "killed",
    ),
    sample(
        "died-then-full",
        DIED,
        """
[2026-01-09 10:00:00] consumer: Segmentation fault (core dumped)
[2026-01-09 10:01:00] producer: queue is full, put blocked for 60 s, giving up
""",
        also=(Cause.QUEUE_FULL_NO_CONSUMER,),
    ),
    sample("said-to-crash", DIED, "The worker process dies silently after a few minutes, there is nothing in the log."),
    sample(
        "restarts",
        DIED,
        "\n".join(
            f"[2026-01-09 10:00:{second:02d} +0000] [{second}] [INFO] Booting worker with pid: {100 + second}"
            for second in range(0, 18, 2)
        ),
        "workers-start-over",
    ),
    sample(
        "hangs-with-workers",
        LOADER,
        "Training hangs at the first batch with num_workers=4, no error. With num_workers=0 it works.",
    ),
    sample(
        "hangs-in-chinese",
        LOADER,
        "num_workers 设为 8 的时候一直卡住不动，没有任何报错，改成 num_workers=0 就正常了，这是为什么？",
    ),
    sample("loader-timeout", LOADER, "RuntimeError: DataLoader timed out after 120 seconds"),
    sample(
        "interrupted-while-waiting",
        LOADER,
        """
  File "/venv/lib/python3.11/site-packages/torch/utils/data/dataloader.py", line 1133, in _try_get_data
    data = self._data_queue.get(timeout=timeout)
  File "/usr/lib/python3.11/selectors.py", line 415, in select
    fd_event_list = self._selector.poll(timeout)
KeyboardInterrupt
""",
    ),
)
