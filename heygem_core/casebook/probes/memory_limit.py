"""A real memory limit, and a consumer inside it that needs more than that to load its models."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import queue
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.probes import stages
from heygem_core.casebook.queues import Whose, make
from heygem_core.casebook.stages import DriveredVideo, WriteVideo
from heygem_core.errors import CaseSkipped, StageFailed, WorkerDied, describe
from heygem_core.pipeline import Liveness, Pipeline, control_group
from heygem_core.pipeline.control_group import MemoryGroup
from heygem_core.pipeline.evidence import oom_kills

LIMIT = 320 << 20
"""Twice what the processes of the core take together."""
NEEDED = 3 * LIMIT // 2
"""What the consumer takes; should a limit not hold, this is all that the machine has to give."""
ROOMY = LIMIT + NEEDED
ITEMS = 150
SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs the machine, sd_booted(3)."""
_CORE_ITEMS = 8
_MAXSIZE = 10
_LOADS_S = 30.0


@dataclass(frozen=True)
class Limit:
    """A memory limit: a control group to enter, or a command that starts a program in one."""

    how: str
    group: Path | None
    command: tuple[str, ...] = ()


@contextlib.contextmanager
def limited(size: int, proc: Path = control_group.PROC, systemd: Path = SYSTEMD) -> Iterator[Limit]:
    """Yield a limit of ``size`` bytes without swap: a control group of either version, else systemd's.

    Raises `CaseSkipped` where there can be none.
    """
    own = control_group.of(proc=proc)
    try:
        group = _new_group(own, size)
    except CaseSkipped as refused:
        yield _by_systemd(size, systemd, refused)
        return
    try:
        yield Limit(f"cgroup v{own.version}" if own is not None else "", group)
    finally:
        group.rmdir()


def _new_group(own: MemoryGroup | None, size: int) -> Path:
    """Return a new group with the limit, as near to this process's own as it may be."""
    if own is None:
        raise CaseSkipped(
            "no memory limit can be set here: there are no control groups with a memory controller",
            "此处无法设置内存限制：没有带 memory 控制器的 cgroup",
        )
    refusal = ""
    for parent in (own.folder, *own.folder.parents):
        if not parent.is_relative_to(own.mount):
            break
        try:
            return _group_below(parent, own.version, size)
        except OSError as error:
            refusal = f"{error.strerror}: {error.filename}"
    raise CaseSkipped(
        f"a control group with a memory limit cannot be made here: {refusal}",
        f"此处无法创建带内存限制的 cgroup：{refusal}",
    )


def _group_below(parent: Path, version: int, size: int) -> Path:
    handed_on = parent / "cgroup.subtree_control"
    if version == 2 and "memory" not in handed_on.read_text().split():
        raise PermissionError(errno.EPERM, "the memory controller is not handed on", str(handed_on))
    group = Path(tempfile.mkdtemp(prefix="heygem-case-", dir=parent))
    try:
        if version == 2:
            (group / "memory.max").write_text(str(size))
        else:
            (group / "memory.limit_in_bytes").write_text(str(size))
            (group / "memory.oom_control").write_text("0")
        # A kernel that does not count swap has neither.
        for name, value in {"memory.swap.max": 0, "memory.memsw.limit_in_bytes": size}.items():
            if (group / name).exists():
                (group / name).write_text(str(value))
    except OSError:
        group.rmdir()
        raise
    return group


def _by_systemd(size: int, booted: Path, refused: CaseSkipped) -> Limit:
    program = shutil.which("systemd-run")
    if program is None or not booted.is_dir():
        raise refused
    whose = () if os.getuid() == 0 else ("--user",)
    # Delegated, so that systemd does not end the others for the one that the kernel killed.
    properties = (f"MemoryMax={size}", "MemorySwapMax=0", "Delegate=yes")
    options = [part for one in properties for part in ("-p", one)]
    command = (program, *whose, "--scope", "--quiet", "--collect", *options, "--")
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=_LOADS_S, check=False)
    if tried.returncode != 0:
        said = " ".join(tried.stderr.split())
        raise CaseSkipped(f"{refused.en}; systemd-run: {said}", f"{refused.zh}；systemd-run 报错：{said}")
    return Limit("systemd-run --scope", None, command)


def observed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Enter ``group`` if it is not null, run a service with ``put_timeout_s`` there, and with ``core`` the core.

    For a host only. Of the service: items ``sent``, whether the queue was ``full`` then, the consumer's
    ``exit_code``, ``oom_kills``, by how much the group's counter went up, and what ``died`` as a queue that can told.
    """
    if arguments["group"] is not None:
        try:
            (Path(arguments["group"]) / "cgroup.procs").write_text(str(os.getpid()))
        except OSError as error:
            raise CaseSkipped(
                f"no process can be moved into a control group here: {error.strerror}",
                f"此处无法把进程移入 cgroup：{error.strerror}",
            ) from error
    service = _service(arguments.get("queues", "multiprocessing"), arguments["put_timeout_s"])
    return {"service": service, "core": _core() if arguments["core"] else None}


def _service(whose: Whose, put_timeout_s: float) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    items, loaded = make(whose, _MAXSIZE), context.Event()
    before, sent, full, died = oom_kills(), 0, False, ""
    consumer = context.Process(target=_consume, args=(items, loaded))
    consumer.start()
    # How long loading takes is not the point: the producer begins when there is a consumer, or none any more.
    deadline = time.monotonic() + _LOADS_S
    while not loaded.wait(0.05) and consumer.is_alive() and time.monotonic() < deadline:
        pass
    try:
        for _ in range(ITEMS):
            items.put(bytes(1024), timeout=put_timeout_s)
            sent += 1
        items.put(None, timeout=put_timeout_s)
    except queue.Full:
        full = True
    except WorkerDied as error:
        died = str(error)
    consumer.join(_LOADS_S)
    items.cancel_join_thread()
    killed = oom_kills() - before
    return {"sent": sent, "full": full, "died": died, "exit_code": consumer.exitcode, "oom_kills": killed}


def _consume(items: Any, loaded: Any) -> None:
    """Load a model, whether it fits or not, then take what there is."""
    model = stages.devour(NEEDED)
    loaded.set()
    while items.get() is not None:
        pass
    del model


def _core() -> dict[str, Any]:
    began = time.monotonic()
    told: dict[str, Any] = {"cause": None, "culprit": None, "detail": "", "evidence": []}
    liveness = Liveness(floor_s=10.0, ready_s=30.0, first_s=20.0)
    middle = stages.Devours(needed=NEEDED)
    with Pipeline([DriveredVideo(), middle, WriteVideo()], slot_bytes=1 << 20, liveness=liveness) as pipeline:
        try:
            pipeline.run({"items": _CORE_ITEMS}, total=_CORE_ITEMS)
        except StageFailed as failed:
            told = describe(failed)
        seconds = time.monotonic() - began
    return {**told, "seconds": seconds, "left": len(processes.left())}
