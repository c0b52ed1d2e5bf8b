"""Which things in which states point to which cause: one row each, to be read as a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.diagnosis.logs.concepts import Concept, Group, concept, read_needs
from heygem_core.errors import Cause
from heygem_core.text import Text


@dataclass(frozen=True)
class Combination:
    """Whoever speaks of all that is in ``needs``, and of nothing in ``unless``, points to ``cause``; ``why`` is the
    reason given to the user."""

    name: str
    cause: Cause
    needs: tuple[Group, ...]
    why: Text
    unless: tuple[Concept, ...]

    @property
    def weight(self) -> int:
        """How much it says: a row that needs more says more."""
        return sum(map(len, self.needs))


def _row(name: str, cause: Cause, needs: str, en: str, zh: str, unless: str = "") -> Combination:
    """Return the row; in ``needs`` a comma divides what may stand in two sentences that follow each other, a tilde joins
    what must stand near each other, a slash is between alternatives."""
    return Combination(name, cause, read_needs(needs), Text(en, zh), tuple(map(concept, unless.split())))


_LIBRARIES = (
    _row("library-missing", Cause.MISSING_CUDA_LIBRARY, "library~missing", "a CUDA library is not found", "找不到某个 CUDA 库"),
    _row("library-fails", Cause.MISSING_CUDA_LIBRARY, "library~fails", "it fails over a CUDA library", "在某个 CUDA 库上失败", "mismatch wants"),
    _row("library-gives-trouble", Cause.MISSING_CUDA_LIBRARY, "library, trouble", "a CUDA library gives trouble", "某个 CUDA 库有问题", "mismatch version"),
    _row("library-not-searched", Cause.MISSING_CUDA_LIBRARY, "library, search, missing/fails", "the loader does not come to a CUDA library", "加载器没有找到某个 CUDA 库"),
    _row("versions-mismatch", Cause.CUDA_VERSION_MISMATCH, "cuda/driver~mismatch", "versions of CUDA or the driver do not fit", "CUDA 或驱动的版本互不匹配"),
    _row("driver-too-old", Cause.CUDA_VERSION_MISMATCH, "driver~old, fails/wants/mismatch", "the driver is old, and another is demanded", "驱动较旧，而要求更新的驱动"),
    _row("driver-demanded", Cause.CUDA_VERSION_MISMATCH, "driver, build~wants, fails/refused", "what is used demands another driver", "所用的包要求另一版本的驱动"),
    _row("other-version-there", Cause.CUDA_VERSION_MISMATCH, "version~wants, version~have, gpu/driver/cuda", "one version is demanded, and another is there", "要求的版本与现有的版本不同"),
    _row("made-for-other", Cause.CUDA_VERSION_MISMATCH, "wants~cuda, version, fails", "what was made for one version of CUDA fails with another", "为某个 CUDA 版本编译的包在另一版本上失败"),
    _row("built-for-later", Cause.CUDA_VERSION_MISMATCH, "wants~old, driver/cuda, fails", "what was built for a later CUDA fails", "为更新的 CUDA 编译的包无法运行"),
    _row("architecture-not-covered", Cause.UNSUPPORTED_GPU_ARCH, "arch~not_covered", "the GPU's architecture is not covered", "不支持该 GPU 的架构"),
    _row("architecture-gives-trouble", Cause.UNSUPPORTED_GPU_ARCH, "arch, gpu, trouble", "the GPU's architecture gives trouble", "GPU 架构有问题"),
    _row("build-not-for-card", Cause.UNSUPPORTED_GPU_ARCH, "gpu~not_covered, build", "the build is not for this GPU", "安装包不支持该 GPU"),
    _row("card-too-old", Cause.UNSUPPORTED_GPU_ARCH, "gpu/arch~old, build, not_covered/fails", "the GPU is too old or too new for the build", "该 GPU 对安装包来说太旧或太新"),
    _row("both-packages", Cause.PACKAGE_CONFLICT, "cpu_wheel, gpu_wheel, both", "both packages of onnxruntime are installed", "两种 onnxruntime 包同时安装"),
    _row("both-named", Cause.PACKAGE_CONFLICT, "cpu_wheel, gpu_wheel, ort, trouble", "both packages of onnxruntime are named as trouble", "两种 onnxruntime 包被一同提到"),
    _row("packages-clash", Cause.PACKAGE_CONFLICT, "ort, gpu_wheel, clashes", "one package of onnxruntime is in the other's way", "一种 onnxruntime 包妨碍另一种"),
    _row("cuda-gone-with-second", Cause.PACKAGE_CONFLICT, "cpu_wheel, gpu_wheel, gone", "with a second package of onnxruntime the GPU is gone", "装了第二种 onnxruntime 包后 GPU 不可用"),
    _row("ort-lost-gpu", Cause.PACKAGE_CONFLICT, "ort, clashes, gone", "since another package came, onnxruntime has no GPU", "装了别的包之后 onnxruntime 不再有 GPU"),
    _row("only-cpu-offered", Cause.SILENT_CPU_FALLBACK, "provider~gone, gpu", "only the CPU is offered", "只列出 CPU"),
    _row("gpu-not-used", Cause.SILENT_CPU_FALLBACK, "gpu~not_used", "the GPU is not used", "GPU 没有被使用"),
    _row("done-by-cpu", Cause.SILENT_CPU_FALLBACK, "gpu, on_cpu, chosen/silent/have/slow", "the CPU does the work, and a GPU is there", "有 GPU，计算却由 CPU 完成"),
    _row("gpu-idle-cpu-full", Cause.SILENT_CPU_FALLBACK, "gpu~idle/not_used, cpu~busy", "the CPU is at full load, and the GPU idles", "CPU 满载而 GPU 空闲"),
    _row("gpu-idle-cpu-works", Cause.SILENT_CPU_FALLBACK, "gpu~idle/not_used, on_cpu", "the CPU does the work, and the GPU idles", "CPU 在计算而 GPU 空闲"),
    _row("gpu-chosen-but-idle", Cause.SILENT_CPU_FALLBACK, "gpu/gpu_option~chosen, gpu~idle/not_used", "the GPU was chosen, and idles", "选择了 GPU，但它空闲"),
)
_MEMORY = (
    _row("gpu-memory-full", Cause.GPU_OUT_OF_MEMORY, "gpu_memory~full", "the GPU's memory is used up", "显存用尽"),
    _row("gpu-memory-to-be-less", Cause.GPU_OUT_OF_MEMORY, "gpu_memory~less", "less of the GPU's memory is to be used", "希望减少显存占用"),
    _row("gpu-full-alone", Cause.GPU_OUT_OF_MEMORY, "gpu~size, full", "what is wanted does not fit the GPU", "所需显存超过 GPU 的容量"),
    _row("shared-memory-small", Cause.SHM_EXHAUSTED, "shm~small", "shared memory is small", "共享内存太小"),
    _row("shared-memory-full", Cause.SHM_EXHAUSTED, "shm~full", "shared memory is full", "共享内存已满"),
    _row("shared-memory-trouble", Cause.SHM_EXHAUSTED, "shm, trouble", "shared memory gives trouble", "共享内存有问题"),
    _row("shared-memory-fails", Cause.SHM_EXHAUSTED, "shm, workers, fails", "workers fail over shared memory", "工作进程因共享内存失败"),
)
_PROCESSES = (
    _row("killed-for-memory", Cause.WORKER_DIED, "host_memory, killed", "a process is killed, and memory is spoken of", "进程被杀，且与内存有关"),
    _row("gone-for-memory", Cause.WORKER_DIED, "host_memory~full, process~dies", "the host's memory is used up, and a process is gone", "内存用尽，进程消失"),
    _row("process-killed", Cause.WORKER_DIED, "process~killed, dies/waits/silent/later", "a process is killed", "进程被杀"),
    _row("dies-silently", Cause.WORKER_DIED, "process~dies, silent", "a process ends without a word", "进程无声退出"),
    _row("dies-later", Cause.WORKER_DIED, "process~dies, later", "a process ends after a while", "进程过一段时间就退出"),
    _row("dies-and-others-wait", Cause.WORKER_DIED, "process~dies, waits/hangs", "one ends, and others wait for it", "一个进程退出，其他的还在等它"),
    _row("native-crash", Cause.WORKER_DIED, "process, segv", "native code crashes", "原生代码崩溃"),
    _row("segfault", Cause.WORKER_DIED, "segv", "it crashes in native code", "在原生代码中崩溃"),
    _row("loader-hangs", Cause.DATALOADER_WORKER_DEADLOCK, "loader, workers, hangs", "loading with workers stands still", "多进程加载数据时卡住"),
    _row("hangs-unless-none", Cause.DATALOADER_WORKER_DEADLOCK, "loader/workers, no_workers, hangs", "it stands still with workers, none are spoken of", "有 worker 时卡住，并提到不用 worker"),
    _row("none-works", Cause.DATALOADER_WORKER_DEADLOCK, "no_workers~fine, hangs", "it works without workers", "不用 worker 则正常"),
    _row("cuda-in-child-fails", Cause.FORK_AFTER_CUDA, "gpu, child, fork, fails", "a forked process cannot use the GPU", "fork 出的进程无法使用 GPU"),
    _row("cuda-in-child", Cause.FORK_AFTER_CUDA, "gpu~fails, child", "a child process cannot use the GPU", "子进程无法使用 GPU"),
    _row("cuda-again-in-child", Cause.FORK_AFTER_CUDA, "gpu, child, again, fails", "CUDA is started again in a child process", "子进程中再次初始化 CUDA"),
    _row("cuda-before-child", Cause.FORK_AFTER_CUDA, "gpu, child, parent, fails", "CUDA was used before the child process was started", "启动子进程之前已使用过 CUDA"),
    _row("daemon-refused", Cause.DAEMONIC_CHILDREN, "daemon, refused", "a daemonic process may not start others", "守护进程不能再启动进程"),
    _row("daemon-trouble", Cause.DAEMONIC_CHILDREN, "daemon, child/workers/fork, trouble", "a daemonic process, and one that it starts, give trouble", "守护进程及其子进程有问题"),
    _row("daemon-within", Cause.DAEMONIC_CHILDREN, "daemon, workers/child, inside", "a daemonic process is to start others", "要在守护进程里再启动进程"),
    _row("guard-missing", Cause.SPAWN_MAIN_GUARD, "guard, fork", "the main guard is spoken of where processes are started", "启动进程时提到了主模块保护"),
    _row("guard-advised", Cause.SPAWN_MAIN_GUARD, "guard~wants/missing/refused/fails", "the main guard is missing, or demanded", "缺少主模块保护，或被要求加上"),
    _row("guard-trouble", Cause.SPAWN_MAIN_GUARD, "guard, trouble, process/fork/workers", "the main guard is asked about", "询问主模块保护"),
    _row("main-runs-again", Cause.SPAWN_MAIN_GUARD, "main_run, guard", "the main module runs again in the child", "子进程中重新运行主模块"),
    _row("main-run-started", Cause.SPAWN_MAIN_GUARD, "main_run, fork/workers", "processes start without end", "进程无限启动"),
    _row("bootstrapping", Cause.SPAWN_MAIN_GUARD, "main_run, fails", "a process is started before the bootstrapping is over", "引导阶段结束之前就启动进程"),
)
_PIPELINE = (
    _row("queue-full-not-taken", Cause.QUEUE_FULL_NO_CONSUMER, "queue~full, not_taken", "the queue is full, and nobody takes from it", "队列已满，无人取走"),
    _row("queue-full-times-out", Cause.QUEUE_FULL_NO_CONSUMER, "queue~full, times_out", "the queue is full, and a put times out", "队列已满，put 超时"),
    _row("not-taken-silently", Cause.QUEUE_FULL_NO_CONSUMER, "queue, not_taken, times_out", "nothing is taken from the queue", "队列中的数据没有被取走"),
    _row("stage-after-takes-nothing", Cause.QUEUE_FULL_NO_CONSUMER, "behind~not_taken, queue/full", "the stage after takes nothing", "后一阶段什么都没取"),
    _row("full-and-silent", Cause.QUEUE_FULL_NO_CONSUMER, "queue~full, behind, silent/alive", "the queue is full, and the stage after says nothing", "队列已满，后一阶段没有任何输出"),
    _row("empty-and-nothing-delivered", Cause.QUEUE_EMPTY_NO_PRODUCER, "queue~empty, never_comes/ahead", "the queue is empty, and nothing was delivered", "队列为空，没有数据送来"),
    _row("queue-empty", Cause.QUEUE_EMPTY_NO_PRODUCER, "queue~empty, times_out/silent", "the queue stays empty", "队列一直为空"),
    _row("nothing-delivered", Cause.QUEUE_EMPTY_NO_PRODUCER, "ahead~never_comes", "the stage before delivers nothing", "前一阶段什么都没送来"),
    _row("waits-for-nothing", Cause.QUEUE_EMPTY_NO_PRODUCER, "result~never_comes, times_out/waits", "what is waited for never comes", "等待的数据一直没来"),
    _row("queue-gets-nothing", Cause.QUEUE_EMPTY_NO_PRODUCER, "queue, never_comes", "nothing was put into the queue", "没有任何数据放入队列"),
    _row("slow-and-right", Cause.SLOW_CONSUMER, "slow, goes_on", "it is slow, and goes on", "速度慢，但在继续"),
    _row("slow-at-full-load", Cause.SLOW_CONSUMER, "slow, gpu~busy", "it is slow, and the GPU is at full load", "速度慢，GPU 满载"),
    _row("rate-too-low", Cause.SLOW_CONSUMER, "rate, behindhand", "so few frames per second that it falls behind", "每秒帧数太少，跟不上"),
    _row("rate-at-full-load", Cause.SLOW_CONSUMER, "rate, gpu~busy", "few frames per second, and the GPU is at full load", "帧率低，GPU 满载"),
    _row("slow-rate", Cause.SLOW_CONSUMER, "rate, slow", "it is slow, in figures", "速度慢，并给出了帧率"),
    _row("falls-behind", Cause.SLOW_CONSUMER, "behindhand, goes_on", "it goes on, and falls behind", "在继续，但越来越落后"),
    _row("old-task-still-there", Cause.STALE_TASK_STATE, "old_task, left_behind", "an earlier task still counts as running", "较早的任务仍显示在运行"),
    _row("old-task-not-released", Cause.STALE_TASK_STATE, "old_task, not_released", "an earlier task keeps what it held", "较早的任务没有释放占用"),
    _row("later-wait-for-old", Cause.STALE_TASK_STATE, "old_task, queued", "after an earlier task tasks wait", "较早的任务之后，任务一直等待"),
    _row("later-wait-for-lock", Cause.STALE_TASK_STATE, "lock, task, not_released", "tasks wait for a lock that nobody releases", "任务在等一个没人释放的锁"),
    _row("new-one-held-up", Cause.STALE_TASK_STATE, "new_task, left_behind, queued", "a new task is held up by one that counts as running", "新任务被显示为运行中的任务挡住"),
    _row("later-wait", Cause.STALE_TASK_STATE, "new_task~queued", "later tasks only wait", "后面的任务一直等待"),
    _row("restart-frees", Cause.STALE_TASK_STATE, "task, queued/left_behind, restart_helps", "tasks wait until the service is restarted", "任务一直等待，重启服务才行"),
)
_INPUT = (
    _row("no-face", Cause.BAD_INPUT, "face~unseen", "no face is found, or several", "没有人脸，或有多张"),
    _row("file-unreadable", Cause.BAD_INPUT, "medium~unreadable", "a media file cannot be read", "媒体文件无法读取"),
    _row("file-broken", Cause.BAD_INPUT, "medium~broken, fails/unreadable/fine", "a media file is broken", "媒体文件损坏"),
    _row("file-encoded-otherwise", Cause.BAD_INPUT, "medium, codec, unreadable", "a media file is encoded in a way that is not read", "媒体文件的编码不被识别"),
    _row("face-and-failure", Cause.BAD_INPUT, "face, unseen, fails", "it fails over a face", "因人脸而失败"),
    _row("ffmpeg-missing", Cause.BAD_INPUT, "ffmpeg~missing", "ffmpeg is not there", "没有 ffmpeg"),
)
COMBINATIONS = (*_LIBRARIES, *_MEMORY, *_PROCESSES, *_PIPELINE, *_INPUT)
