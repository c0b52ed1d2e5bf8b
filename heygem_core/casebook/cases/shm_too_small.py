"""shm-too-small: a /dev/shm of a few megabytes, as containers have it, and frames that are larger."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import small_shm
from heygem_core.casebook.probes.namespace import SHM
from heygem_core.casebook.probes.small_shm import ITEMS, SLOTS
from heygem_core.errors import EffectNotShown
from heygem_core.pipeline.evidence import describe_exit

_DEADLINE_S = 90.0
_SIGBUS = -7
_NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class Watched:
    """What happened in the namespace; the mappings are those of `small_shm.observed`."""

    room: int
    ring: dict[str, Any]
    torch: dict[str, Any] | None
    core: dict[str, Any]
    seconds: float


def watch() -> Watched:
    """Run the experiments in a namespace; raises `CaseSkipped` where there can be none."""
    began = time.monotonic()
    found = hosted(f"{small_shm.__name__}:observed", {}, deadline_s=_DEADLINE_S)
    return Watched(**found, seconds=time.monotonic() - began)


def judge(watched: Watched) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    ring, torch = watched.ring, watched.torch
    if ring["created"] <= watched.room:
        raise EffectNotShown(f"the ring of {ring['created']} bytes fits into {watched.room} bytes")
    if ring["exit_code"] != _SIGBUS or not 0 < ring["filled"] < SLOTS:
        raise EffectNotShown(f"the ring's writer should die of SIGBUS half-way: {ring}")
    if torch is not None and torch["shared"]:
        raise EffectNotShown(f"torch shared more than fits: {torch}")
    if watched.core["frames"] != ITEMS or watched.core["left"]:
        raise EffectNotShown(f"the core should have finished {ITEMS} frames: {watched.core}")
    loud = torch is not None and _NO_SPACE in torch["said"]
    outcome = Text(
        "a ring in shared memory is created without complaint and kills its writer with SIGBUS"
        + ("; torch checks first and raises" if loud else ""),
        "共享内存环形缓冲区创建时毫无提示，写入进程随后被 SIGBUS 杀死" + ("；torch 会先检查并抛出异常" if loud else ""),
    )
    reported = Reported(outcome, watched.seconds - watched.core["seconds"], _evidence(watched))
    return Finding("conditional" if loud else "confirmed", reported, _core(watched))


def _evidence(watched: Watched) -> tuple[Text, ...]:
    ring, room = watched.ring, watched.room >> 20
    how = describe_exit(ring["exit_code"])
    return (
        Text(
            f"{SHM} of {room} MiB: SharedMemory(create=True) of {ring['created'] >> 20} MiB succeeds",
            f"{SHM} 为 {room} MiB：SharedMemory(create=True) 创建 {ring['created'] >> 20} MiB 成功",
        ),
        Text(
            f"the process that writes it filled {ring['filled']} of {SLOTS} slots and {how}: no Python exception",
            f"写入进程写完 {ring['filled']}/{SLOTS} 个槽位后结束（{how}）：没有 Python 异常",
        ),
        _torch(watched.torch),
    )


def _torch(torch: dict[str, Any] | None) -> Text:
    if torch is None:
        return Text("torch: not observed, it is not installed", "torch：未观察，未安装")
    how = torch["said"] or describe_exit(torch["exit_code"])
    return Text(
        f"a torch tensor of the same size, share_memory_(): {how}", f"同样大小的 torch 张量 share_memory_()：{how}"
    )


def _core(watched: Watched) -> Core:
    seconds, frames = watched.core["seconds"], watched.core["frames"]
    return Core(
        Text(
            f"in the same namespace: {frames} frames of 1920x1080, each larger than /dev/shm, in {seconds:.1f} s; its "
            "slots are in anonymous memory (memfd)",
            f"在同一 namespace 中：{seconds:.1f} 秒完成 {frames} 帧 1920x1080，每帧都大于 /dev/shm；"
            "其槽位位于匿名内存（memfd）",
        ),
        seconds,
    )


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`; raises `CaseSkipped` where no namespace can be had."""
    del options
    return judge(watch())


CASE = Case(
    name="shm-too-small",
    title=Text("Shared memory is too small", "共享内存太小"),
    claim=Text(
        "In a container with its 64 MB of /dev/shm, whatever shares memory between processes dies with a bus error",
        "容器的 /dev/shm 只有 64 MB，任何跨进程共享内存的程序都会因总线错误而死",
    ),
    source="The default size for /dev/shm is 64MB, which is often largely insufficient (moby/moby#29492)",
    run=run,
    mechanism=Text(
        "Creating shared memory only sets a length; tmpfs hands out pages when they are first written. With none left "
        "the kernel sends SIGBUS to the writer, in the middle of a copy: no exception, no log line, and the reader "
        "waits. Libraries that allocate first (fallocate) get an error instead.",
        "创建共享内存只是设置长度；tmpfs 在首次写入时才分配内存页。页用尽时，内核向正在复制的写入进程发送 SIGBUS："
        "没有异常，"
        "没有日志，读取方继续等待。先分配（fallocate）的库得到的则是错误。",
    ),
    cure=Text(
        "docker run --shm-size, shm_size in compose; or anonymous shared memory (memfd), to which the limit does not "
        "apply",
        "docker run 使用 --shm-size，compose 使用 shm_size；或使用不受此限制的匿名共享内存（memfd）",
    ),
)
