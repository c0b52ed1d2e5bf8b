"""A control group with a memory limit, and a consumer inside it that needs more than that to load its models."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.probes import stages
from heygem_core.casebook.stages import DriveredVideo, WriteVideo
from heygem_core.errors import CaseSkipped, StageFailed, describe
from heygem_core.pipeline import Liveness, Pipeline
from heygem_core.pipeline.evidence import oom_kills

LIMIT = 512 << 20
ITEMS = 8
_ROOT = Path("/sys/fs/cgroup")
_MAXSIZE = 10
_LAST_RESORT = 8 * LIMIT
_GONE_S = 10.0


@contextlib.contextmanager
def limited(root: Path = _ROOT, own: Path = Path("/proc/self/cgroup")) -> Iterator[Path]:
    """Yield a new control group with a memory limit and no swap; raises `CaseSkipped` where none can be made."""
    group = _new_group(root, own)
    try:
        (group / "memory.max").write_text(str(LIMIT))
        with contextlib.suppress(FileNotFoundError):
            (group / "memory.swap.max").write_text("0")
        yield group
    finally:
        group.rmdir()


def _new_group(root: Path, own: Path) -> Path:
    if not (root / "cgroup.controllers").exists():
        raise CaseSkipped(
            "a memory limit needs control groups version 2, which are not what is mounted here",
            "内存限制需要 cgroup v2，此处挂载的不是",
        )
    path = next((line[3:] for line in own.read_text().splitlines() if line.startswith("0::")), "/")
    here = root / path.lstrip("/")
    refusal: object = "none of them hands on the memory controller"
    for parent in (here, *here.parents):
        if not parent.is_relative_to(root):
            break
        try:
            if "memory" in (parent / "cgroup.subtree_control").read_text().split():
                group = parent / f"heygem-case-{os.getpid()}"
                group.mkdir()
                return group
        except OSError as error:
            refusal = error.strerror
    raise CaseSkipped(
        f"a control group with a memory limit cannot be made here: {refusal}",
        f"此处无法创建带内存限制的 cgroup：{refusal}",
    )


def observed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Enter ``group``, run a service with ``put_timeout_s`` and the core in it; for a host only."""
    try:
        (Path(arguments["group"]) / "cgroup.procs").write_text(str(os.getpid()))
    except OSError as error:
        raise CaseSkipped(
            f"no process can be moved into a control group here: {error.strerror}",
            f"此处无法把进程移入 cgroup：{error.strerror}",
        ) from error
    # Should the group's limit not hold, this one ends the experiment, as a MemoryError, before the machine suffers.
    resource.setrlimit(resource.RLIMIT_AS, (_LAST_RESORT, _LAST_RESORT))
    return {"service": _service(arguments["put_timeout_s"]), "core": _core()}


def _service(put_timeout_s: float) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    items: Any = context.Queue(_MAXSIZE)
    before, sent = oom_kills(), 0
    consumer = context.Process(target=_consume, args=(items,))
    consumer.start()
    full = False
    while not full:
        try:
            items.put(bytes(1024), timeout=put_timeout_s)
            sent += 1
        except queue.Full:
            full = True
    consumer.join(_GONE_S)
    items.cancel_join_thread()
    return {"sent": sent, "exit_code": consumer.exitcode, "oom_kills": oom_kills() - before}


def _consume(items: Any) -> None:
    """Load a model that does not fit, then take what there is, which it never comes to."""
    model = stages.devour()
    while items.get() is not None:
        del model[:]


def _core() -> dict[str, Any]:
    began = time.monotonic()
    told: dict[str, Any] = {"cause": None, "culprit": None, "detail": "", "evidence": []}
    liveness = Liveness(floor_s=10.0, ready_s=30.0, first_s=20.0)
    middle = stages.Devours()
    with Pipeline([DriveredVideo(), middle, WriteVideo()], slot_bytes=1 << 20, liveness=liveness) as pipeline:
        try:
            pipeline.run({"items": ITEMS}, total=ITEMS)
        except StageFailed as failed:
            told = describe(failed)
        seconds = time.monotonic() - began
    left = [seen for seen in processes.descendants(os.getpid()) if not processes.is_tracker(seen.pid)]
    return {**told, "seconds": seconds, "left": len(left)}
