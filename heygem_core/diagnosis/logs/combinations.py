"""Which things in which states point to which cause: a table of combinations, to be read as sentences."""

from __future__ import annotations

from collections.abc import Iterator
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
    unless: tuple[Concept, ...]
    why: Text

    @property
    def weight(self) -> int:
        """How much it says: a row that needs more says more."""
        return sum(map(len, self.needs))


_TABLE = """
[missing-cuda-library]
library-missing: library~missing
    a CUDA library is not found | 找不到某个 CUDA 库
library-fails: library~fails unless mismatch wants
    it fails over a CUDA library | 在某个 CUDA 库上失败
library-gives-trouble: library~trouble unless mismatch version
    a CUDA library gives trouble | 某个 CUDA 库有问题
library-not-searched: library, search, missing/fails
    the loader does not come to a CUDA library | 加载器没有找到某个 CUDA 库
[cuda-version-mismatch]
versions-mismatch: cuda/driver~mismatch
    versions of CUDA or the driver do not fit | CUDA 或驱动的版本互不匹配
driver-too-old: driver~old, fails/wants/mismatch
    the driver is old, and another is demanded | 驱动较旧，而要求更新的驱动
driver-demanded: driver, build~wants, fails/refused
    what is used demands another driver | 所用的包要求另一版本的驱动
other-version-there: version~wants, version~have, gpu/driver/cuda
    one version is demanded, and another is there | 要求的版本与现有的版本不同
made-for-other: wants~cuda, version, fails
    what was made for one version of CUDA fails with another | 为某个 CUDA 版本编译的包在另一版本上失败
built-for-later: wants~old, driver/cuda, fails
    what was built for a later CUDA fails | 为更新的 CUDA 编译的包无法运行
[unsupported-gpu-arch]
architecture-not-covered: arch~not_covered
    the GPU's architecture is not covered | 不支持该 GPU 的架构
architecture-gives-trouble: arch, gpu, fails
    it fails over the GPU's architecture | GPU 架构有问题
build-not-for-card: gpu~not_covered, build
    the build is not for this GPU | 安装包不支持该 GPU
card-too-old: gpu/arch~old, build, not_covered/fails
    the GPU is too old or too new for the build | 该 GPU 对安装包来说太旧或太新
[package-conflict]
both-packages: cpu_wheel, gpu_wheel, both
    both packages of onnxruntime are installed | 两种 onnxruntime 包同时安装
both-named: cpu_wheel, gpu_wheel, ort, trouble
    both packages of onnxruntime are named as trouble | 两种 onnxruntime 包被一同提到
packages-clash: ort, gpu_wheel, clashes
    one package of onnxruntime is in the other's way | 一种 onnxruntime 包妨碍另一种
cuda-gone-with-second: cpu_wheel, gpu_wheel, gone
    with a second package of onnxruntime the GPU is gone | 装了第二种 onnxruntime 包后 GPU 不可用
ort-lost-gpu: ort, clashes, gone
    since another package came, onnxruntime has no GPU | 装了别的包之后 onnxruntime 不再有 GPU
[silent-cpu-fallback]
only-cpu-offered: provider~gone, gpu
    only the CPU is offered | 只列出 CPU
gpu-not-used: gpu~not_used
    the GPU is not used | GPU 没有被使用
done-by-cpu: gpu, on_cpu, chosen/silent/have
    the CPU does the work, and a GPU is there | 有 GPU，计算却由 CPU 完成
gpu-idle-cpu-full: gpu~idle/not_used, cpu~busy
    the CPU is at full load, and the GPU idles | CPU 满载而 GPU 空闲
gpu-idle-cpu-works: gpu~idle/not_used, on_cpu
    the CPU does the work, and the GPU idles | CPU 在计算而 GPU 空闲
gpu-idle-and-slow: gpu~idle, slow
    it is slow, and the GPU idles | 速度慢，而 GPU 空闲
cpu-though-asked: on_cpu, gpu, trouble
    the CPU computes, and it is asked how the GPU may | 由 CPU 计算，并询问如何使用 GPU
gpu-chosen-but-idle: gpu/gpu_option~chosen, gpu~idle/not_used
    the GPU was chosen, and idles | 选择了 GPU，但它空闲
[gpu-out-of-memory]
gpu-memory-full: gpu_memory~full
    the GPU's memory is used up | 显存用尽
gpu-memory-to-be-less: gpu_memory~less
    less of the GPU's memory is to be used | 希望减少显存占用
gpu-full-alone: gpu~size, full
    what is wanted does not fit the GPU | 所需显存超过 GPU 的容量
[shm-exhausted]
shared-memory-small: shm~small
    shared memory is small | 共享内存太小
shared-memory-full: shm~full
    shared memory is full | 共享内存已满
shared-memory-trouble: shm, trouble
    shared memory gives trouble | 共享内存有问题
shared-memory-fails: shm, workers, fails
    workers fail over shared memory | 工作进程因共享内存失败
[worker-died]
killed-for-memory: host_memory, killed
    a process is killed, and memory is spoken of | 进程被杀，且与内存有关
gone-for-memory: host_memory~full, process~dies
    the host's memory is used up, and a process is gone | 内存用尽，进程消失
memory-filled-and-gone: host_memory~full, dies
    the host's memory is filled, and then it is gone | 内存占满后程序消失
process-killed: process~killed, dies/waits/silent/later
    a process is killed | 进程被杀
dies-silently: process~dies, silent
    a process ends without a word | 进程无声退出
dies-later: process~dies, later
    a process ends after a while | 进程过一段时间就退出
dies-and-others-wait: process~dies, waits/hangs
    one ends, and others wait for it | 一个进程退出，其他的还在等它
native-crash: process, segv
    native code crashes | 原生代码崩溃
segfault: segv
    it crashes in native code | 在原生代码中崩溃
[dataloader-worker-deadlock]
loader-hangs: loader, workers, hangs
    loading with workers stands still | 多进程加载数据时卡住
hangs-unless-none: loader/workers, no_workers, hangs
    it stands still with workers, none are spoken of | 有 worker 时卡住，并提到不用 worker
none-works: no_workers~fine, hangs
    it works without workers | 不用 worker 则正常
[fork-after-cuda]
cuda-in-child-fails: gpu, child, fork, fails
    a forked process cannot use the GPU | fork 出的进程无法使用 GPU
cuda-in-child: gpu~fails, child
    a child process cannot use the GPU | 子进程无法使用 GPU
cuda-again-in-child: gpu, child, again, fails
    CUDA is started again in a child process | 子进程中再次初始化 CUDA
cuda-before-child: gpu, child, parent, fails
    CUDA was used before the child process was started | 启动子进程之前已使用过 CUDA
[daemonic-children]
daemon-refused: daemon, refused
    a daemonic process may not start others | 守护进程不能再启动进程
daemon-trouble: daemon, child/workers/fork, trouble
    a daemonic process, and one that it starts, give trouble | 守护进程及其子进程有问题
daemon-within: daemon, workers/child, inside
    a daemonic process is to start others | 要在守护进程里再启动进程
[spawn-main-guard]
guard-missing: guard, fork
    the main guard is spoken of where processes are started | 启动进程时提到了主模块保护
guard-advised: guard~wants/missing/refused/fails
    the main guard is missing, or demanded | 缺少主模块保护，或被要求加上
guard-trouble: guard, trouble, process/fork/workers
    the main guard is asked about | 询问主模块保护
main-runs-again: main_run, guard
    the main module runs again in the child | 子进程中重新运行主模块
main-run-started: main_run, fork/workers
    processes start without end | 进程无限启动
packaged-starts-over: main_run, packaged
    packaged as one file, the program starts itself over and over | 打包后的程序不断启动自身
bootstrapping: main_run, fails
    a process is started before the bootstrapping is over | 引导阶段结束之前就启动进程
[queue-full-no-consumer]
queue-full-not-taken: queue~full, not_taken
    the queue is full, and nobody takes from it | 队列已满，无人取走
queue-full-times-out: queue~full, times_out
    the queue is full, and a put times out | 队列已满，put 超时
queue-full-and-hangs: queue~full, hangs unless dies
    the queue is full, and it stands still | 队列已满，随后卡住
not-taken-silently: queue, not_taken, times_out
    nothing is taken from the queue | 队列中的数据没有被取走
not-taken-and-hangs: queue~not_taken, hangs/waits
    nobody takes from the queue, and it stands still | 没有人从队列取数据，因而卡住
stage-after-takes-nothing: behind~not_taken, queue/full
    the stage after takes nothing | 后一阶段什么都没取
full-and-silent: queue~full, behind, silent/alive
    the queue is full, and the stage after says nothing | 队列已满，后一阶段没有任何输出
[queue-empty-no-producer]
empty-and-nothing-delivered: queue~empty, never_comes/ahead
    the queue is empty, and nothing was delivered | 队列为空，没有数据送来
queue-empty: queue~empty, times_out/silent/hangs
    the queue stays empty | 队列一直为空
nothing-delivered: ahead~never_comes
    the stage before delivers nothing | 前一阶段什么都没送来
waits-for-nothing: result~never_comes, times_out/waits
    what is waited for never comes | 等待的数据一直没来
queue-gets-nothing: queue, never_comes
    nothing was put into the queue | 没有任何数据放入队列
[slow-consumer]
slow-and-right: slow, goes_on
    it is slow, and goes on | 速度慢，但在继续
slow-at-full-load: slow, gpu~busy
    it is slow, and the GPU is at full load | 速度慢，GPU 满载
rate-too-low: rate, behindhand
    so few frames per second that it falls behind | 每秒帧数太少，跟不上
rate-at-full-load: rate, gpu~busy
    few frames per second, and the GPU is at full load | 帧率低，GPU 满载
slow-rate: rate, slow
    it is slow, in figures | 速度慢，并给出了帧率
falls-behind: behindhand, goes_on
    it goes on, and falls behind | 在继续，但越来越落后
[stale-task-state]
old-task-still-there: old_task, left_behind
    an earlier task still counts as running | 较早的任务仍显示在运行
old-task-not-released: old_task, not_released
    an earlier task keeps what it held | 较早的任务没有释放占用
later-wait-for-old: old_task, queued
    after an earlier task tasks wait | 较早的任务之后，任务一直等待
later-wait-for-lock: lock, task, not_released
    tasks wait for a lock that nobody releases | 任务在等一个没人释放的锁
lock-outlives: lock, dies/killed/fails, not_released/left_behind
    a lock is still there after what held it is gone | 持有者已消失，锁仍然存在
new-one-held-up: new_task, left_behind, queued
    a new task is held up by one that counts as running | 新任务被显示为运行中的任务挡住
later-wait: new_task~queued
    later tasks only wait | 后面的任务一直等待
restart-frees: task, left_behind, restart_helps
    tasks wait until the service is restarted | 任务一直等待，重启服务才行
[bad-input]
no-face: face~unseen
    no face is found, or several | 没有人脸，或有多张
file-unreadable: medium~unreadable
    a media file cannot be read | 媒体文件无法读取
file-broken: medium~broken, fails/unreadable/fine
    a media file is broken | 媒体文件损坏
file-encoded-otherwise: medium, codec, unreadable
    a media file is encoded in a way that is not read | 媒体文件的编码不被识别
face-and-failure: face, unseen, fails
    it fails over a face | 因人脸而失败
ffmpeg-missing: ffmpeg~missing
    ffmpeg is not there | 没有 ffmpeg
"""
"""Per cause and row: its name, what it needs, and below the reason in English and Chinese.

A comma divides what may stand in two sentences that follow each other, a tilde joins what must stand near each other, a
slash is between alternatives; behind "unless" stands what must not be spoken of.
"""


def _read(table: str) -> Iterator[Combination]:
    lines = iter(table.strip().splitlines())
    cause = Cause.OTHER
    for line in lines:
        if line.startswith("["):
            cause = Cause(line[1:-1])
            continue
        name, _, rest = line.partition(": ")
        needs, _, unless = rest.partition(" unless ")
        en, _, zh = next(lines).strip().partition(" | ")
        yield Combination(name, cause, read_needs(needs), tuple(map(concept, unless.split())), Text(en, zh))


COMBINATIONS = tuple(_read(_TABLE))
