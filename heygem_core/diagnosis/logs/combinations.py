"""Which things in which states point to which cause: one row each, to be read as a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.diagnosis.logs.concepts import Concept
from heygem_core.diagnosis.logs.concepts_states import State as S
from heygem_core.diagnosis.logs.concepts_things import Thing as T
from heygem_core.errors import Cause
from heygem_core.text import Text


@dataclass(frozen=True)
class Combination:
    """Whoever speaks of all that is in ``needs`` within two sentences, and of nothing in ``unless``, points to
    ``cause``; ``why`` is the reason given to the user."""

    name: str
    cause: Cause
    needs: tuple[Concept, ...]
    why: Text
    unless: tuple[Concept, ...] = ()


def _row(name: str, cause: Cause, needs: tuple[Concept, ...], en: str, zh: str, *unless: Concept) -> Combination:
    return Combination(name, cause, needs, Text(en, zh), unless)


_LIBRARIES = (
    _row("library-missing", Cause.MISSING_CUDA_LIBRARY, (T.LIBRARY, S.MISSING), "a CUDA library is not found", "找不到某个 CUDA 库"),
    _row("library-not-searched", Cause.MISSING_CUDA_LIBRARY, (T.LIBRARY, T.SEARCH, S.FAILS), "the loader fails over a CUDA library", "加载器在某个 CUDA 库上失败"),
    _row("versions-mismatch", Cause.CUDA_VERSION_MISMATCH, (T.CUDA, T.VERSION, S.MISMATCH), "versions of CUDA do not fit each other", "CUDA 的版本互不匹配"),
    _row("driver-mismatch", Cause.CUDA_VERSION_MISMATCH, (T.DRIVER, S.MISMATCH), "the driver does not fit", "驱动不匹配"),
    _row("driver-demanded", Cause.CUDA_VERSION_MISMATCH, (T.DRIVER, S.OLD, S.WANTS), "another driver is demanded than there is", "要求的驱动与现有的不同"),
    _row("driver-too-old", Cause.CUDA_VERSION_MISMATCH, (T.DRIVER, S.OLD, S.FAILS), "the driver is old, and the GPU cannot be used", "驱动较旧，GPU 无法使用"),
    _row("other-version-demanded", Cause.CUDA_VERSION_MISMATCH, (T.CUDA, T.VERSION, S.WANTS, S.FAILS), "what was made for one version of CUDA fails with another", "为某个 CUDA 版本编译的包在另一版本上失败"),
    _row("both-versions-named", Cause.CUDA_VERSION_MISMATCH, (T.BUILD, T.CUDA, S.MISMATCH), "the build and the installed CUDA do not fit", "安装包与已装的 CUDA 不配套"),
    _row("architecture-not-covered", Cause.UNSUPPORTED_GPU_ARCH, (T.ARCH, S.NOT_COVERED), "the GPU's architecture is not covered", "不支持该 GPU 的架构"),
    _row("build-not-for-card", Cause.UNSUPPORTED_GPU_ARCH, (T.BUILD, T.GPU, S.NOT_COVERED), "the build is not for this GPU", "安装包不支持该 GPU"),
    _row("architecture-too-old", Cause.UNSUPPORTED_GPU_ARCH, (T.ARCH, T.BUILD, S.OLD), "the GPU is too old or too new for the build", "该 GPU 对安装包来说太旧或太新"),
    _row("both-packages", Cause.PACKAGE_CONFLICT, (T.CPU_WHEEL, T.GPU_WHEEL, S.BOTH), "both packages of onnxruntime are installed", "两种 onnxruntime 包同时安装"),
    _row("packages-clash", Cause.PACKAGE_CONFLICT, (T.ORT, T.GPU_WHEEL, S.CLASHES), "one package of onnxruntime is in the other's way", "一种 onnxruntime 包妨碍另一种"),
    _row("cuda-gone-with-second", Cause.PACKAGE_CONFLICT, (T.CPU_WHEEL, T.GPU_WHEEL, S.GONE), "with a second package of onnxruntime the GPU is gone", "装了第二种 onnxruntime 包后 GPU 不可用"),
    _row("plain-one-removed", Cause.PACKAGE_CONFLICT, (T.ORT, S.CLASHES, S.GONE), "since another package came, onnxruntime has no GPU", "装了别的包之后 onnxruntime 不再有 GPU"),
    _row("only-cpu-offered", Cause.SILENT_CPU_FALLBACK, (T.PROVIDER, T.GPU, S.GONE), "only the CPU is offered", "只列出 CPU"),
    _row("done-by-cpu", Cause.SILENT_CPU_FALLBACK, (T.GPU, S.ON_CPU, S.IDLE), "the CPU does the work, and the GPU idles", "CPU 在计算而 GPU 空闲"),
    _row("gpu-idle-cpu-full", Cause.SILENT_CPU_FALLBACK, (T.GPU, T.CPU, S.IDLE, S.BUSY), "the CPU is at full load, and the GPU idles", "CPU 满载而 GPU 空闲"),
    _row("gpu-chosen-but-idle", Cause.SILENT_CPU_FALLBACK, (T.GPU, S.CHOSEN, S.IDLE, T.CPU), "the GPU was chosen, and idles", "选择了 GPU，但它空闲"),
    _row("gpu-chosen-cpu-works", Cause.SILENT_CPU_FALLBACK, (T.GPU, S.CHOSEN, S.ON_CPU), "the GPU was chosen, and the CPU does the work", "选择了 GPU，计算却由 CPU 完成"),
)
_MEMORY = (
    _row("gpu-memory-full", Cause.GPU_OUT_OF_MEMORY, (T.GPU_MEMORY, S.FULL), "the GPU's memory is used up", "显存用尽"),
    _row("gpu-memory-to-be-less", Cause.GPU_OUT_OF_MEMORY, (T.GPU_MEMORY, S.LESS), "less of the GPU's memory is to be used", "希望减少显存占用"),
    _row("shared-memory-small", Cause.SHM_EXHAUSTED, (T.SHM, S.SMALL), "shared memory is small", "共享内存太小"),
    _row("shared-memory-full", Cause.SHM_EXHAUSTED, (T.SHM, S.FULL), "shared memory is full", "共享内存已满"),
    _row("shared-memory-fails", Cause.SHM_EXHAUSTED, (T.SHM, T.WORKERS, S.FAILS), "workers fail over shared memory", "工作进程因共享内存失败"),
)
_PROCESSES = (
    _row("killed-for-memory", Cause.WORKER_DIED, (T.HOST_MEMORY, S.KILLED), "a process is killed, and memory is spoken of", "进程被杀，且与内存有关"),
    _row("memory-and-gone", Cause.WORKER_DIED, (T.PROCESS, T.HOST_MEMORY, S.FULL, S.DIES), "the host's memory is used up, and a process is gone", "内存用尽，进程消失"),
    _row("process-killed", Cause.WORKER_DIED, (T.PROCESS, S.KILLED), "a process is killed", "进程被杀"),
    _row("process-dies", Cause.WORKER_DIED, (T.PROCESS, S.DIES), "a process ends by itself", "进程自行退出"),
    _row("dies-silently", Cause.WORKER_DIED, (T.PROCESS, S.DIES, S.SILENT), "a process ends without a word", "进程无声退出"),
    _row("dies-and-others-wait", Cause.WORKER_DIED, (T.PROCESS, S.DIES, S.WAITS), "one ends, and others wait for it", "一个进程退出，其他的还在等它"),
    _row("loader-hangs", Cause.DATALOADER_WORKER_DEADLOCK, (T.LOADER, T.WORKERS, S.HANGS), "loading with workers stands still", "多进程加载数据时卡住"),
    _row("workers-hang-none-works", Cause.DATALOADER_WORKER_DEADLOCK, (T.LOADER, T.NO_WORKERS, S.HANGS, S.FINE), "it stands still with workers, and works without", "有 worker 时卡住，没有则正常"),
    _row("cuda-in-child-fails", Cause.FORK_AFTER_CUDA, (T.GPU, T.CHILD, T.FORK, S.FAILS), "a forked process cannot use the GPU", "fork 出的进程无法使用 GPU"),
    _row("cuda-again-in-child", Cause.FORK_AFTER_CUDA, (T.GPU, T.CHILD, S.AGAIN, S.FAILS), "CUDA is started again in a child process", "子进程中再次初始化 CUDA"),
    _row("cuda-before-child", Cause.FORK_AFTER_CUDA, (T.GPU, T.CHILD, T.PARENT, S.FAILS), "CUDA was used before the child process was started", "启动子进程之前已使用过 CUDA"),
    _row("daemon-refused", Cause.DAEMONIC_CHILDREN, (T.DAEMON, S.REFUSED), "a daemonic process may not start others", "守护进程不能再启动进程"),
    _row("daemon-within", Cause.DAEMONIC_CHILDREN, (T.DAEMON, T.CHILD, T.INSIDE), "a daemonic process is to start others", "要在守护进程里再启动进程"),
    _row("guard-missing", Cause.SPAWN_MAIN_GUARD, (T.GUARD, T.FORK), "the main guard is spoken of where processes are started", "启动进程时提到了主模块保护"),
    _row("guard-and-process", Cause.SPAWN_MAIN_GUARD, (T.GUARD, T.PROCESS, S.FAILS), "without the main guard starting processes fails", "没有主模块保护，启动进程失败"),
    _row("main-runs-again", Cause.SPAWN_MAIN_GUARD, (T.MAIN_RUN, T.GUARD), "the main module runs again in the child", "子进程中重新运行主模块"),
    _row("bootstrapping", Cause.SPAWN_MAIN_GUARD, (T.MAIN_RUN, S.FAILS), "a process is started before the bootstrapping is over", "引导阶段结束之前就启动进程"),
)
_PIPELINE = (
    _row("queue-full-not-taken", Cause.QUEUE_FULL_NO_CONSUMER, (T.QUEUE, S.FULL, S.NOT_TAKEN), "the queue is full, and nobody takes from it", "队列已满，无人取走"),
    _row("queue-full-times-out", Cause.QUEUE_FULL_NO_CONSUMER, (T.QUEUE, S.FULL, S.TIMES_OUT), "the queue is full, and a put times out", "队列已满，put 超时"),
    _row("not-taken-silently", Cause.QUEUE_FULL_NO_CONSUMER, (T.QUEUE, S.NOT_TAKEN, S.TIMES_OUT), "nothing is taken from the queue", "队列中的数据没有被取走"),
    _row("stage-after-takes-nothing", Cause.QUEUE_FULL_NO_CONSUMER, (T.QUEUE, T.BEHIND, S.NOT_TAKEN), "the stage after takes nothing", "后一阶段什么都没取"),
    _row("queue-empty", Cause.QUEUE_EMPTY_NO_PRODUCER, (T.QUEUE, S.EMPTY, S.TIMES_OUT), "the queue stays empty", "队列一直为空"),
    _row("nothing-delivered", Cause.QUEUE_EMPTY_NO_PRODUCER, (T.AHEAD, S.NEVER_COMES), "the stage before delivers nothing", "前一阶段什么都没送来"),
    _row("waits-for-nothing", Cause.QUEUE_EMPTY_NO_PRODUCER, (T.RESULT, S.NEVER_COMES, S.TIMES_OUT), "what is waited for never comes", "等待的数据一直没来"),
    _row("queue-gets-nothing", Cause.QUEUE_EMPTY_NO_PRODUCER, (T.QUEUE, S.NEVER_COMES), "nothing was put into the queue", "没有任何数据放入队列"),
    _row("slow-and-right", Cause.SLOW_CONSUMER, (S.SLOW, S.GOES_ON), "it is slow, and goes on", "速度慢，但在继续"),
    _row("slow-at-full-load", Cause.SLOW_CONSUMER, (S.SLOW, T.GPU, S.BUSY), "it is slow, and the GPU is at full load", "速度慢，GPU 满载"),
    _row("rate-too-low", Cause.SLOW_CONSUMER, (S.RATE, S.BEHINDHAND), "so few frames per second that it falls behind", "每秒帧数太少，跟不上"),
    _row("falls-behind", Cause.SLOW_CONSUMER, (S.BEHINDHAND, S.GOES_ON), "it goes on, and falls behind", "在继续，但越来越落后"),
    _row("old-task-still-there", Cause.STALE_TASK_STATE, (T.OLD_TASK, S.LEFT_BEHIND), "an earlier task still counts as running", "较早的任务仍显示在运行"),
    _row("old-task-not-released", Cause.STALE_TASK_STATE, (T.OLD_TASK, S.NOT_RELEASED), "an earlier task keeps what it held", "较早的任务没有释放占用"),
    _row("later-wait-for-old", Cause.STALE_TASK_STATE, (T.OLD_TASK, T.NEW_TASK, S.QUEUED), "later tasks wait behind an earlier one", "后面的任务排在较早的任务之后等待"),
    _row("later-wait-for-lock", Cause.STALE_TASK_STATE, (T.LOCK, T.NEW_TASK, S.NOT_RELEASED), "later tasks wait for a lock that nobody releases", "后面的任务在等一个没人释放的锁"),
    _row("new-one-refused", Cause.STALE_TASK_STATE, (T.NEW_TASK, S.LEFT_BEHIND, S.QUEUED), "a new task is held up by one that counts as running", "新任务被显示为运行中的任务挡住"),
    _row("restart-frees", Cause.STALE_TASK_STATE, (T.TASK, S.QUEUED, S.RESTART_HELPS), "tasks wait until the service is restarted", "任务一直等待，重启服务才行"),
)
_INPUT = (
    _row("no-face", Cause.BAD_INPUT, (T.FACE, S.NONE_OR_MANY), "no face, or several", "没有人脸，或有多张"),
    _row("face-refused", Cause.BAD_INPUT, (T.FACE, S.FAILS), "it fails over a face", "因人脸而失败"),
    _row("file-unreadable", Cause.BAD_INPUT, (T.MEDIUM, S.UNREADABLE), "a media file cannot be read", "媒体文件无法读取"),
    _row("file-broken", Cause.BAD_INPUT, (T.MEDIUM, S.BROKEN), "a media file is broken", "媒体文件损坏"),
    _row("file-encoded-otherwise", Cause.BAD_INPUT, (T.MEDIUM, T.CODEC, S.UNREADABLE), "a media file is encoded in a way that is not read", "媒体文件的编码不被识别"),
    _row("ffmpeg-missing", Cause.BAD_INPUT, (T.FFMPEG, S.MISSING), "ffmpeg is not there", "没有 ffmpeg"),
)
COMBINATIONS = (*_LIBRARIES, *_MEMORY, *_PROCESSES, *_PIPELINE, *_INPUT)
